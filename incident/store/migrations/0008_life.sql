-- Life: who may see an incident, which one it was merged into, what is left to do, hand-overs, restarts, local journals

-- Three axes that move apart: `state` is what we do about it, `phase` is what the public was told, `visibility` is who
-- among the staff may see it (`everyone` or `restricted`, then `viewers` are people and roles as ';a;b;').
ALTER TABLE incident ADD COLUMN visibility TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE incident ADD COLUMN viewers TEXT NOT NULL DEFAULT '';
-- a duplicate, or a part of a larger one, lives on in another incident
ALTER TABLE incident ADD COLUMN merged_into TEXT;
CREATE INDEX incident_merged ON incident (merged_into) WHERE merged_into IS NOT NULL;

-- what is to be done so that it does not come again; it outlives its incident
CREATE TABLE action (
    incident TEXT NOT NULL, no INTEGER NOT NULL, text TEXT NOT NULL, owner TEXT NOT NULL, due BIGINT NOT NULL,
    state TEXT NOT NULL, opened_by TEXT NOT NULL, opened_at BIGINT NOT NULL, done_by TEXT, done_at BIGINT, reason TEXT,
    PRIMARY KEY (incident, no)
);
CREATE INDEX action_open ON action (due) WHERE state = 'open';

-- a hand-over as it was read: `document` is JSON, `sha256` its hash. `state` is offered, accepted or replaced.
CREATE TABLE handover (
    incident TEXT NOT NULL, no INTEGER NOT NULL, role TEXT NOT NULL, giver TEXT NOT NULL, taker TEXT NOT NULL,
    document TEXT NOT NULL, sha256 TEXT NOT NULL, state TEXT NOT NULL, offered_at BIGINT NOT NULL, accepted_at BIGINT,
    PRIMARY KEY (incident, no)
);
CREATE INDEX handover_open ON handover (incident) WHERE state = 'offered';

-- what the self-audit found overdue. `since` is the due time that passed; a thing that goes on loses its row.
CREATE TABLE restart (
    thing TEXT PRIMARY KEY, incident TEXT NOT NULL, since BIGINT NOT NULL, tries INTEGER NOT NULL,
    tried_at BIGINT NOT NULL, escalated_at BIGINT
);

-- lines of local journals that stand on a timeline already
CREATE TABLE offline_line (
    id TEXT PRIMARY KEY, seq BIGINT NOT NULL, merged_at BIGINT NOT NULL
);
