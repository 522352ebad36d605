"""A client's address as the kernel gives it, and as people write it."""

Peer = tuple[str, int]


def label(peer: Peer) -> str:
    """A peer's address as people write it."""
    host, port = peer[0], peer[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
