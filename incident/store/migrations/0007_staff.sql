-- Staff: pages that follow a policy, acknowledgements that expire, gates that ask again, roles that nobody claimed, codes

-- policy: JSON, frozen when the page was opened ('' for a page of before: its target is called for ever).
-- base: the round at which the policy began (again); called_at: when the last round went out.
-- noticed: the last round that reached nobody and was acted on; told: what its owner was told of, as ';a;b;'
ALTER TABLE page ADD COLUMN policy TEXT NOT NULL DEFAULT '';
ALTER TABLE page ADD COLUMN priority TEXT NOT NULL DEFAULT 'high';
ALTER TABLE page ADD COLUMN base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE page ADD COLUMN called_at BIGINT;
ALTER TABLE page ADD COLUMN noticed INTEGER NOT NULL DEFAULT -1;
ALTER TABLE page ADD COLUMN told TEXT NOT NULL DEFAULT '';
CREATE INDEX page_incident ON page (incident);
CREATE TABLE page_ack (
    page TEXT NOT NULL, person TEXT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (page, person)
);

-- a gate that one person opened alone; when those who may answer are asked again, and how often they were
ALTER TABLE gate ADD COLUMN not_author INTEGER NOT NULL DEFAULT 1;
ALTER TABLE gate ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE gate ADD COLUMN break_glass INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gate ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gate ADD COLUMN ask_due BIGINT;
CREATE INDEX gate_ask ON gate (ask_due) WHERE ask_due IS NOT NULL;
CREATE INDEX gate_broken ON gate (answered_at) WHERE break_glass = 1;

-- roles that somebody should have claimed: called for at next_due, round by round, until one does
CREATE TABLE vacancy (
    incident TEXT NOT NULL, role TEXT NOT NULL, page TEXT NOT NULL, owner TEXT NOT NULL,
    every_ms BIGINT NOT NULL, round INTEGER NOT NULL DEFAULT 0, next_due BIGINT,
    PRIMARY KEY (incident, role)
);
CREATE INDEX vacancy_due ON vacancy (next_due) WHERE next_due IS NOT NULL;

-- one-time codes: the last one that was used, and wrong ones since
CREATE TABLE one_time_code (
    person TEXT PRIMARY KEY, counter BIGINT NOT NULL, wrong INTEGER NOT NULL, wrong_since BIGINT
);
