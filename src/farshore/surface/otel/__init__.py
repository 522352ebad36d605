"""What a collector of OpenTelemetry's is sent: a trace for each client connection, and what Prometheus reads.

`origin`, `traces` and `points` make the SDK's values of events and of the registry, and do no I/O; `exporter` keeps
what is to be sent, within a bound, and sends it in a thread. All of it is imported only where the configuration has
`otel:`: the libraries are the extra `otel`. Nothing here can hold a client up, and no payload and no secret is sent.
"""
