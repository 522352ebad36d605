"""How a conversation with a target is opened without any credentials, one module a protocol; bytes in, values out.

`opening` is what they have in common. Each says what is sent, hears the target's greeting to its end and no further,
tells what the target says of itself, and how to leave so that the target counts as little of it as its protocol allows.
"""
