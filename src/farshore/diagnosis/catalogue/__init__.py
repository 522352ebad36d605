"""One cause a module, named after its code, each with a `CAUSE`; `cause` says what one is. No helpers here."""
