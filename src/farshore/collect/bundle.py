"""A support archive: the documents as files of one folder in a .tar.gz, the same bytes for the same documents."""

import gzip
import io
import tarfile
from collections.abc import Iterable

from farshore.collect.documents import Document

FOLDER = "farshore-bundle"


def pack(documents: Iterable[Document]) -> bytes:
    """The archive; names are plain and flat, files are for their owner alone."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for document in documents:
            member = tarfile.TarInfo(f"{FOLDER}/{document.name}")
            member.size = len(document.data)
            member.mode = 0o600
            archive.addfile(member, io.BytesIO(document.data))
    return packed.getvalue()
