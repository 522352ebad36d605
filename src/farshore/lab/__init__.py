"""A tailnet in one process, for the demo and the tests: a tailscaled-shaped peer, databases, faults.

`tailscaled` is the daemon: `socks_server`, `connect_server` and `localapi_server` (with `http` and `documents`) are
its doors, `backend` the state behind them, `relay` how it carries, `account` what it counts. `tailnet` says what the
tailnet looks like and which way a dial takes; `faults` change that, `toxics` what happens to bytes. `postgres_peer`
and `tds_peer` are databases, `postgres_client` and `tds_client` ask them. `stage` puts all of it together. `stream`
is the socket under everything.

Never imported by the running gateway, and never dials anything but listeners on loopback.
"""
