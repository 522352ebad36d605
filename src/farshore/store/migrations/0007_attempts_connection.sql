ALTER TABLE attempts ADD COLUMN connection INTEGER; -- the client connection it was for, as in connections; 0 if not known
