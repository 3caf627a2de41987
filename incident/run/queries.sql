-- name: insert_run(id, incident, playbook, revision, hash, snapshot, params, started_by, started_at, next_due)!
INSERT INTO run (id, incident, playbook, revision, hash, snapshot, params, state, started_by, started_at, next_due)
VALUES (:id, :incident, :playbook, :revision, :hash, :snapshot, :params, 'running', :started_by, :started_at, :next_due);

-- name: locked_run(id)^
SELECT * FROM run WHERE id = :id;

-- name: runs_of(incident)
SELECT * FROM run WHERE incident = :incident ORDER BY started_at, id;

-- name: overdue(now)
SELECT id FROM run WHERE next_due <= :now ORDER BY next_due, id;

-- name: earliest_due()^
SELECT min(next_due) AS due FROM run WHERE next_due IS NOT NULL;

-- name: update_run(id, state, next_due)!
UPDATE run SET state = :state, next_due = :next_due WHERE id = :id;

-- name: postpone_run(id, next_due)!
UPDATE run SET next_due = :next_due WHERE id = :id AND next_due IS NOT NULL;

-- name: append_event(run, no, at, kind, step, actor, data)!
INSERT INTO run_event (run, no, at, kind, step, actor, data) VALUES (:run, :no, :at, :kind, :step, :actor, :data);

-- name: events(run)
SELECT no, at, kind, step, actor, data FROM run_event WHERE run = :run ORDER BY no;

-- name: insert_gate(id, incident, run, step, hash, subject, author, roles, opened_at, expires_at)!
INSERT INTO gate (id, incident, run, step, hash, subject, author, roles, state, opened_at, expires_at)
VALUES (:id, :incident, :run, :step, :hash, :subject, :author, :roles, 'open', :opened_at, :expires_at);

-- name: open_gate_of(run, step)^
SELECT * FROM gate WHERE run = :run AND step = :step AND state = 'open';

-- name: gates_of(incident)
SELECT * FROM gate WHERE incident = :incident ORDER BY opened_at, id;

-- name: answer_gate(id, hash, state, person, at, reason)!
UPDATE gate SET state = :state, answered_by = :person, answered_at = :at, reason = :reason
WHERE id = :id AND hash = :hash AND state = 'open';

-- name: close_gate(run, step, state, at)!
UPDATE gate SET state = :state, answered_at = :at WHERE run = :run AND step = :step AND state = 'open';
