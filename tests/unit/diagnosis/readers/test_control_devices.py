import pytest
from tests.unit.diagnosis.reading import read_by

from farshore.diagnosis.facts.peers import DeviceListed, NetworkChecked, RoutesListed

NAME = "control plane's devices"
DEVICE = """{"hostname": "ferry", "name": "ferry.t.ts.net", "addresses": ["100.64.0.2"], "connectedToControl": %s,
 "advertisedRoutes": ["10.9.8.0/24", "10.9.9.0/24"], "enabledRoutes": ["10.9.8.0/24"],
 "expires": "2026-03-04T05:06:07Z", "keyExpiryDisabled": %s,
 "multipleConnections": true, "blocksIncomingConnections": true, "tailnetLockError": "unsigned",
 "authorized": false, "lastSeen": "2026-03-01T00:00:00Z", "os": "windows", "clientVersion": "1.90.1"}"""


def listed(text: str) -> list[DeviceListed]:
    return [fact for fact in read_by(NAME, text).facts if isinstance(fact, DeviceListed)]


def test_a_device_with_a_route_that_is_not_enabled() -> None:
    (device,) = listed(DEVICE % ("false", "false"))
    assert [str(route) for route in device.advertised or ()] == ["10.9.8.0/24", "10.9.9.0/24"]
    assert [str(route) for route in device.enabled or ()] == ["10.9.8.0/24"]
    assert (device.node, device.addresses, device.online, device.os) == ("ferry", ("100.64.0.2",), False, "windows")
    assert (device.authorized, device.blocks_incoming, device.several_connections) == (False, True, True)
    assert device.lock_error == "unsigned"
    assert str(device.expires) == "2026-03-04 05:06:07+00:00"
    assert device.observer == "control plane"


def test_a_key_that_does_not_expire_has_no_expiry() -> None:
    (device,) = listed(DEVICE % ("true", "true"))
    assert (device.expires, device.online) == (None, True)


def test_what_a_device_does_not_tell_is_not_told() -> None:
    (device,) = listed('{"devices": [{"hostname": "a", "addresses": [], "keyExpiryDisabled": false, "expires": ""}]}')
    assert (device.online, device.advertised, device.enabled, device.expires) == (None, None, None, None)
    assert device.ref == "x#/devices/0"


def test_routes_alone_have_no_name() -> None:
    (routes,) = read_by(NAME, '{"advertisedRoutes": ["10.9.8.0/24"], "enabledRoutes": []}').facts
    assert isinstance(routes, RoutesListed)
    assert (len(routes.advertised), routes.enabled) == (1, ())


def test_connectivity_alone_and_in_a_device() -> None:
    told = '{"latency": {"Rome": {"latencyMs": 12, "preferred": true}}, "clientSupports": {"udp": false}}'
    (alone,) = read_by(NAME, told).facts
    assert isinstance(alone, NetworkChecked)
    assert (alone.udp, alone.nearest_derp, alone.observer) == (False, "Rome", "")
    assert dict(alone.derp_latencies_s) == pytest.approx({"Rome": 0.012})
    device = f'{{"hostname": "ferry", "addresses": ["100.64.0.2"], "clientConnectivity": {told}}}'
    checked = read_by(NAME, device).facts[1]
    assert isinstance(checked, NetworkChecked)
    assert checked.observer == "ferry"


@pytest.mark.parametrize(
    "node",
    [
        """{"nodes": [{"name": "Ferry", "givenName": "ferry", "ipAddresses": ["100.64.0.2"], "online": true,
        "availableRoutes": ["10.9.8.0/24"], "approvedRoutes": [], "subnetRoutes": [], "expiry": "2026-03-04T05:06:07Z"}
        ]}""",
        """[{"name": "Ferry", "given_name": "ferry", "ip_addresses": ["100.64.0.2"], "online": true,
        "available_routes": ["10.9.8.0/24"], "approved_routes": [], "subnet_routes": [],
        "expiry": {"seconds": 1772600767}}]""",
    ],
)
def test_headscale_by_api_and_by_command(node: str) -> None:
    (device,) = listed(node)
    assert (device.node, device.addresses, device.online) == ("Ferry", ("100.64.0.2",), True)
    assert [str(route) for route in device.advertised or ()] == ["10.9.8.0/24"]
    assert (device.enabled, device.primary) == ((), ())
    assert str(device.expires) == "2026-03-04 05:06:07+00:00"


def test_routes_of_older_headscale_are_gathered_by_node() -> None:
    route = '{"node": {"givenName": "ferry"}, "prefix": "%s", "advertised": true, "enabled": %s, "isPrimary": %s}'
    text = f'{{"routes": [{route % ("10.9.8.0/24", "true", "true")}, {route % ("10.9.9.0/24", "false", "false")}]}}'
    (device,) = listed(text)
    assert (len(device.advertised or ()), len(device.enabled or ()), len(device.primary or ())) == (2, 1, 1)


def test_what_is_no_device_and_what_is_no_prefix_are_said() -> None:
    reading = read_by(NAME, '{"devices": [7, {"hostname": "a", "advertisedRoutes": ["x"], "enabledRoutes": []}]}')
    assert [unread.position for unread in reading.unread] == ["/devices/0", "/devices/1"]


def test_a_cut_list_keeps_what_was_whole() -> None:
    text = f'{{"devices": [{DEVICE % ("true", "true")}, {{"hostname": "b", "addr'
    reading = read_by(NAME, text)
    assert [fact.node for fact in reading.facts if isinstance(fact, DeviceListed)] == ["ferry", "b"]
    assert len(reading.unread) == 1


def test_headscale_leaves_out_an_empty_list() -> None:
    (device,) = listed('[{"given_name": "ferry", "name": "ferry", "available_routes": ["10.9.8.0/24"]}]')
    assert (len(device.advertised or ()), device.enabled) == (1, ())
    (device,) = listed('[{"given_name": "ferry", "name": "ferry"}]')
    assert (device.advertised, device.enabled) == (None, None)
