-- name: last_promise(incident)^
SELECT * FROM promise WHERE incident = :incident ORDER BY no DESC LIMIT 1;

-- name: promises_of(incident)
SELECT * FROM promise WHERE incident = :incident ORDER BY no;

-- name: promise_by_no(incident, no)^
SELECT * FROM promise WHERE incident = :incident AND no = :no;

-- name: insert_promise(incident, no, kind, severity, made_in, broadcast, made_by, made_at, due, alarms, holding, escalate_to, next_due)!
INSERT INTO promise (incident, no, kind, severity, made_in, broadcast, made_by, made_at, due, alarms, holding, escalate_to, next_due, state)
VALUES (:incident, :no, :kind, :severity, :made_in, :broadcast, :made_by, :made_at, :due, :alarms, :holding, :escalate_to, :next_due, 'open');

-- name: due_promises(now)
SELECT incident, no FROM promise WHERE next_due <= :now ORDER BY next_due, incident;

-- name: earliest_promise()^
SELECT min(next_due) AS due FROM promise WHERE next_due IS NOT NULL;

-- name: ring_promise(incident, no, before, rung, next_due, state)!
UPDATE promise SET rung = :rung, next_due = :next_due, state = :state
WHERE incident = :incident AND no = :no AND rung = :before AND ended_at IS NULL;

-- name: postpone_promise(incident, no, next_due)!
UPDATE promise SET next_due = :next_due WHERE incident = :incident AND no = :no AND next_due IS NOT NULL;

-- name: move_promise(incident, no, severity, due, alarms, escalate_to, rung, next_due)!
UPDATE promise SET severity = :severity, due = :due, alarms = :alarms, escalate_to = :escalate_to, rung = :rung, next_due = :next_due
WHERE incident = :incident AND no = :no AND state = 'open' AND ended_at IS NULL;

-- name: end_promise(incident, no, state, step, broadcast, person, at, reason)!
UPDATE promise SET state = :state, ended_in = :step, ended_broadcast = :broadcast, ended_by = :person, ended_at = :at,
    reason = :reason, next_due = NULL
WHERE incident = :incident AND no = :no AND ended_at IS NULL;

-- name: clocks_of(incident)
SELECT * FROM clock WHERE incident = :incident ORDER BY due, id;

-- name: clock_by_id(incident, id)^
SELECT * FROM clock WHERE incident = :incident AND id = :id;

-- name: running_clocks()
SELECT * FROM clock WHERE state = 'running' ORDER BY due, incident, id;

-- name: all_clocks(most)
SELECT * FROM clock ORDER BY started_at DESC, incident, id LIMIT :most;

-- name: insert_clock(incident, id, rule, started_by, started_at, because, anchor, anchor_at, due, next_due)!
INSERT INTO clock (incident, id, rule, state, started_by, started_at, because, anchor, anchor_at, due, next_due)
VALUES (:incident, :id, :rule, 'running', :started_by, :started_at, :because, :anchor, :anchor_at, :due, :next_due)
ON CONFLICT (incident, id) DO NOTHING;

-- name: restart_clock(incident, id, rule, started_by, started_at, because, anchor, anchor_at, due, rung, next_due, missed_at)!
UPDATE clock SET rule = :rule, state = 'running', started_by = :started_by, started_at = :started_at, because = :because,
    anchor = :anchor, anchor_at = :anchor_at, due = :due, rung = :rung, next_due = :next_due, missed_at = :missed_at,
    ended_by = NULL, ended_at = NULL, reason = NULL
WHERE incident = :incident AND id = :id AND state <> 'submitted';

-- name: due_clocks(now)
SELECT incident, id FROM clock WHERE next_due <= :now ORDER BY next_due, incident, id;

-- name: earliest_clock()^
SELECT min(next_due) AS due FROM clock WHERE next_due IS NOT NULL;

-- name: ring_clock(incident, id, before, rung, next_due, missed_at)!
UPDATE clock SET rung = :rung, next_due = :next_due, missed_at = coalesce(missed_at, :missed_at)
WHERE incident = :incident AND id = :id AND rung = :before AND state = 'running';

-- name: postpone_clock(incident, id, next_due)!
UPDATE clock SET next_due = :next_due WHERE incident = :incident AND id = :id AND next_due IS NOT NULL;

-- name: submit_clock(incident, id, submissions, submitted_at, reference, evidence, evidence_file, person, at, reason)!
UPDATE clock SET state = 'submitted', submissions = :submissions + 1,
    submitted_at = coalesce(submitted_at, :submitted_at), latest_at = :submitted_at, reference = :reference, evidence = :evidence,
    evidence_file = :evidence_file, ended_by = :person, ended_at = :at, reason = :reason, next_due = NULL
WHERE incident = :incident AND id = :id AND submissions = :submissions AND state IN ('running', 'submitted');

-- name: dismiss_clock(incident, id, person, at, reason)!
UPDATE clock SET state = 'dismissed', ended_by = :person, ended_at = :at, reason = :reason, next_due = NULL
WHERE incident = :incident AND id = :id AND state = 'running';
