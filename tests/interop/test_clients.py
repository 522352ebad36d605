import pytest
from tests.interop.clients import CLIENTS, Answer, Client
from tests.interop.gate import ORDERLY, Gate
from tests.interop.servers import Servers

pytestmark = pytest.mark.interop
clients = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)


@clients
def test_a_client_reads_the_right_answer_and_its_connection_ends_in_order(
    client: Client, direct: Gate, servers: Servers
) -> None:
    server = servers.get(client.service)

    answer = client.ask(direct.host, direct.ports[client.service], server.folder)

    codes = direct.codes()
    assert answer == Answer(value=client.expected)
    assert len(codes) == 1
    assert set(codes) <= ORDERLY


@clients
def test_a_client_is_told_that_nobody_listens(client: Client, direct: Gate, servers: Servers) -> None:
    server = servers.get(client.service)

    answer = client.ask(direct.host, direct.ports["nobody"], server.folder)

    codes = direct.codes()
    print(f"{client.name}: {answer.error}")
    assert answer.value is None
    assert answer.error
    assert set(codes) == {"target.dial.refused"}
