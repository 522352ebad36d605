"""Farshore: a TCP gateway to private networks behind Tailscale that names the cause when they are out of reach.

The rooms, from the bottom up: `core` (the words), `wire` (protocols as bytes), `config` (one frozen value), `tailnet`
(what tailscaled knows), `gateway` (carries the bytes), `lab` and `surface` (a tailnet in one process; how people see
it), `app` (commands and wiring). A room imports only from rooms below its own.
"""

__version__ = "0.1.0"
