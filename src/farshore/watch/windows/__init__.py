"""Rates, bursts and outages over what has ended: streaming, bounded in memory, told the time, without I/O.

`sample` says what counts as a failure, `rolling` counts over the last seconds to days, `burn` weighs the counts
against an objective, and `bursts` clusters failures in time; what kind of outage a burst was says `core.pattern`.
"""
