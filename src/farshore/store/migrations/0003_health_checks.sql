CREATE TABLE probe_runs ( -- One row for each stretch of a `farshore probe`: its beginning, and each `--resume`.
  at_us INTEGER PRIMARY KEY, -- when the stretch began, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it
  health_check INTEGER NOT NULL, -- the check's number: when its first stretch began, in microseconds since 1970 UTC
  subject TEXT NOT NULL, -- what was named: a route, or a target, with the path where one was chosen
  target TEXT NOT NULL, -- the target's address and port
  kind TEXT NOT NULL, -- the protocol that was spoken
  every_us INTEGER NOT NULL, -- between two due times
  planned INTEGER NOT NULL, -- how many due times the whole check has
  concurrency INTEGER NOT NULL, -- how many probes may be under way at once
  slo REAL NOT NULL -- the success rate that is asked for, in percent
);

CREATE TABLE probe_results ( -- One row for each probe of a `farshore probe` that has ended.
  at_us INTEGER PRIMARY KEY, -- when it was written down, in microseconds since 1970 UTC
  at TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch')) VIRTUAL, -- the same, for people
  run INTEGER NOT NULL, -- runs.at_us of the process that wrote it; of its stretch in probe_runs as well
  health_check INTEGER NOT NULL, -- the check's number
  number INTEGER NOT NULL, -- of its due time, from 0; with --every-path each path has a row
  path TEXT NOT NULL, -- the path that answered, or the last that was tried; empty where none was
  due_us INTEGER NOT NULL, -- when it was to start, in microseconds since 1970 UTC
  late_us INTEGER NOT NULL, -- how much later it did start
  took_us INTEGER NOT NULL, -- from its start to its end
  code TEXT, -- why it failed: docs/outcomes.md, or probe.not-started; none where it went well
  detail TEXT NOT NULL, -- the evidence for the code
  layers TEXT NOT NULL -- the milliseconds of each layer as a JSON object: json_extract(layers, '$.dial')
);

CREATE INDEX probe_results_of_check ON probe_results (health_check, number);
