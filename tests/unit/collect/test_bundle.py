import io
import tarfile

from farshore.collect.bundle import pack
from farshore.collect.documents import Document

DOCUMENTS = (Document(name="a.json", data=b"{}", what="one"), Document(name="b.log", data=b"x\n", what="another"))


def test_an_archive_holds_the_documents_for_their_owner_alone() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack(DOCUMENTS))) as archive:
        members = archive.getmembers()
        held = {member.name: archive.extractfile(member) for member in members}
        assert {name: file.read() for name, file in held.items() if file is not None} == {
            "farshore-bundle/a.json": b"{}",
            "farshore-bundle/b.log": b"x\n",
        }
    assert {member.mode for member in members} == {0o600}


def test_the_same_documents_make_the_same_bytes() -> None:
    assert pack(DOCUMENTS) == pack(DOCUMENTS)
