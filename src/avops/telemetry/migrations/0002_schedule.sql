-- The schedule: workflow files as last read, workflows and their next slots, what became of slots, and who switched
-- what off. Instants are whole microseconds as in 0001; a workflow's `key` is its name without regard to case.

CREATE TABLE schedule_facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- A file is read again when its size or one of its times has changed, or when it was read in the moment of a change.
CREATE TABLE schedule_files (
  path TEXT PRIMARY KEY, -- relative to the project
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  read_at_ns INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  workflow TEXT, -- the key of its name
  problem TEXT,
  hint TEXT
) WITHOUT ROWID;

CREATE INDEX schedule_files_workflow ON schedule_files (workflow);
CREATE INDEX schedule_files_problem ON schedule_files (path) WHERE problem IS NOT NULL;

CREATE TABLE schedule_workflows (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  path TEXT, -- NULL when its file is gone
  timing TEXT NOT NULL, -- JSON
  follows TEXT, -- the key of the workflow whose ends start it
  enabled INTEGER NOT NULL, -- what its file says
  grace_us INTEGER NOT NULL,
  catch_up TEXT NOT NULL,
  overlap TEXT NOT NULL,
  anchor_at INTEGER NOT NULL,
  decided_until INTEGER NOT NULL, -- slots up to here are settled
  due_at INTEGER, -- the first slot after that
  problem TEXT
) WITHOUT ROWID;

CREATE INDEX schedule_workflows_due ON schedule_workflows (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX schedule_workflows_follows ON schedule_workflows (follows) WHERE follows IS NOT NULL AND path IS NOT NULL;

-- What became of each slot. The primary key is what makes a slot run once. One row may stand for several slots that
-- were skipped or missed together: from `planned_at` to `until_at`, `slots` in number.
CREATE TABLE schedule_slots (
  key TEXT NOT NULL,
  planned_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL,
  slots INTEGER NOT NULL DEFAULT 1,
  slot TEXT NOT NULL, -- what the run of it carries in `runs.slot`
  state TEXT NOT NULL CHECK (state IN ('claimed', 'started', 'queued', 'ran', 'skipped', 'missed', 'failed')),
  reason TEXT,
  decided_at INTEGER NOT NULL,
  process TEXT, -- the lock of the process that claimed it
  attempts INTEGER NOT NULL DEFAULT 0,
  begun_at INTEGER,
  run_id INTEGER,
  cause INTEGER, -- the run whose end it follows
  PRIMARY KEY (key, planned_at)
) WITHOUT ROWID;

CREATE INDEX schedule_slots_open ON schedule_slots (state, planned_at) WHERE state IN ('claimed', 'started', 'queued');
CREATE INDEX schedule_slots_decided ON schedule_slots (decided_at);

CREATE TABLE schedule_overrides (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  enabled INTEGER, -- NULL takes earlier words back
  reason TEXT NOT NULL,
  said_by TEXT NOT NULL,
  said_at INTEGER NOT NULL
);

CREATE INDEX schedule_overrides_key ON schedule_overrides (key, said_at);

CREATE TABLE schedule_pauses (
  id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  said_by TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER
);

CREATE INDEX runs_ended ON runs (workflow, finished_at) WHERE workflow IS NOT NULL AND parent_id IS NULL;

CREATE VIEW schedule_view AS
SELECT
  key AS workflow, slot, slots, state, reason, run_id, attempts,
  strftime('%Y-%m-%dT%H:%M:%SZ', planned_at / 1000000, 'unixepoch') AS planned_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', until_at / 1000000, 'unixepoch') AS until_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', begun_at / 1000000, 'unixepoch') AS begun_at,
  (begun_at - planned_at) / 1e6 AS late_s
FROM schedule_slots;
