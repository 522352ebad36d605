"""One diagnosis as text for a terminal, Markdown, HTML; JSON is `diagnosis.published`. Decides nothing."""
