"""One speaker of log lines a module, each with a `DIALECT`; the log reader finds them. Helpers belong to `intake`."""
