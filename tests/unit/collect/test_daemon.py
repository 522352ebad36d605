from pathlib import Path

import pytest
from tests.unit.collect.conftest import SetScene

from farshore.collect.daemon import Daemon, look, look_again
from farshore.core.address import HostPort
from farshore.lab import faults
from farshore.lab.tailnet import Door
from farshore.tailnet.localapi import LocalApi, LocalApiError, LocalApiFailure

pytestmark = pytest.mark.anyio


async def test_status_and_preferences_are_kept_as_they_came_and_read(set_scene: SetScene) -> None:
    async with set_scene(faults.RoutesNotAccepted()) as scene:
        api = LocalApi(scene.stage.daemon.socket)
        daemon = await look(api, scene.notebook, "")
        assert isinstance(daemon, Daemon)
        again = await look_again(daemon, scene.notebook, "")
        await api.aclose()
    assert not isinstance(again, LocalApiError)
    assert (daemon.accepts_routes, daemon.version, scene.notebook.observer) == (False, "1.102.3", "gw")
    assert [document.name for document in scene.notebook.kept] == ["status-1.json", "prefs.json", "status-2.json"]
    assert scene.notebook.kept[0].data.lstrip().startswith(b"{")


async def test_nobody_there_and_nonsense_are_reasons(set_scene: SetScene, tmp_path: Path) -> None:
    async with set_scene(faults.Garbage(doors=(Door.LOCALAPI,))) as scene:
        for socket, reason in (
            (tmp_path / "s.sock", LocalApiFailure.MISSING),
            (scene.stage.daemon.socket, LocalApiFailure.MALFORMED),
        ):
            api = LocalApi(socket)
            answer = await look(api, scene.notebook, "")
            await api.aclose()
            assert isinstance(answer, LocalApiError)
            assert answer.reason is reason
    assert isinstance(scene.stage.daemon.socks5, HostPort)
    assert scene.notebook.kept == []
