"""One misreading a module, named after its number, each with a `MISREADING`. No helpers here."""
