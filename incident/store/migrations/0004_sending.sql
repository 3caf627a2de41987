-- Sending: fair shares, rules that were frozen with a broadcast, and a pulse that progress is read from

-- served: rows claimed so far. active_at: when something was last claimed (frozen_at at the start).
-- not_before: nothing is claimed before it (quiet hours, a canary's hold). rules: JSON as frozen from the playbook.
ALTER TABLE broadcast ADD COLUMN served BIGINT NOT NULL DEFAULT 0;
ALTER TABLE broadcast ADD COLUMN active_at BIGINT;
ALTER TABLE broadcast ADD COLUMN not_before BIGINT;
ALTER TABLE broadcast ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';

-- what the outcomes add up to, written with them: rules and progress read this, never a million rows
CREATE TABLE pulse (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, accepted BIGINT NOT NULL DEFAULT 0, refused BIGINT NOT NULL DEFAULT 0,
    hard BIGINT NOT NULL DEFAULT 0, deferred BIGINT NOT NULL DEFAULT 0, unknown BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (broadcast, channel)
);
