"""How people and machines see the gateway: logs, metrics, health, status. Reads state, never touches the data path."""
