import pytest
from tests.interop.clients import drive
from tests.interop.gate import ORDERLY, Gate
from tests.interop.servers import Servers
from tests.interop.service import ANSWER, Service

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
COUNT = 200


def test_200_connections_at_once_all_get_their_answer(way: Gate, servers: Servers) -> None:
    servers.get(Service.POSTGRES)

    seen = drive("crowd", way.host, way.ports[Service.POSTGRES], COUNT)

    ended = way.endings()
    disorderly = [line for line in ended if line["code"] not in ORDERLY]
    assert disorderly == []
    assert seen == {"answers": {ANSWER: COUNT}, "errors": {}}
    assert len(ended) == COUNT
