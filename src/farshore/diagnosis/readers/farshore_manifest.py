"""The manifest of a support archive: a table of contents, and no evidence."""

from farshore.diagnosis.collected import MANIFEST
from farshore.diagnosis.evidence import Origin
from farshore.diagnosis.intake.document import Document
from farshore.diagnosis.intake.reader import Fit, Reading, ReadInner


class _FarshoreManifest:
    name = "manifest of a support archive"

    def recognise(self, document: Document) -> Fit:
        return Fit.SIGNED if document.looks_like_json and f'"{MANIFEST}"' in document.head[:200] else Fit.NO

    def read(self, document: Document, origin: Origin, inner: ReadInner) -> Reading:  # noqa: ARG002 - the protocol's
        return Reading()


READER = _FarshoreManifest()
