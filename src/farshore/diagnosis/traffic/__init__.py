"""Traffic as rows, whatever it was exported as: `FlowRow` of Tailscale's flow logs, `PacketRow` of Hubble."""
