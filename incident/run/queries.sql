-- name: insert_run(id, incident, playbook, revision, hash, snapshot, called, params, started_by, started_at, next_due)!
INSERT INTO run
    (id, incident, playbook, revision, hash, snapshot, called, params, state, started_by, started_at, next_due)
VALUES (:id, :incident, :playbook, :revision, :hash, :snapshot, :called, :params, 'running', :started_by, :started_at,
    :next_due);

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

-- name: insert_gate(id, incident, run, step, hash, subject, author, not_author, owner, roles, opened_at, expires_at, ask_due)!
INSERT INTO gate (id, incident, run, step, hash, subject, author, not_author, owner, roles, state, opened_at, expires_at,
    ask_due)
VALUES (:id, :incident, :run, :step, :hash, :subject, :author, :not_author, :owner, :roles, 'open', :opened_at, :expires_at,
    :ask_due);

-- name: open_gate_of(run, step)^
SELECT * FROM gate WHERE run = :run AND step = :step AND state = 'open';

-- name: gate_by_id(id)^
SELECT * FROM gate WHERE id = :id;

-- name: answered_since(run, step, since)
SELECT DISTINCT actor FROM run_event WHERE run = :run AND step = :step AND kind = 'answered' AND at >= :since;

-- name: gates_to_ask(now)
SELECT g.id, g.incident FROM gate g WHERE g.ask_due <= :now ORDER BY g.ask_due, g.id;

-- name: earliest_ask()^
SELECT min(ask_due) AS due FROM gate WHERE ask_due IS NOT NULL;

-- name: ask_gate(id, before, asked, ask_due)!
UPDATE gate SET asked = :asked, ask_due = :ask_due WHERE id = :id AND asked = :before AND state = 'open';

-- name: postpone_ask(id, ask_due)!
UPDATE gate SET ask_due = :ask_due WHERE id = :id AND state = 'open';

-- name: broken_gates()
SELECT incident, step, answered_by, answered_at, reason FROM gate WHERE break_glass = 1
ORDER BY answered_at, id;

-- name: insert_vacancy(incident, role, page, owner, every_ms, next_due)!
INSERT INTO vacancy (incident, role, page, owner, every_ms, next_due)
VALUES (:incident, :role, :page, :owner, :every_ms, :next_due)
ON CONFLICT (incident, role) DO NOTHING;

-- name: vacancies_due(now)
SELECT incident, role FROM vacancy WHERE next_due <= :now ORDER BY next_due, incident, role;

-- name: earliest_vacancy()^
SELECT min(next_due) AS due FROM vacancy WHERE next_due IS NOT NULL;

-- name: vacancy_of(incident, role)^
SELECT * FROM vacancy WHERE incident = :incident AND role = :role;

-- name: vacancies_of(incident)
SELECT * FROM vacancy WHERE incident = :incident AND next_due IS NOT NULL ORDER BY role;

-- name: turn_vacancy(incident, role, before, round, next_due)!
UPDATE vacancy SET round = :round, next_due = :next_due
WHERE incident = :incident AND role = :role AND round = :before AND next_due IS NOT NULL;

-- name: fill_vacancy(incident, role)!
UPDATE vacancy SET next_due = NULL WHERE incident = :incident AND role = :role AND next_due IS NOT NULL;

-- name: postpone_vacancy(incident, role, next_due)!
UPDATE vacancy SET next_due = :next_due WHERE incident = :incident AND role = :role AND next_due IS NOT NULL;

-- name: gates_of(incident)
SELECT * FROM gate WHERE incident = :incident ORDER BY opened_at, id;

-- name: answer_gate(id, hash, state, person, at, reason, break_glass)!
UPDATE gate SET state = :state, answered_by = :person, answered_at = :at, reason = :reason, break_glass = :break_glass,
    ask_due = NULL
WHERE id = :id AND hash = :hash AND state = 'open';

-- name: close_gate(run, step, state, at)!
UPDATE gate SET state = :state, answered_at = :at, ask_due = NULL WHERE run = :run AND step = :step AND state = 'open';

