"""A diagnosis as one self-contained HTML page: no script, nothing loaded, everything from the input escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from farshore.diagnosis.cause import Ground, Hop
from farshore.diagnosis.verdict import Diagnosis, Verdict
from farshore.report.selection import assumptions, coinciding, other_causes, reasons

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
    }
    return environment.get_template("diagnosis.html").render(
        diagnosis=diagnosis, title=_title(diagnosis), hops=[hop.value for hop in Hop], pointers=POINTERS
    )


def _title(diagnosis: Diagnosis) -> str:
    if not diagnosis.verdicts:
        return "Nothing wrong in what was given" if diagnosis.readable else "Nothing that could be read"
    return _name(diagnosis.verdicts[0])


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
        times = (f"{verdict.since:%Y-%m-%d %H:%M:%S} to {verdict.until:%Y-%m-%d %H:%M:%S} UTC",)
    return ", ".join([*targets, *routers, *times])


def _reasons(verdict: Verdict) -> list[Ground]:
    return reasons(verdict)
