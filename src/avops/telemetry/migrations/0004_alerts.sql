-- Alerts: what is wrong with which room, told once, and told again when it is over. A fault is open until its room did well
-- often enough in a row; a fault that comes back soon is the same alert.

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  workflow TEXT NOT NULL,
  room TEXT NOT NULL, -- '' for runs about no room
  fault TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'recovered')),
  failures INTEGER NOT NULL,
  good_runs INTEGER NOT NULL, -- in a row, since the last failure
  opened_at INTEGER NOT NULL,
  opened_run INTEGER NOT NULL,
  last_run INTEGER NOT NULL,
  closed_at INTEGER,
  ticket TEXT, -- its id in the ticket system
  UNIQUE (workflow, room, fault)
);

-- What is to be sent, until it is. `sending` names the process that is at it.
CREATE TABLE alert_outbox (
  id INTEGER PRIMARY KEY,
  alert_id INTEGER REFERENCES alerts (id) ON DELETE CASCADE,
  task TEXT NOT NULL CHECK (task IN ('tell', 'open', 'close')),
  run_id INTEGER NOT NULL,
  room TEXT NOT NULL,
  subject TEXT NOT NULL,
  text TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'dropped')),
  process TEXT,
  error TEXT
);

CREATE INDEX alert_outbox_due ON alert_outbox (next_at) WHERE state IN ('pending', 'sending');

-- Ends of runs that were judged already.
CREATE TABLE alert_seen (
  run_id INTEGER NOT NULL,
  status TEXT NOT NULL,
  finished_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, status)
) WITHOUT ROWID;

CREATE INDEX runs_finished ON runs (finished_at) WHERE finished_at IS NOT NULL;

-- What ended before there were alerts is not told.
INSERT INTO schedule_facts (name, value) VALUES ('alerts_until', CAST(CAST(strftime('%s', 'now') AS INTEGER) * 1000000 AS TEXT));
