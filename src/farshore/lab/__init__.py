"""A tailnet in one process, for the demo and the tests: a tailscaled-shaped peer, databases, faults, scenarios.

Never imported by the running gateway.
"""
