-- The spine: one text for both databases. Instants are BIGINT milliseconds since 1970 UTC; JSON is TEXT, opaque here.
-- Lists of words stand as ';a;b;' so that LIKE '%;a;%' finds one on either database.

CREATE TABLE schema_version (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
);

-- journal: append-only; each row's hash covers its content and the hash before it
CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    incident TEXT,
    kind TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    os_user TEXT NOT NULL,
    reason TEXT,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX journal_incident ON journal (incident, seq);
CREATE TABLE journal_head (id INTEGER PRIMARY KEY, seq BIGINT NOT NULL, hash TEXT NOT NULL);
INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, '');

-- audience
CREATE TABLE recipient (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL DEFAULT '',
    locale TEXT NOT NULL,
    region TEXT NOT NULL DEFAULT '',
    segments TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',
    push TEXT NOT NULL DEFAULT '',
    channels TEXT NOT NULL DEFAULT '',
    opt_out TEXT NOT NULL DEFAULT '',
    updated_at BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;
CREATE TABLE suppression (
    address TEXT PRIMARY KEY, reason TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL
);

-- lifecycle: what the timeline says, kept beside it for quick reading
CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    playbook TEXT NOT NULL,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    phase TEXT NOT NULL,
    state TEXT NOT NULL,
    params TEXT NOT NULL,
    contact TEXT NOT NULL,
    declared_by TEXT NOT NULL,
    declared_at BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT,
    promised_at BIGINT,
    UNIQUE (year, number)
);
CREATE INDEX incident_open ON incident (state, declared_at);
CREATE TABLE role_holder (
    incident TEXT NOT NULL, role TEXT NOT NULL, person TEXT NOT NULL, since BIGINT NOT NULL,
    PRIMARY KEY (incident, role)
);
CREATE TABLE task (
    incident TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, role TEXT NOT NULL, state TEXT NOT NULL,
    opened_at BIGINT NOT NULL, due BIGINT, done_by TEXT, done_at BIGINT,
    PRIMARY KEY (incident, id)
);

-- run: a snapshot of its playbook and an append-only history
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    playbook TEXT NOT NULL,
    revision INTEGER NOT NULL,
    hash TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL,
    started_by TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    next_due BIGINT
);
CREATE INDEX run_incident ON run (incident);
CREATE INDEX run_due ON run (next_due) WHERE next_due IS NOT NULL;
CREATE TABLE run_event (
    run TEXT NOT NULL, no INTEGER NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, step TEXT NOT NULL,
    actor TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (run, no)
);

-- gate: one row, answered by one compare-and-set on (state, hash)
CREATE TABLE gate (
    id TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    hash TEXT NOT NULL,
    subject TEXT NOT NULL,
    author TEXT NOT NULL,
    roles TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    expires_at BIGINT,
    answered_by TEXT,
    answered_at BIGINT,
    reason TEXT
);
CREATE INDEX gate_incident ON gate (incident, state);
CREATE INDEX gate_open ON gate (run, step) WHERE state = 'open';

-- delivery: the ledger. One row per broadcast x recipient x channel, frozen before the first send
CREATE TABLE broadcast (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    lane INTEGER NOT NULL,
    incident TEXT NOT NULL,
    step TEXT NOT NULL,
    revision INTEGER NOT NULL,
    message TEXT NOT NULL,
    audience TEXT NOT NULL,
    people INTEGER NOT NULL,
    hash TEXT NOT NULL,
    critical INTEGER NOT NULL,
    thread TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    frozen_at BIGINT NOT NULL,
    expires_at BIGINT,
    finished_at BIGINT,
    UNIQUE (incident, step, revision)
);
CREATE INDEX broadcast_open ON broadcast (state, lane, no);
CREATE INDEX broadcast_thread ON broadcast (thread);
CREATE TABLE rendering (
    broadcast INTEGER NOT NULL, channel TEXT NOT NULL, locale TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (broadcast, channel, locale)
);
-- `copy` counts the rows of this broadcast with the same channel and address: 1 is the first, the others are duplicates
CREATE TABLE delivery (
    broadcast INTEGER NOT NULL,
    no INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    locale TEXT NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    copy INTEGER NOT NULL DEFAULT 1,
    state TEXT NOT NULL,
    reason TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    started_at BIGINT,
    ended_at BIGINT,
    next_at BIGINT,
    code TEXT,
    words TEXT,
    PRIMARY KEY (broadcast, no),
    UNIQUE (broadcast, recipient, channel)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX delivery_due ON delivery (broadcast, next_at) WHERE next_at IS NOT NULL;
-- the attempts before the last one; the last stands in the delivery itself
CREATE TABLE attempt (
    broadcast INTEGER NOT NULL, delivery INTEGER NOT NULL, attempt INTEGER NOT NULL,
    started_at BIGINT, ended_at BIGINT, state TEXT NOT NULL, reason TEXT, code TEXT, words TEXT,
    PRIMARY KEY (broadcast, delivery, attempt)
);
-- deliveries lo..hi that are still to be sent: `todo`, or `open` in one process's hands until its lease ends.
-- An open chunk is the intent, durable before a byte leaves; a chunk that is done is deleted.
CREATE TABLE chunk (
    broadcast INTEGER NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL, channel TEXT NOT NULL,
    state TEXT NOT NULL, retry INTEGER NOT NULL DEFAULT 0, owner TEXT, lease_until BIGINT,
    PRIMARY KEY (broadcast, lo)
);
CREATE INDEX chunk_open ON chunk (lease_until) WHERE state = 'open';

-- paging
CREATE TABLE page (
    id TEXT PRIMARY KEY,
    incident TEXT NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    target TEXT NOT NULL,
    text TEXT NOT NULL,
    repeat_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    round INTEGER NOT NULL DEFAULT 0,
    next_due BIGINT,
    acknowledged_by TEXT,
    acknowledged_at BIGINT
);
CREATE INDEX page_open ON page (state, next_due);
