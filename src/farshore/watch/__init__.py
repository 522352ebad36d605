"""Looks before clients do, and mends: feeds what it sees to the gateway. It never touches a client's connection."""
