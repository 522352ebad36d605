import pytest
from tests.interop.clients import drive
from tests.interop.gate import Gate
from tests.interop.servers import Servers
from tests.interop.service import Service

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
COUNT = 500


@pytest.mark.parametrize("service", [Service.MARIADB, Service.FTP, Service.SSH])
def test_500_greetings_in_a_row_arrive_whole(service: Service, way: Gate, servers: Servers) -> None:
    server = servers.get(service)
    (greeting,) = drive("greetings", service, server.host, server.port, 1)["greetings"]

    seen = drive("greetings", service, way.host, way.ports[service], COUNT)

    codes = way.codes()
    assert seen == {"greetings": {greeting: COUNT}}
    assert codes == ["client.transfer.closed"] * COUNT
