"""A Lease of Kubernetes (coordination.k8s.io/v1), so that of several replicas one moves routes at a time.

Needs the extra `kubernetes`, and a role that may get, create and update the Lease. Whoever writes with an outdated
`resourceVersion` is turned away by the API server (409), so two cannot take it at once.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from farshore.core.clock import Clock

if TYPE_CHECKING:
    from lightkube import AsyncClient, SingleConfig
    from lightkube.resources.coordination_v1 import Lease

ANSWER_S = 5.0
# Longer than a move with all its pings, writes and retries may take.
HELD_S = 180


class KubernetesLease:
    """One Lease, taken for the length of one move. Belongs to one event loop."""

    def __init__(
        self, name: str, namespace: str | None, holder: str, clock: Clock, *, config: "SingleConfig | None" = None
    ) -> None:
        """`holder` is this replica's name; `namespace` None is the pod's own; `config` None is the pod's own, too."""
        self._name = name
        self._namespace = namespace
        self._holder = holder
        self._clock = clock
        self._config = config
        self._client: AsyncClient | None = None
        self._held: Lease | None = None

    async def acquire(self) -> str | None:
        """Take it; None, or why it cannot be had. What is held already is taken anew."""
        try:
            import lightkube  # noqa: PLC0415 - an extra, imported where it is used
        except ImportError:
            return "the lease needs the extra: pip install 'farshore[kubernetes]'"
        import httpx2  # noqa: PLC0415 - comes with it

        try:
            self._client = self._client or self._connect()
            return await self._take(self._client)
        except lightkube.ApiError as error:
            if error.status.code == HTTPStatus.CONFLICT:
                return f"another replica was faster to take the lease {self._name}"
            return f"the lease {self._name} cannot be had: {error.status.message}"
        except (httpx2.HTTPError, lightkube.ConfigError, OSError) as error:
            return f"the lease {self._name} cannot be had: {str(error) or type(error).__name__}"

    async def release(self) -> None:
        """Give it back; where that fails it runs out by itself."""
        held, client, self._held = self._held, self._client, None
        if held is None or client is None or held.spec is None:
            return
        import httpx2  # noqa: PLC0415 - as above
        import lightkube  # noqa: PLC0415 - as above

        held.spec.holderIdentity = ""
        try:
            await client.replace(held)
        except (lightkube.ApiError, httpx2.HTTPError):
            return

    async def aclose(self) -> None:
        """Close every connection; idempotent."""
        if self._client is not None:
            await self._client.close()

    def _connect(self) -> "AsyncClient":
        import httpx2  # noqa: PLC0415 - as above
        from lightkube import AsyncClient, KubeConfig  # noqa: PLC0415 - as above

        config = self._config or KubeConfig.from_service_account()
        return AsyncClient(config=config, namespace=self._namespace, timeout=httpx2.Timeout(ANSWER_S), trust_env=False)

    async def _take(self, client: "AsyncClient") -> str | None:
        from lightkube import ApiError  # noqa: PLC0415 - as above
        from lightkube.models.coordination_v1 import LeaseSpec  # noqa: PLC0415 - as above
        from lightkube.models.meta_v1 import ObjectMeta  # noqa: PLC0415 - as above
        from lightkube.resources.coordination_v1 import Lease  # noqa: PLC0415 - as above

        now = datetime.fromtimestamp(self._clock.wall_s(), UTC)
        spec = LeaseSpec(
            holderIdentity=self._holder, leaseDurationSeconds=HELD_S, acquireTime=now, renewTime=now, leaseTransitions=0
        )
        try:
            found = await client.get(Lease, self._name)
        except ApiError as error:
            if error.status.code != HTTPStatus.NOT_FOUND:
                raise
            self._held = await client.create(Lease(metadata=ObjectMeta(name=self._name), spec=spec))
            return None
        other = self._holder_of(found, now)
        if other is not None:
            return f"{other} holds the lease {self._name}"
        if found.spec is not None:
            spec.leaseTransitions = (found.spec.leaseTransitions or 0) + 1
        found.spec = spec
        self._held = await client.replace(found)
        return None

    def _holder_of(self, lease: "Lease", now: datetime) -> str | None:
        """Who else holds it at this moment."""
        spec = lease.spec
        if spec is None or not spec.holderIdentity or spec.holderIdentity == self._holder or spec.renewTime is None:
            return None
        until = spec.renewTime + timedelta(seconds=spec.leaseDurationSeconds or 0)
        return spec.holderIdentity if until > now else None
