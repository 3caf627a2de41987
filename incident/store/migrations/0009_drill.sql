-- Drills: the same tables and the same code; who and what belongs to a drill is marked when it is made, and never after

-- The numbers of drills are negative (DRILL-2026-001 is -1): they are counted on their own and meet no incident's.
ALTER TABLE incident ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
CREATE INDEX incident_drill ON incident (playbook, ended_at) WHERE drill = 1;

-- copied from its incident when it is frozen; senders compare it with the recipient
ALTER TABLE broadcast ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;

-- 1: only drills reach this person, and no live notice does
ALTER TABLE recipient ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
