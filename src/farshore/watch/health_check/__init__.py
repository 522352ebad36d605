"""The health check: probes at fixed times for hours, and what they say together.

`pacing` starts them, `way` is one of them as a client would connect, `keeping` writes them into the journal and reads
them back, `figures` counts. What is reported is what the journal holds, so a check that was killed and resumed counts
as one that was not.
"""
