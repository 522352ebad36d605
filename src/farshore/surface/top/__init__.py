"""The page in a terminal: `farshore top`. It asks a gateway by its admin listener and shows what that says.

`picture` is what was heard so far, `link` hears it, `text` says it in words and signs; none of these knows a terminal.
`screen`, `rows` and `asking` are the program on the terminal, and the only ones that import textual (extra `tui`).
Whatever a gateway tells is made visible before it becomes a value here, and is never read as markup.
"""
