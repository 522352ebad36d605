"""Looks at a target as deep as its greeting, layer by layer, over one path at a time.

`run` dials as the gateway does and times each layer, `kind` knows what to say to which protocol, `result` is what came
of it. What is said and heard is decided in `wire.openings`.
"""
