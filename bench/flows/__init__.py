"""What a table of many flows costs: `python -m bench.flows`."""
