CREATE TABLE silences ( -- One row for each `farshore alert silence`: docs/alerts.md.
  at_us INTEGER PRIMARY KEY, -- when it was made, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that made it
  silence INTEGER NOT NULL, -- its number
  routes TEXT NOT NULL, -- its routes as a JSON array; everything where it is empty
  until_us INTEGER NOT NULL, -- when it ends, unless somebody ends it sooner
  who TEXT NOT NULL, -- the user and the host
  why TEXT NOT NULL, -- as it was written; may be empty
  ended_us INTEGER -- when somebody ended it; none where nobody has
);
