"""Refusing a client in its own protocol: what it has said in, what it is told out.

One codec for each protocol. They read no more of a client than they must to be understood by it, and whoever speaks
another protocol than theirs is told nothing.
"""
