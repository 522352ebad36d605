"""The configuration: one frozen value, validated once, refused with file, line and column.

`fields` are the kinds of value, `model` says what may be written (with `egresses`, `tailscaled` and `remedies`), `load`
reads a file and explains every mistake.
"""
