"""The report on an outage, for somebody who was not there: `farshore.report/1`, as text, Markdown, JSON and HTML.

`given` is what a report is made of, in plain values; `counts` asks the journal for the figures. `build` makes the
`Report` of `model`, which is the JSON; every sentence in it points to its sources. `blocks` puts it in order once, and
`text`, `markdown` and `html` only set that. Nothing here knows where incidents are kept.
"""
