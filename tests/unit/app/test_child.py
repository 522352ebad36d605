import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.unit.config.lines import ROUTE, loaded

from farshore.app.child import OwnTailscaled, needs, prepare, refusal
from farshore.app.exits import Exit, Refusal
from farshore.config.egresses import Socks5Egress, TailscaledEgress
from farshore.config.model import Config
from farshore.config.tailscaled import Tailscaled
from farshore.core.clock import SystemClock
from farshore.core.events import Event
from farshore.gateway.gateway import Gateway
from farshore.tailnet.supervisor.keeper import GaveUp, Place

SHELL = Tailscaled(program="sh")
PATH = {"PATH": "/usr/bin:/bin"}


def config(text: str) -> Config:
    outcome = loaded(text)
    assert outcome.config is not None, [str(problem) for problem in outcome.problems]
    return outcome.config


def own(settings: Tailscaled | None = None) -> OwnTailscaled:
    place = Place(
        program=Path("/bin/sh"), socket=Path("/run/own.sock"), state_dir=Path("/state"), port=41641, environment={}
    )
    return OwnTailscaled(settings=settings or Tailscaled(), place=place)


def test_what_is_for_this_run_only_is_private_and_removed_at_the_end() -> None:
    with ExitStack() as stack:
        prepared = prepare(SHELL, PATH, stack)
        assert isinstance(prepared, OwnTailscaled)
        place = prepared.place
        assert place.program.name == "sh"
        assert place.state_dir.is_dir()
        assert place.socket.parent.stat().st_mode & 0o077 == 0
    assert not place.socket.parent.exists()


def test_its_udp_port_is_the_one_that_is_written_or_a_free_one() -> None:
    with ExitStack() as stack:
        written = prepare(SHELL.model_copy(update={"port": 41641}), PATH, stack)
        found = prepare(SHELL, PATH, stack)
        assert isinstance(written, OwnTailscaled)
        assert isinstance(found, OwnTailscaled)
        assert written.place.port == 41641
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tailscaled:
            tailscaled.bind(("127.0.0.1", found.place.port))


def test_what_is_to_be_kept_is_kept(tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings = Tailscaled(program="sh", state_dir=tmp_path / "a" / "b", socket=tmp_path / "s.sock")
        prepared = prepare(settings, PATH, stack)
        assert isinstance(prepared, OwnTailscaled)
        assert (prepared.place.state_dir, prepared.place.socket) == (tmp_path / "a" / "b", tmp_path / "s.sock")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"program": "no-such-program"}, Exit.NO_TAILSCALED, "no-such-program was not found in PATH"),
        ({"program": "sh", "state_dir": Path("/dev/null/x")}, Exit.NOT_PERMITTED, "not a directory"),
        ({"program": "sh", "socket": Path("/" + "x" * 120)}, Exit.USAGE, "at most 107 bytes"),
    ],
)
def test_what_cannot_be_prepared_is_told(settings: dict[str, object], code: Exit, words: str) -> None:
    with ExitStack() as stack:
        prepared = prepare(Tailscaled.model_construct(**{**Tailscaled().__dict__, **settings}), PATH, stack)
    assert isinstance(prepared, Refusal)
    assert (prepared.exit, words in prepared.sentence) == (code, True)


def test_the_child_is_meant_wherever_the_tailscaled_of_this_host_is() -> None:
    before = config(
        "egresses:\n"
        "  tailnet: {kind: tailscaled, log: /var/log/own.log}\n"
        "  socks: {kind: socks5, address: 127.0.0.1:1055}\n"
        "  other: {kind: tailscaled, socket: /run/other.sock}\n"
        "  far: {kind: socks5, address: 127.0.0.1:1066, tailscale_ips: [100.64.0.1]}\n"
        "routes:\n"
        + "".join(
            f"  - {{listen: {8082 + index}, target: 172.16.20.88:1433, egress: {name}}}\n"
            for index, name in enumerate(["tailnet", "socks", "other", "far"])
        )
    )
    after = own().completed(before).egresses
    assert after["tailnet"] == TailscaledEgress(
        socket=Path("/run/own.sock"), socks5=Tailscaled().socks5, log=Path("/var/log/own.log")
    )
    assert isinstance(after["socks"], Socks5Egress)
    assert after["socks"].localapi == Path("/run/own.sock")
    assert [after[name] for name in ("other", "far")] == [before.egresses[name] for name in ("other", "far")]


@pytest.mark.anyio
async def test_a_route_needs_one_owner_unless_it_goes_elsewhere() -> None:
    described = own().completed(
        config(
            "egresses:\n"
            "  tailnet: {kind: tailscaled}\n"
            "  other: {kind: tailscaled, socket: /run/other.sock}\n"
            "routes:\n"
            "  - {name: plain, listen: 8082, target: 172.16.20.88:1433, egress: tailnet}\n"
            "  - {name: direct, listen: 8083, target: 172.16.20.88:1433, egress: tailnet, allow_direct: true}\n"
            "  - {name: named, listen: 8084, target: db:1433, resolve: tailnet, egress: tailnet}\n"
            "  - {name: other, listen: 8085, target: 172.16.20.88:1433, egress: other}\n"
            "  - name: sites\n"
            "    listen: 8086\n"
            "    target: 172.16.20.89:1433\n"
            "    egress: tailnet\n"
            "    paths: [{via: r1, site: 1}, {via: r2, site: 2}]\n"
        )
    )
    gateway = Gateway(described, announce=list[Event]().append, clock=SystemClock())
    try:
        found = {
            need.route: [str(address) for address in need.addresses] for need in needs(gateway, Path("/run/own.sock"))
        }
    finally:
        await gateway.close()
    assert found == {
        "plain (172.16.20.88:1433)": ["172.16.20.88"],
        "sites (172.16.20.89:1433)": ["fd7a:115c:a1e0:b1a:0:1:ac10:1459", "fd7a:115c:a1e0:b1a:0:2:ac10:1459"],
    }


def test_each_way_to_give_up_has_a_code_of_its_own() -> None:
    refused = refusal(GaveUp(reason="tailscaled cannot log in because the key was refused", by_refusal=True))
    assert refused.exit is Exit.NOT_LOGGED_IN
    assert refused.sentence == "tailscaled cannot log in because the key was refused."
    failed = refusal(GaveUp(reason="it ended; 8 starts in a row came to nothing", by_refusal=False))
    assert failed.exit is Exit.TAILSCALED_FAILED


def test_a_mapping_on_the_command_line_has_a_child_with_every_default() -> None:
    assert own().completed(config(f"routes: [{ROUTE}]")).egresses["tailnet"] == TailscaledEgress(
        socket=Path("/run/own.sock"), socks5=Tailscaled().socks5
    )
