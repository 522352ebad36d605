"""Rows of traffic in a database, and the questions asked of them: one SQL text (`diagnosis/sql/`), three engines.

`sqlite` (in the standard library) for what fits in memory, `duck` for files of any size, `clickhouse` beyond one host.
"""
