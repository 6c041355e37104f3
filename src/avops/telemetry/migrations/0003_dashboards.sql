-- What the dashboards ask of steps: which failed, and which a model worked on. Both are few among many.

CREATE INDEX steps_failed ON steps (started_at, run_id, kind, phase, name, tool, action) WHERE status IN ('failed', 'unknown');
CREATE INDEX steps_of_models ON steps (started_at, run_id, tokens, cost_usd) WHERE tokens > 0;
