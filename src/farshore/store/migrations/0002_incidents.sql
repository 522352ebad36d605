CREATE TABLE incidents ( -- One row for each incident, kept up to date: docs/incidents.md.
  at_us INTEGER PRIMARY KEY, -- when it was opened, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that opened it
  incident TEXT NOT NULL, -- its name
  since_s REAL NOT NULL, -- when clients began to fail, in seconds since 1970 UTC
  sign TEXT NOT NULL, -- what it was noticed by: failures, resets, held or paths down
  routes TEXT NOT NULL, -- its routes as a JSON array: json_each(routes)
  examined_us INTEGER, -- when the last conclusion was reached; none before the first
  code TEXT, -- the last conclusion's cause; none where undecided
  title TEXT, -- the cause in words
  confidence TEXT, -- how sure it is
  router TEXT, -- the router that it is about; empty where it is about none
  target TEXT, -- the target that it is about; empty where it is about none
  merged_into TEXT, -- the older incident into which it went
  ended_us INTEGER, -- when it was closed, or went into another; none while it is open
  duration_s REAL, -- from the first failure to the last
  proven INTEGER -- 0 where nobody came to prove that it was over
);

CREATE TABLE samples ( -- One row when what a tailscaled tells has changed, and every five minutes.
  at_us INTEGER PRIMARY KEY, -- when it was asked, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  egress TEXT NOT NULL, -- the first egress that it serves
  backend_state TEXT NOT NULL, -- Running, or what else it says; empty where it said nothing
  nodes TEXT NOT NULL, -- itself and the routers, a JSON array of name, ip, online, key_expiry_s, last_handshake_s, ping_ok, is_router
  health TEXT NOT NULL, -- its own warnings, a JSON array
  problem TEXT -- why it said nothing
);
