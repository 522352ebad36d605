"""One format a module, each with a `READER`; the dispatcher finds them. Helpers belong to `intake`."""
