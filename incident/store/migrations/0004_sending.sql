-- Sending: rules that were frozen with a broadcast, and a pulse that rules and progress are read from

-- active_at: when a sender last had something of it in hand, to within seconds (frozen_at at the start).
-- not_before: nothing is claimed before it (quiet hours, a canary's hold). rules: JSON as frozen from the playbook.
ALTER TABLE broadcast ADD COLUMN active_at BIGINT;
ALTER TABLE broadcast ADD COLUMN not_before BIGINT;
ALTER TABLE broadcast ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';

-- what the outcomes add up to, written with them, a row for each sender, so that two never wait for each other: rules
-- and progress read this, never a million rows
CREATE TABLE pulse (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL, owner TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, accepted BIGINT NOT NULL DEFAULT 0, refused BIGINT NOT NULL DEFAULT 0,
    hard BIGINT NOT NULL DEFAULT 0, deferred BIGINT NOT NULL DEFAULT 0, unknown BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (broadcast, channel, owner)
);

-- a sender finds the next chunk of its channel without passing over those of others
CREATE INDEX chunk_todo ON chunk (channel, broadcast, lo) WHERE state = 'todo';
