-- The engine: called playbooks stand in the run's snapshot, and what leaves the house is an errand with a lease

-- {name: text} of the playbooks that this one calls, as they were when the run began
ALTER TABLE run ADD COLUMN called TEXT NOT NULL DEFAULT '{}';

-- An intent of the history that has no outcome yet. `todo`: nobody has begun. `open`: in one process's hands until its
-- lease ends; `fence` counts the hands it was in, and only the last may write the outcome. Done ones are deleted.
CREATE TABLE errand (
    run TEXT NOT NULL, no INTEGER NOT NULL, step TEXT NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '', fence INTEGER NOT NULL DEFAULT 0, lease_until BIGINT NOT NULL,
    PRIMARY KEY (run, no)
);
CREATE INDEX errand_due ON errand (lease_until);
