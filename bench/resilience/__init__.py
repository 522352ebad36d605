"""`make resilience`: what clients feel of each fault, through Farshore and through plain tailscaled, side by side."""
