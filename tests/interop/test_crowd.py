from collections import Counter

import pytest
from tests.interop.clients import drive
from tests.interop.gate import ORDERLY, Gate
from tests.interop.servers import Servers
from tests.interop.service import ANSWER, Service

pytestmark = pytest.mark.interop
COUNT = 200


def test_200_connections_at_once_all_get_their_answer(direct: Gate, servers: Servers) -> None:
    servers.get(Service.POSTGRES)

    seen = drive("crowd", direct.host, direct.ports[Service.POSTGRES], COUNT)

    codes = Counter(direct.codes())
    assert seen == {"answers": {ANSWER: COUNT}, "errors": {}}
    assert codes.total() == COUNT
    assert set(codes) <= ORDERLY
