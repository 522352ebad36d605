"""The manifest of a support archive: a table of contents, no evidence, and what could not be collected."""

import msgspec

from farshore.diagnosis.collected import MANIFEST, NotCollected
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner


class _Missing(msgspec.Struct):
    not_collected: list[NotCollected] = []


class _FarshoreManifest:
    name = "manifest of a support archive"

    def recognise(self, document: Document) -> Fit:
        return Fit.SIGNED if document.looks_like_json and f'"{MANIFEST}"' in document.head[:200] else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        try:
            manifest = msgspec.json.decode(document.text, type=_Missing)
        except (msgspec.DecodeError, RecursionError) as error:
            return Reading(unread=(origin.unread(f"not the manifest that it says it is: {error}"),))
        tried = [each for each in manifest.not_collected if each.tried]
        return Reading(unread=tuple(origin.unread(f"{each.what}: not collected: {each.reason}") for each in tried))


READER = _FarshoreManifest()
