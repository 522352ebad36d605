"""A whole tailnet on one machine, in network namespaces: real headscale, DERP and tailscaled. See ../README.md."""
