"""What a version of tailscaled can do."""

import re

# ipn/localapi/localapi.go `serveDial` answers `Dial-Self: true` instead of dialling where no route leads, since 1.98.
_REFUSES_TO_LEAK_SINCE = (1, 98)
_VERSION = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:[.\-+ ]|$)")


def refuses_to_leak(version: str) -> bool:
    """Whether this tailscaled's LocalAPI dial refuses a target without a Tailscale route; False if unknown.

    Reads `1.98.2`, `1.98.2-t1234abcd-g5678`, `1.102.3-ERR-BuildInfo`, `v1.99`.
    """
    matched = _VERSION.match(version)
    return matched is not None and (int(matched[1]), int(matched[2])) >= _REFUSES_TO_LEAK_SINCE
