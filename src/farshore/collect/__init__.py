"""Live evidence, with deadlines: what `farshore doctor` gathers. It looks, and never mends.

`aim` says what is looked at, `walk` goes from hop to hop and stops blaming at the first broken one; `daemon`, `pings`,
`dials` and `gateway` each ask one party. `beside` asks others meanwhile: `bus`, `metrics` and `logs` of tailscaled,
`control`, `kubernetes`; who does not answer is listed with the reason. What they saw becomes `documents`: files as a
person would send them, which the readers of `diagnosis` read like any other. `bundle` packs them, `redact` takes out
what is nobody's business.

It never causes what it looks for: a dial is a connection, so there are at most two for each way in, only to addresses
that the configuration dials itself, and none that could leave the tailnet. No conclusion is drawn here.
"""
