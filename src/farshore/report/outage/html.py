"""A report as one self-contained HTML page: no script, nothing loaded, everything that was said elsewhere escaped."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from farshore.report.html import code
from farshore.report.outage.argument import name
from farshore.report.outage.blocks import Block, sections
from farshore.report.outage.charts import timeline, way
from farshore.report.outage.model import Report
from farshore.report.outage.words import clock, lasted, share


def render_html(report: Report) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("farshore.report"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": code, "kind": _kind, "picture": lambda block: _picture(block.name, report)}
    environment.filters |= {"anchor": _anchor, "clock": clock}
    return environment.get_template("outage.html").render(
        report=report, sections=sections(report), tiles=_tiles(report), root=report.roots[0] if report.roots else None
    )


def _kind(block: Block) -> str:
    return type(block).__name__.lower()


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _picture(which: str, report: Report) -> Markup:
    if which == "strip":
        return timeline(report)
    return Markup().join(way(root) for root in report.roots[:1])


def _tiles(report: Report) -> list[tuple[str, str, str]]:
    """The figures that a reader looks for first: what, the figure, and what stands below it."""
    root = report.roots[0] if report.roots else None
    tiles = [
        ("lasted", lasted(report.lasted_s), "and goes on" if report.ended is None else f"from {clock(report.began)}")
    ]
    tiles.append(
        ("cause", "not known" if root is None else root.code or "undecided", "" if root is None else name(root))
    )
    counts = [(hit.connections or 0, hit.failed) for hit in report.impact.routes]
    all_, failed = sum(count for count, _ in counts), sum(count or 0 for _, count in counts)
    if counts and all(count is not None for _, count in counts):
        tiles.append(
            ("failed", f"{failed:,}", f"of {all_:,} connections ({share(failed, all_)})" if all_ else "connections")
        )
    else:
        tiles.append(("failed", "not counted", "connections"))
    routes = report.routes
    tiles.append(("routes", str(len(routes)), ", ".join(routes[:4]) + (" and more" if len(routes) > 4 else "")))  # noqa: PLR2004 - as many as fit
    return tiles
