"""A diagnosis as one self-contained HTML page: no script, nothing loaded, everything from the input escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from farshore.diagnosis.cause import Ground, Hop
from farshore.diagnosis.verdict import Diagnosis, Verdict
from farshore.report.selection import (
    GATHER,
    assumptions,
    capital,
    coinciding,
    opening,
    other_causes,
    reasons,
)

POINTERS = 5


def render_html(diagnosis: Diagnosis) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("farshore.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "name": _name,
        "broken": _broken,
        "about": _about,
        "reasons": _reasons,
        "others": other_causes,
        "coinciding": coinciding,
        "assumptions": assumptions,
        "capital": capital,
        "code": code,
    }
    return environment.get_template("diagnosis.html").render(
        diagnosis=diagnosis,
        title=_title(diagnosis),
        opening=opening(diagnosis).rstrip("."),
        gather=GATHER,
        hops=[hop.value for hop in Hop],
        pointers=POINTERS,
    )


def _title(diagnosis: Diagnosis) -> str:
    return _name(diagnosis.verdicts[0]) if diagnosis.verdicts else opening(diagnosis).rstrip(".")


def code(text: str) -> Markup:
    """Text with what stands between backticks set as code; everything is escaped."""
    parts = enumerate(text.split("`"))
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in parts)


def _name(verdict: Verdict) -> str:
    if verdict.finding is not None:
        return f"{verdict.finding.cause.code} {verdict.finding.cause.title}"
    codes = dict.fromkeys(each.cause.code for each in verdict.candidates)
    return f"Undecided between {', '.join(codes)}" if codes else "Undecided"


def _broken(verdict: Verdict) -> set[str]:
    return {each.cause.hop.value for each in verdict.candidates}


def _about(verdict: Verdict) -> str:
    subjects = [each.subject for each in verdict.candidates]
    targets = dict.fromkeys(f"target {each.target}" for each in subjects if each.target is not None)
    routers = dict.fromkeys(f"router {each.router}" for each in subjects if each.router)
    times: tuple[str, ...] = ()
    if verdict.since is not None and verdict.until is not None:
        first, last = f"{verdict.since:%Y-%m-%d %H:%M:%S}", f"{verdict.until:%Y-%m-%d %H:%M:%S}"
        times = (f"{first} UTC" if first == last else f"{first} to {last} UTC",)
    return ", ".join([*targets, *routers, *times])


def _reasons(verdict: Verdict) -> list[Ground]:
    return reasons(verdict)
