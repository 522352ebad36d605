CREATE TABLE alerts ( -- One row for each alert that fired, kept up to date: docs/alerts.md.
  at_us INTEGER PRIMARY KEY, -- when it was first told, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that told it first
  key TEXT NOT NULL, -- the cause and its subject, or the rule and its subject
  rule TEXT NOT NULL, -- docs/alerts.md
  severity TEXT NOT NULL, -- page or warning
  title TEXT NOT NULL, -- what fails, as it was last told
  routes TEXT NOT NULL, -- its routes as a JSON array: json_each(routes)
  since_s REAL NOT NULL, -- since when that was so, in seconds since 1970 UTC
  incident TEXT, -- its incident; none where it belongs to none
  code TEXT, -- the cause; none where undecided
  silenced INTEGER NOT NULL, -- 1 where nobody was told, because it was silenced
  last_us INTEGER NOT NULL, -- when it was last told
  ended_us INTEGER, -- when it was over; none while it fires
  alert TEXT NOT NULL -- all that was last told, as JSON
);

CREATE UNIQUE INDEX alerts_firing ON alerts (key) WHERE ended_us IS NULL;
