"""Keeps the collector of cycles from holding up clients."""

import gc


def leave_out_what_is_loaded() -> None:
    """Let no later collection walk what is there by now: modules, configuration, listeners.

    A full one stops the loop while it looks at every object, 40 ms with all that is imported, and frees none of these.
    """
    gc.collect()
    gc.freeze()
