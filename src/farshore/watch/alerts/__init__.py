"""Who is to be told of what, and when: rules, their states, one alert for each root cause. Decides; no I/O.

`traffic` and `tailnet` say which rules hold, `holding` when that begins to count and when it ends, `board` makes alerts
of it: pages of routes with one root are one alert, silences and the time after a start are kept, reminders come now and
then. Times are seconds since the Unix epoch and are given.
"""
