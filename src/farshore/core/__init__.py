"""The words everything else is said in: addresses, outcomes, events, the clock.

Nothing here does I/O, and nothing here imports from another room.
"""
