"""What tailscaled and the control plane know and can do.

Asks tailscaled over its LocalAPI and reads its answers; carries no client bytes.
"""