-- name: insert_errand(run, no, step, request, at)!
INSERT INTO errand (run, no, step, request, state, lease_until) VALUES (:run, :no, :step, :request, 'todo', :at);

-- name: errands_to_begin(now, most)
SELECT e.run, e.no, e.step, e.fence, r.incident, r.state FROM errand e JOIN run r ON r.id = e.run
WHERE e.state = 'todo' AND e.lease_until <= :now AND (r.state <> 'paused' OR substr(e.step, 1, 9) = 'handlers.')
ORDER BY e.lease_until, e.run, e.no LIMIT :most;

-- name: open_errands()
SELECT e.run, e.no, e.step, e.fence, e.owner, e.lease_until, r.incident FROM errand e JOIN run r ON r.id = e.run
WHERE e.state = 'open' ORDER BY e.lease_until, e.run, e.no;

-- name: errand_in_hand(run, no, owner, fence)^
SELECT request FROM errand WHERE run = :run AND no = :no AND state = 'open' AND owner = :owner AND fence = :fence;

-- name: begin_errand(run, no, fence, owner, lease_until)!
UPDATE errand SET state = 'open', owner = :owner, fence = :fence + 1, lease_until = :lease_until
WHERE run = :run AND no = :no AND state = 'todo' AND fence = :fence;

-- name: renew_errand(run, no, owner, fence, lease_until)!
UPDATE errand SET lease_until = :lease_until
WHERE run = :run AND no = :no AND state = 'open' AND owner = :owner AND fence = :fence;

-- name: end_errand(run, no, owner, fence)!
DELETE FROM errand WHERE run = :run AND no = :no AND state = 'open' AND owner = :owner AND fence = :fence;

-- name: withdraw_errand(run, no)!
DELETE FROM errand WHERE run = :run AND no = :no AND state = 'todo';

-- name: earliest_errand()^
SELECT min(e.lease_until) AS due FROM errand e JOIN run r ON r.id = e.run
WHERE r.state <> 'paused' OR e.state = 'open' OR substr(e.step, 1, 9) = 'handlers.';

-- name: count_restart(thing, incident, now)^
INSERT INTO restart (thing, incident, since, tries, tried_at) VALUES (:thing, :incident, :now, 1, :now)
ON CONFLICT (thing) DO UPDATE SET tries = restart.tries + 1, tried_at = excluded.tried_at
RETURNING tries;

-- name: escalate_restart(thing, now)!
UPDATE restart SET escalated_at = :now WHERE thing = :thing AND escalated_at IS NULL;

-- name: forget_restart(thing)!
DELETE FROM restart WHERE thing = :thing;

-- name: restarts()
SELECT thing FROM restart;

-- name: audit(before)
SELECT 'run' AS what, incident, id AS name, next_due AS due, 0 AS tries FROM run WHERE next_due < :before
UNION ALL
SELECT 'page', incident, target, next_due, 0 FROM page
WHERE state IN ('open', 'acknowledged') AND next_due < :before
UNION ALL
SELECT 'promise', incident, CAST(no AS TEXT), next_due, 0 FROM promise WHERE next_due < :before
UNION ALL
SELECT 'clock', incident, id, next_due, 0 FROM clock WHERE next_due < :before
UNION ALL
SELECT 'gate', incident, step, ask_due, 0 FROM gate WHERE ask_due < :before
UNION ALL
SELECT 'role', incident, role, next_due, 0 FROM vacancy WHERE next_due < :before
UNION ALL
SELECT 'sending', b.incident, b.step, coalesce(b.active_at, b.frozen_at), 0 FROM broadcast b
WHERE b.state = 'sending' AND coalesce(b.active_at, b.frozen_at) < :before
AND (b.not_before IS NULL OR b.not_before < :before)
AND EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = b.no AND c.state = 'todo')
UNION ALL
SELECT 'errand', r.incident, e.step, e.lease_until, 0 FROM errand e JOIN run r ON r.id = e.run
WHERE e.lease_until < :before
UNION ALL
SELECT 'stumbling', incident, thing, since, tries FROM restart WHERE tries > 1;
