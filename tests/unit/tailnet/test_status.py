import json
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farshore.tailnet.status import MAX_SKIPPED, Status, StatusError, parse_status

RUNNING = Path(__file__).with_name("fixtures") / "running.json"
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "01-status"

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared status samples are not beside this checkout"
)


def read(source: bytes | dict[str, object]) -> str:
    try:
        parse_status(source)
    except StatusError as error:
        return str(error)
    return "read"


def test_a_running_daemon() -> None:
    status = parse_status(RUNNING.read_bytes())

    assert status.version == "1.102.3-t8f7a35fd8"
    assert status.backend_state == "Running"
    assert status.tun is False
    assert status.self_ips == (ip_address("100.64.0.1"), ip_address("fd7a:115c:a1e0::1"))
    assert status.self_node is not None
    assert status.self_node.host_name == "gw"
    assert status.health == ("Some peers are advertising routes but --accept-routes is false",)
    assert status.magic_dns_suffix == "tn.test"
    assert status.skipped == ()
    assert [peer.host_name for peer in status.peers] == ["r1", "r2"]


def test_every_field_of_a_peer() -> None:
    r1, r2 = parse_status(RUNNING.read_bytes()).peers

    assert r1.key.endswith("b1")
    assert (r1.id, r1.dns_name, r1.os) == ("2", "r1.tn.test.", "linux")
    assert r1.ips == (ip_address("100.64.0.2"), ip_address("fd7a:115c:a1e0::2"))
    assert r1.allowed_ips[2:] == (ip_network("172.16.20.0/24"), ip_network("fd7a:115c:a1e0:b1a:0:1:ac10:1400/120"))
    assert r1.primary_routes == r1.allowed_ips[2:]
    assert (r1.cur_addr, r1.relay, r1.peer_relay) == ("10.200.0.11:41641", "lab", "")
    assert (r1.rx_bytes, r1.tx_bytes) == (9876543210, 10140)
    assert r1.last_handshake == datetime(2026, 8, 20, 10, 4, 0, 123456, tzinfo=UTC)
    assert r1.last_write == datetime(2026, 8, 20, 10, 5, 1, 500000, tzinfo=UTC)
    assert r1.key_expiry == datetime(2027, 2, 16, 10, tzinfo=UTC)
    assert (r1.online, r1.active, r1.expired, r1.exit_node, r1.in_engine) == (True, True, False, False, True)
    assert (r2.online, r2.active, r2.expired, r2.in_engine) == (False, False, True, False)
    assert r2.last_seen == datetime(2026, 8, 20, 9, tzinfo=UTC)


def test_the_zero_time_is_no_time() -> None:
    r1, r2 = parse_status(RUNNING.read_bytes()).peers

    assert r1.last_seen is None
    assert r2.last_handshake is None
    assert r2.last_write is None


def test_text_and_what_was_decoded_from_it_read_alike() -> None:
    text = RUNNING.read_text()

    assert parse_status(text) == parse_status(json.loads(text)) == parse_status(text.encode())


def test_a_logged_out_daemon_has_null_for_lists() -> None:
    status = parse_status(
        b'{"BackendState":"NeedsLogin","TailscaleIPs":null,"Health":null,"Peer":null,"Self":{"TailscaleIPs":null}}'
    )

    assert status.backend_state == "NeedsLogin"
    assert status.self_ips == ()
    assert status.peers == ()


def test_an_empty_object_is_an_empty_status() -> None:
    assert parse_status(b"{}") == Status(
        version="",
        backend_state="",
        tun=None,
        self_ips=(),
        self_node=None,
        peers=(),
        health=(),
        magic_dns_suffix="",
        skipped=(),
    )


def test_own_addresses_stand_with_self_where_the_top_has_none() -> None:
    assert parse_status(b'{"Self":{"TailscaleIPs":["100.64.0.1"]}}').self_ips == (ip_address("100.64.0.1"),)


def test_the_single_address_of_2020() -> None:
    (peer,) = parse_status(b'{"Peer":{"k":{"TailAddr":"100.94.1.2","KeepAlive":false,"Addrs":["derp-1"]}}}').peers

    assert peer.ips == (ip_address("100.94.1.2"),)
    assert peer.online is None


def test_fields_that_are_not_used_may_be_anything() -> None:
    (peer,) = parse_status(b'{"User":3,"Peer":{"k":{"UserID":"100","CapMap":[1],"Tags":null,"HostName":"h"}}}').peers

    assert peer.host_name == "h"


