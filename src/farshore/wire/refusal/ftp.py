"""FTP: 421 instead of the greeting (RFC 959 section 4.2.2: "Service not available, closing control connection")."""

from farshore.wire.refusal.turn import Monologue, Words


def refuser(words: Words) -> Monologue:
    """Says so in one reply. Every control connection may begin with a 421 (RFC 959 section 5.4)."""
    return Monologue(f"421 {words.text}\r\n".encode())
