"""One client connection from accept to its outcome.

`listener`, `session`, `dial` and `relay` do I/O and decide nothing; `judge` decides and does no I/O; `gateway` wires
them and holds what there is to see.
"""
