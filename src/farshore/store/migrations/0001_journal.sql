CREATE TABLE runs ( -- One row for each process that has written here.
  at_us INTEGER PRIMARY KEY, -- when it began, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  version TEXT NOT NULL, -- Farshore's version
  host TEXT NOT NULL, -- the machine's name
  pid INTEGER NOT NULL, -- its process number there
  ended_us INTEGER, -- when it ended in order; none while it runs, and where it was killed
  lost INTEGER -- rows that it could not write, counted at its end
);

CREATE TABLE connections ( -- One row for each client connection that has ended.
  at_us INTEGER PRIMARY KEY, -- when it ended, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  connection INTEGER NOT NULL, -- its number in that run
  route TEXT NOT NULL, -- the route's name
  egress TEXT NOT NULL, -- the egress of its path
  path TEXT NOT NULL, -- the path that carried it, or the preferred one where none did
  client TEXT NOT NULL, -- the client's address and port
  target TEXT NOT NULL, -- the target as the configuration names it
  code TEXT NOT NULL, -- how it ended: docs/outcomes.md
  detail TEXT, -- the evidence for the code
  client_end TEXT NOT NULL, -- how the client's connection was ended: fin, rst or none
  started_at_s REAL NOT NULL, -- when it was accepted, in seconds since 1970 UTC
  connect_ms REAL, -- to the egress's port; none where the phase was not reached
  handshake_ms REAL, -- with the egress
  dial_ms REAL, -- of the target
  first_byte_ms REAL, -- until the target's first byte
  reached_ms REAL, -- from accept to a connection to the target, whatever was tried and waited before; none: never
  duration_ms REAL NOT NULL, -- from accept to end
  client_bytes INTEGER NOT NULL, -- bytes from the client
  upstream_bytes INTEGER NOT NULL, -- bytes from the target
  leaked_dial INTEGER NOT NULL -- 1 where the egress had connected through this host's own network
);

CREATE TABLE attempts ( -- One row for each dial that failed on a route that tries again or elsewhere.
  at_us INTEGER PRIMARY KEY, -- when it failed, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  path TEXT NOT NULL, -- the path that was dialled
  egress TEXT NOT NULL, -- the egress of the path
  target TEXT NOT NULL, -- the address that was asked for
  code TEXT NOT NULL, -- what a connection would have ended with: docs/outcomes.md
  detail TEXT NOT NULL, -- the evidence for the code
  took_ms REAL NOT NULL -- from its begin
);

CREATE TABLE checks ( -- One row for each look at a path without any client.
  at_us INTEGER PRIMARY KEY, -- when it was over, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  path TEXT NOT NULL, -- the path
  result TEXT NOT NULL, -- answered, failed, doubtful or nothing
  reason TEXT NOT NULL, -- what told it
  took_ms REAL NOT NULL -- how long it took
);

CREATE TABLE probes ( -- One row for each connection tried to a target without any client.
  at_us INTEGER PRIMARY KEY, -- when it was over, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  path TEXT NOT NULL, -- the path
  result TEXT NOT NULL, -- connected, refused, silent, unrouted or nothing
  detail TEXT NOT NULL -- the evidence
);

CREATE TABLE path_health ( -- One row whenever what is known of a path without any client has changed.
  at_us INTEGER PRIMARY KEY, -- when, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  path TEXT NOT NULL, -- the path
  health TEXT NOT NULL, -- unknown, up, suspect or down
  was TEXT NOT NULL, -- what it was before
  reason TEXT NOT NULL -- what told it
);

CREATE TABLE path_states ( -- One row whenever a path's breaker has changed.
  at_us INTEGER PRIMARY KEY, -- when, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  path TEXT NOT NULL, -- the path
  state TEXT NOT NULL, -- closed, open or half-open
  was TEXT NOT NULL, -- what it was before
  reason TEXT NOT NULL -- why
);

CREATE TABLE outages ( -- One row for each time that clients of a route were held, because no path worked.
  at_us INTEGER PRIMARY KEY, -- when the first one was held, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  code TEXT NOT NULL, -- what the first client was told so far: docs/outcomes.md
  detail TEXT NOT NULL, -- the evidence for the code
  ended_us INTEGER, -- when it was over; none while it lasts, and where the process was killed in it
  duration_s REAL, -- until a path answered, or the last client left
  served INTEGER, -- clients that were connected after all
  refused INTEGER, -- clients that were turned away
  proven INTEGER -- 0 where nobody came to prove that it was over
);

CREATE TABLE remedies ( -- One row for each thing done, suggested or withheld in an outage.
  at_us INTEGER PRIMARY KEY, -- when its result was known, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  route TEXT NOT NULL, -- the route's name
  remedy TEXT NOT NULL, -- which one: docs/remedies.md
  subject TEXT NOT NULL, -- what it was done to
  why TEXT NOT NULL, -- the case for it, or against it
  result TEXT NOT NULL, -- what came of it
  detail TEXT, -- what was seen, where something was done
  command TEXT, -- what to run, where it was suggested
  duration_ms REAL -- how long it took, where something was done
);

CREATE TABLE tailscaled ( -- One row for each phase of the tailscaled that Farshore started.
  at_us INTEGER PRIMARY KEY, -- when it came into it, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  phase TEXT NOT NULL, -- docs/tailscaled.md
  reason TEXT NOT NULL, -- why, or what it waits for
  pid INTEGER, -- its process number
  starts INTEGER NOT NULL -- how often it has been started
);

CREATE TABLE tailscaled_lines ( -- One row for each log line of the tailscaled that Farshore started.
  at_us INTEGER PRIMARY KEY, -- when it was read, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  severity TEXT NOT NULL, -- debug, info or warning
  component TEXT NOT NULL, -- the part of tailscaled that said it
  text TEXT NOT NULL, -- what it said
  left_out INTEGER NOT NULL -- lines of that severity that came before it and were too many
);

CREATE TABLE events ( -- One row for everything else that happened.
  at_us INTEGER PRIMARY KEY, -- when, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  event TEXT NOT NULL, -- its name, as in the log
  fields TEXT NOT NULL -- its fields as JSON: json_extract(fields, '$.route')
);

CREATE TABLE gaps ( -- One row for each time that rows were lost: the disk was full, or too slow.
  at_us INTEGER PRIMARY KEY, -- when rows were written again, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  lost INTEGER NOT NULL, -- how many
  reason TEXT NOT NULL -- why
);
