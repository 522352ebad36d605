from farshore.surface.page.assets import assets


def test_what_the_pages_refer_to_is_there() -> None:
    known = assets()
    assert {"page.css", "icon.svg"} <= known.keys()
    assert known["page.css"].content_type == "text/css; charset=utf-8"


def test_what_others_wrote_stands_apart_with_its_licence() -> None:
    vendored = [name for name in assets() if name.startswith("vendor/")]
    assert "vendor/uPlot-1.6.32.LICENSE" in vendored
    assert b"MIT" in assets()["vendor/uPlot-1.6.32.LICENSE"].data


def test_nothing_is_loaded_from_elsewhere() -> None:
    own = [asset.data for name, asset in assets().items() if not name.startswith("vendor/")]
    assert [data for data in own if b"https://" in data or b"//cdn" in data] == []


def test_a_tag_changes_with_the_content() -> None:
    assert len({asset.tag for asset in assets().values()}) == len(assets())
