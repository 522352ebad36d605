"""The only room that knows everyone: commands and wiring."""
