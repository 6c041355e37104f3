-- Runs, their steps, what they leave behind, and what they ask.
-- Instants (`..._at`) are whole microseconds since 1970-01-01 UTC, durations (`..._us`) whole microseconds;
-- `runs_view`, `steps_view` and `decisions_view` show them as text and seconds. Columns that hold JSON say so.

CREATE TABLE texts (
  sha256 TEXT PRIMARY KEY,
  text TEXT NOT NULL
) WITHOUT ROWID;

-- The documents a run started from, as one set: runs of an unchanged recipe share it.
CREATE TABLE text_sets (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE
);

CREATE TABLE text_set_entries (
  text_set_id INTEGER NOT NULL REFERENCES text_sets (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES texts (sha256),
  PRIMARY KEY (text_set_id, path)
) WITHOUT ROWID;

CREATE INDEX text_set_entries_text ON text_set_entries (sha256);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  workflow TEXT,
  agent TEXT NOT NULL,
  recipe TEXT NOT NULL,
  "trigger" TEXT NOT NULL,
  room TEXT,
  status TEXT NOT NULL CHECK (
    status IN ('running', 'waiting', 'success', 'failed', 'unverified', 'refused', 'interrupted', 'cancelled')
  ),
  simulated TEXT NOT NULL DEFAULT 'no' CHECK (simulated IN ('no', 'partly', 'all')),
  started_by TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  duration_us INTEGER,
  paused_us INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  parent_id INTEGER REFERENCES runs (id) ON DELETE SET NULL,
  slot TEXT,
  process TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,
  continued_at INTEGER
);

CREATE INDEX runs_started ON runs (started_at);
CREATE INDEX runs_workflow ON runs (workflow, started_at) WHERE workflow IS NOT NULL;
CREATE INDEX runs_agent ON runs (agent, started_at);
CREATE INDEX runs_recipe ON runs (recipe, started_at);
CREATE INDEX runs_room ON runs (room, started_at) WHERE room IS NOT NULL;
CREATE INDEX runs_parent ON runs (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_status ON runs (status, started_at);
CREATE INDEX runs_slot ON runs (slot) WHERE slot IS NOT NULL;

-- What is needed to go on with a run, kept apart so that lists of runs stay narrow.
CREATE TABLE run_starts (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  inputs TEXT NOT NULL, -- JSON
  room_values TEXT, -- JSON
  options TEXT NOT NULL, -- JSON
  text_set_id INTEGER REFERENCES text_sets (id)
);

CREATE INDEX run_starts_text_set ON run_starts (text_set_id);

CREATE TABLE steps (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  key TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  phase TEXT NOT NULL,
  kind TEXT NOT NULL,
  step_id TEXT,
  name TEXT NOT NULL,
  tool TEXT,
  action TEXT,
  effect TEXT,
  arguments TEXT, -- JSON
  undo TEXT, -- JSON, known beforehand
  simulated INTEGER NOT NULL,
  idempotent INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  deadline_at INTEGER,
  status TEXT NOT NULL CHECK (
    status IN ('pending', 'running', 'ok', 'failed', 'skipped', 'waiting', 'denied', 'cancelled', 'unknown')
  ),
  value TEXT, -- JSON
  error TEXT,
  finished_at INTEGER,
  undo_after TEXT, -- JSON, known only with the result; stands instead of `undo`
  undo_status TEXT CHECK (undo_status IN ('ok', 'failed')),
  actor TEXT,
  note TEXT,
  tokens INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL NOT NULL DEFAULT 0.0,
  UNIQUE (run_id, key, attempt)
);

CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  external_id TEXT,
  url TEXT,
  path TEXT,
  step_key TEXT,
  after_failure INTEGER NOT NULL
);

CREATE INDEX artifacts_run ON artifacts (run_id);

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  prompt TEXT NOT NULL,
  phase TEXT NOT NULL,
  name TEXT NOT NULL,
  step_id TEXT,
  role TEXT,
  call TEXT, -- JSON
  call_hash TEXT,
  readings TEXT NOT NULL, -- JSON
  expect TEXT, -- JSON
  asked_at INTEGER NOT NULL,
  expires_at INTEGER,
  status TEXT NOT NULL CHECK (status IN ('open', 'approved', 'denied', 'answered', 'expired', 'void')),
  answer TEXT, -- JSON
  note TEXT,
  decided_by TEXT,
  decided_at INTEGER
);

CREATE INDEX decisions_run ON decisions (run_id);
CREATE UNIQUE INDEX decisions_open ON decisions (run_id, key) WHERE status = 'open';

CREATE TABLE room_locks (
  room TEXT PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  process TEXT NOT NULL,
  acquired_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Ended runs by the hour and by the day in which they started: all of them (`dimension` 'all', `name` ''), and by each
-- workflow, agent, recipe, room and trigger. `durations` counts by bucket, as JSON; see docs/database.md.
CREATE TABLE rollups_hourly (
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  simulated TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  success INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unverified INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  last_error_run INTEGER,
  durations TEXT NOT NULL,
  PRIMARY KEY (dimension, name, simulated, starts_at)
);

CREATE TABLE rollups_daily (
  dimension TEXT NOT NULL,
  name TEXT NOT NULL,
  simulated TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  success INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  unverified INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  last_error_run INTEGER,
  durations TEXT NOT NULL,
  PRIMARY KEY (dimension, name, simulated, starts_at)
);

CREATE VIEW runs_view AS
SELECT
  id, workflow, agent, recipe, "trigger", room, status, simulated, started_by,
  strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', finished_at / 1000000, 'unixepoch') AS finished_at,
  duration_us / 1e6 AS duration_s, paused_us / 1e6 AS paused_s, error, parent_id, slot, process, epoch
FROM runs;

CREATE VIEW steps_view AS
SELECT
  run_id, key, attempt, phase, kind, step_id, name, tool, action, effect, status, arguments, value, error,
  coalesce(undo_after, undo) AS undo, undo_status, simulated, idempotent,
  strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000000, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', finished_at / 1000000, 'unixepoch') AS finished_at,
  (finished_at - started_at) / 1e6 AS duration_s, actor, note, epoch, tokens, cost_usd
FROM steps;

CREATE VIEW decisions_view AS
SELECT
  id, run_id, key, kind, prompt, phase, name, role, status, answer, note, decided_by,
  strftime('%Y-%m-%dT%H:%M:%SZ', asked_at / 1000000, 'unixepoch') AS asked_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', expires_at / 1000000, 'unixepoch') AS expires_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', decided_at / 1000000, 'unixepoch') AS decided_at
FROM decisions;
