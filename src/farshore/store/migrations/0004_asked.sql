ALTER TABLE probe_runs ADD COLUMN query TEXT; -- what was asked after a login; none where the greeting was heard
