"""Protocols as bytes in, values out: no sockets, no clocks, no knowledge of who calls.

A codec never blocks, holds a bounded number of bytes, and hands back what follows its own message.
"""
