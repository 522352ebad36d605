"""Diagnoses as they are published."""

from farshore.diagnosis.published import (
    Published,
    PublishedFinding,
    PublishedMissing,
    PublishedRemedy,
    PublishedSubject,
    PublishedVerdict,
)

REMEDY = PublishedRemedy("router's administrator", "tailscale down; tailscale up", "interrupts", "tailscale ping r1")


def published(code: str | None, *, candidates: tuple[str, ...] = (), router: str | None = "r1") -> Published:
    """One verdict with a finding for each code; what is undecided lacks a ping."""
    codes = candidates or (() if code is None else (code,))
    return Published(
        schema="farshore.diagnosis/1",
        verdicts=[
            PublishedVerdict(
                code=code,
                title="Undecided" if code is None else "A router does not answer",
                confidence="undecided" if code is None else "proven",
                candidates=list(codes),
                hop=None,
                subject=PublishedSubject(router=router, target="172.16.20.88:1433", route=None),
                since=None,
                until=None,
            )
        ],
        findings=[
            PublishedFinding(
                code=each,
                confidence="possible",
                supports=[],
                contradicts=[],
                missing=[PublishedMissing("a ping", "tailscale ping r1", "M01 or M05")],
                remedies=[REMEDY],
                hushed_by=None,
            )
            for each in codes
        ],
        misreadings=[],
        evidence=[],
        unread=[],
    )
