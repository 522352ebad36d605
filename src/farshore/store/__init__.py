"""What a gateway remembers: SQLite, one writer, many readers.

`database` opens the file and brings its schema up to date; `migrations` are the schema, table by table, in plain SQL
with a comment for each column. `rows` says which event becomes a row of which table, and does no I/O; `writer` is the
one thread that touches the disk; `journal` is what the gateway tells events to. `query` reads, bounded.

To keep something new: a file `migrations/NNNN_name.sql` with the next number, and either an event that `rows` knows by
its type, or `Journal.write` with an `Insert` or a `Statement` of one's own. docs/journal.md is written from the
comments in the SQL.
"""
