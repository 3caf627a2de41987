-- Sending: rules that were frozen with a broadcast, a pulse that rules and progress are read from, fallback chains,
-- and archives

-- active_at: when a sender last had something of it in hand, to within seconds (frozen_at at the start).
-- not_before: nothing is claimed before it (quiet hours). rules: JSON as frozen from the playbook.
-- canary_at: when the canary's slice was through; its hold is counted from then. why: the figures of `reason`.
ALTER TABLE broadcast ADD COLUMN active_at BIGINT;
ALTER TABLE broadcast ADD COLUMN not_before BIGINT;
ALTER TABLE broadcast ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';
ALTER TABLE broadcast ADD COLUMN canary_at BIGINT;
ALTER TABLE broadcast ADD COLUMN why TEXT NOT NULL DEFAULT '';

-- what the outcomes add up to, written with them, a row for each sender, so that two never wait for each other: rules
-- and progress read this, never a million rows
CREATE TABLE pulse (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL, owner TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, accepted BIGINT NOT NULL DEFAULT 0, refused BIGINT NOT NULL DEFAULT 0,
    hard BIGINT NOT NULL DEFAULT 0, deferred BIGINT NOT NULL DEFAULT 0, unknown BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (broadcast, channel, owner)
);

-- a sender finds the next chunk of its channel without passing over those of others. A chunk may also be `later`
-- (behind a canary) or `standby` (behind another channel of its chain): nobody claims those.
CREATE INDEX chunk_todo ON chunk (channel, broadcast, lo) WHERE state = 'todo';
CREATE INDEX chunk_later ON chunk (broadcast, channel, lo) WHERE state = 'later';
CREATE INDEX chunk_standby ON chunk (broadcast, channel, lo) WHERE state = 'standby';

-- a channel that is used only where the one before it in its chain was not accepted. Every channel of a broadcast has
-- a row for each of its people in one order: `first` is the first of this one, and the row before stands `shift`
-- numbers earlier.
CREATE TABLE fallback (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL, before TEXT NOT NULL, first INTEGER NOT NULL,
    shift INTEGER NOT NULL,
    PRIMARY KEY (broadcast, channel)
);
-- standby rows that wait for a row which is tried again: when to look at them next
CREATE TABLE behind (
    broadcast INTEGER NOT NULL, no INTEGER NOT NULL, shift INTEGER NOT NULL, look_at BIGINT NOT NULL,
    PRIMARY KEY (broadcast, no)
);
CREATE INDEX behind_due ON behind (broadcast, look_at);
-- `copy` of a standby row is negative where its address is shared: who is the first is known only when it is due
CREATE INDEX delivery_shared ON delivery (lower(address), channel) WHERE copy < 0;

-- the newer notice takes the place of what is still unsent of the older one
CREATE TABLE supersession (
    older INTEGER NOT NULL, newer INTEGER NOT NULL,
    PRIMARY KEY (older, newer)
);

-- chunks that were in a sender's hands when a newer notice took their place: what comes back of them is not sent
CREATE TABLE overtaken (
    broadcast INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL,
    PRIMARY KEY (broadcast, lo)
);

-- what left the live tables: the broadcast and these sums stay
CREATE TABLE archive (
    broadcast INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL, at BIGINT NOT NULL,
    rows_ BIGINT NOT NULL, once_unknown BIGINT NOT NULL
);
CREATE TABLE archive_sum (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL, locale TEXT NOT NULL, state TEXT NOT NULL, reason TEXT,
    rows_ BIGINT NOT NULL
);
CREATE INDEX archive_sum_broadcast ON archive_sum (broadcast);

-- what is due again is asked for channel by channel
CREATE INDEX delivery_due_on ON delivery (broadcast, channel, next_at) WHERE next_at IS NOT NULL;
