"""From the first failing clients to the report: opens, gathers evidence at once, diagnoses, and closes on recovery.

`threshold` says when a route counts as failing and when it is well again; `book` keeps the open incidents, one a root
cause. Both decide without I/O. `examiner` gathers and diagnoses beside the gateway; `recorder` puts them together and
tells what happened as events. A client's connection never enters, nor who is told.
"""
