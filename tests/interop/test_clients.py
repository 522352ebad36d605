import pytest
from tests.interop.clients import CLIENTS, Answer, Client
from tests.interop.gate import NOBODY, ORDERLY, REFUSED, Gate
from tests.interop.servers import Servers

pytestmark = pytest.mark.interop
clients = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@clients
def test_a_client_reads_the_right_answer_and_its_connection_ends_in_order(
    client: Client, way: Gate, servers: Servers
) -> None:
    server = servers.get(client.service)

    answer = client.ask(way.host, way.ports[client.service], server.folder)

    codes = way.codes()
    assert answer == Answer(value=client.expected)
    assert len(codes) == 1
    assert set(codes) <= ORDERLY


@clients
@pytest.mark.parametrize("way", ["direct-uvloop", "socks5"], indirect=True)
def test_a_client_is_told_that_nobody_listens(client: Client, way: Gate, servers: Servers) -> None:
    server = servers.get(client.service)

    answer = client.ask(way.host, way.ports[NOBODY], server.folder)

    codes = way.codes()
    print(f"{client.name}: {answer.error}")
    assert answer.value is None
    assert answer.error
    assert set(codes) == {REFUSED[way.kind]}