def test_what_is_redacted_is_left_out_and_listed() -> None:
    peer = {
        "TailscaleIPs": ["100.94.00.000", "100.64.0.2"],
        "AllowedIPs": ["x/32"],
        "LastSeen": "yesterday",
        "LastWrite": "2026-01-01T00:00:00",
    }

    status = parse_status({"Peer": {"nodekey:1": peer}})

    assert status.peers[0].ips == (ip_address("100.64.0.2"),)
    assert status.peers[0].allowed_ips == ()
    assert status.peers[0].last_seen is None
    assert status.skipped == (
        "nodekey:1: '100.94.00.000' is no address",
        "nodekey:1: 'x/32' is no prefix",
        "nodekey:1: '2026-01-01T00:00:00' is no time",
        "nodekey:1: 'yesterday' is no time",
    )


def test_what_was_left_out_is_bounded() -> None:
    assert len(parse_status({"TailscaleIPs": ["x"] * 1000}).skipped) == MAX_SKIPPED


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (b"", "truncated"),
        (b"Logged out.", "byte 0"),
        (b'{"Peer":{"k":{"RxBytes":', "truncated"),
        (b'{"Version" "1"}', "byte 11"),
        (b"[]", "Expected `object`"),
        (b'{"Peer":[]}', "$.Peer"),
        (b'{"Peer":{"k":1}}', "$.Peer[...]"),
        (b'{"Peer":{"k":{"RxBytes":"1"}}}', "$.Peer[...].RxBytes"),
        (b'{"Self":{"Online":1}}', "$.Self.Online"),
        (b'{"Health":["a",1]}', "$.Health[1]"),
        (b'{"Self":{"RxBytes":1.5}}', "$.Self.RxBytes"),
        (b'{"Version":"\xff"}', "not a tailscale status"),
        (b'{"x":' + b"[" * 100_000, "not a tailscale status"),
    ],
)
def test_a_text_that_is_no_status_says_where(text: bytes, position: str) -> None:
    with pytest.raises(StatusError) as caught:
        parse_status(text)

    assert position in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Peer", "Self", "TailscaleIPs", "AllowedIPs", "Health", "LastSeen", "Online", "RxBytes", "k"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_any_json_is_a_status_or_an_error(value: object) -> None:
    for source in (json.dumps(value).encode(), value):
        if not isinstance(source, bytes | dict):
            continue
        assert read(source) == "read" or read(source).startswith("not a tailscale status: ")


@given(st.binary(max_size=60))
def test_any_bytes_are_an_error_or_a_status(data: bytes) -> None:
    assert read(data) == "read" or read(data).startswith("not a tailscale status: ")


@needs_samples
@pytest.mark.parametrize(
    ("name", "version", "hosts", "own"),
    [
        ("2020-tailaddr-era.json", "", ["mgphone", "mgmbp"], []),
        ("barathanaslan-tailmon.json", "1.64.0", ["macbook-air", "friend-laptop"], ["100.64.0.1"]),
        ("johejo-minimal-1.76.json", "1.76.6", ["", "localhost"], []),
        (
            "nas-doctor-status.json",
            "1.74.1-tff4a3f19c-g0b4c2e1",
            ["laptop", "phone", "exit-node"],
            ["100.64.1.2", "fd7a:115c:a1e0::2"],
        ),
        (
            "swift-status-sample.json",
            "1.99.0-example",
            ["example-peer"],
            ["100.64.0.1", "fd7a:115c:a1e0:ab12:4843:cd96:6200:1"],
        ),
    ],
)
def test_samples_from_elsewhere(name: str, version: str, hosts: list[str], own: list[str]) -> None:
    status = parse_status((SAMPLES / name).read_bytes())

    assert status.version == version
    assert [peer.host_name for peer in status.peers] == hosts
    assert [str(address) for address in status.self_ips] == own


@needs_samples
def test_all_samples_have_peers() -> None:
    samples = sorted(SAMPLES.glob("*.json"))

    assert len(samples) >= 6
    for sample in samples:
        assert parse_status(sample.read_bytes()).peers


def test_a_home_relay_of_2020_stood_among_the_addresses() -> None:
    text = '{"Peer": {"a": {"TailAddr": "100.64.0.2", "Addrs": ["derp-1", "192.0.2.7:41641"]}, "b": {"Addrs": null}}}'
    assert [peer.relay for peer in parse_status(text).peers] == ["derp-1", ""]


def test_tags_and_an_offered_exit_are_told() -> None:
    (peer,) = parse_status('{"Peer": {"a": {"Tags": ["tag:router"], "ExitNodeOption": true}}}').peers
    assert (peer.tags, peer.exit_node_option, peer.exit_node) == (("tag:router",), True, False)
