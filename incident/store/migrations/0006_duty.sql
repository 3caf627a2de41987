-- duty: what was promised to the public, and what is owed to authorities

-- `kind` is `first` (our own target for the first notice, told to nobody) or `next` (a notice said it in public).
-- `alarms` is a list of {at, what} in the order of time; the first `rung` of them have been rung, the next is due at
-- `next_due`. `state` is open, kept, broken or withdrawn; a broken one is over when `ended_at` is set.
CREATE TABLE promise (
    incident TEXT NOT NULL,
    no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    made_in TEXT NOT NULL,
    broadcast TEXT,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    alarms TEXT NOT NULL,
    holding TEXT NOT NULL,
    escalate_to TEXT NOT NULL,
    rung INTEGER NOT NULL DEFAULT 0,
    next_due BIGINT,
    state TEXT NOT NULL,
    ended_in TEXT,
    ended_broadcast TEXT,
    ended_by TEXT,
    ended_at BIGINT,
    reason TEXT,
    PRIMARY KEY (incident, no)
);
CREATE INDEX promise_due ON promise (next_due) WHERE next_due IS NOT NULL;

-- `rule` is the rule as it read when the clock was started. `state` is running, submitted or dismissed.
CREATE TABLE clock (
    incident TEXT NOT NULL,
    id TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    because TEXT NOT NULL,
    anchor TEXT NOT NULL,
    anchor_at BIGINT NOT NULL,
    due BIGINT NOT NULL,
    rung INTEGER NOT NULL DEFAULT 0,
    next_due BIGINT,
    missed_at BIGINT,
    submissions INTEGER NOT NULL DEFAULT 0,
    submitted_at BIGINT,
    latest_at BIGINT,
    reference TEXT,
    evidence TEXT,
    evidence_file TEXT,
    ended_by TEXT,
    ended_at BIGINT,
    reason TEXT,
    PRIMARY KEY (incident, id)
);
CREATE INDEX clock_due ON clock (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX clock_running ON clock (due) WHERE state = 'running';

-- what open incidents have promised already, so that nobody is reminded of a first notice that is out
INSERT INTO promise (incident, no, kind, severity, made_in, made_by, made_at, due, alarms, holding, escalate_to, state)
SELECT id, 1, 'next', severity, '', declared_by, declared_at, promised_at, '[]', '', '', 'open'
FROM incident WHERE state = 'open' AND promised_at IS NOT NULL;
