"""The control plane: which routers advertise and may serve which prefixes, and how that is changed.

`plane` is the seam, `headscale` and `tailscale` stand behind it; `moves` computes, `mover` does, `kubernetes` keeps
replicas apart.
"""
