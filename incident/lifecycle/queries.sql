-- name: highest_number(year)^
SELECT max(number) AS number FROM incident WHERE year = :year AND drill = 0;

-- name: highest_drill(year)^
SELECT max(-number) AS number FROM incident WHERE year = :year AND drill = 1;

-- name: insert_incident(id, year, number, title, playbook, kind, severity, phase, params, contact, declared_by, declared_at, began_at, drill)!
INSERT INTO incident (id, year, number, title, playbook, kind, severity, phase, state, params, contact, declared_by, declared_at, began_at, drill)
VALUES (:id, :year, :number, :title, :playbook, :kind, :severity, :phase, 'open', :params, :contact, :declared_by, :declared_at, :began_at, :drill);

-- name: incident_by_id(id)^
SELECT * FROM incident WHERE id = :id;

-- name: open_incidents()
SELECT * FROM incident WHERE state = 'open' ORDER BY declared_at DESC, id DESC;

-- name: latest(drill)^
SELECT * FROM incident WHERE drill = :drill ORDER BY declared_at DESC, id DESC LIMIT 1;

-- name: drills_done()
SELECT playbook, max(ended_at) AS ended_at FROM incident WHERE drill = 1 AND state = 'resolved' GROUP BY playbook;

-- name: all_incidents(most)
SELECT * FROM incident ORDER BY declared_at DESC, id DESC LIMIT :most;

-- name: update_phase(id, phase)!
UPDATE incident SET phase = :phase WHERE id = :id;

-- name: update_severity(id, severity)!
UPDATE incident SET severity = :severity WHERE id = :id;

-- name: update_promise(id, promised_at)!
UPDATE incident SET promised_at = :promised_at WHERE id = :id;

-- name: update_end(id, state, phase, ended_at)!
UPDATE incident SET state = :state, phase = :phase, ended_at = :ended_at, promised_at = NULL
WHERE id = :id AND state = 'open';

-- name: role_holders(incident)
SELECT role, person, since FROM role_holder WHERE incident = :incident ORDER BY role;

-- name: put_holder(incident, role, person, since)!
INSERT INTO role_holder (incident, role, person, since) VALUES (:incident, :role, :person, :since)
ON CONFLICT (incident, role) DO UPDATE SET person = excluded.person, since = excluded.since;

-- name: insert_task(incident, id, title, role, opened_at, due)!
INSERT INTO task (incident, id, title, role, state, opened_at, due)
VALUES (:incident, :id, :title, :role, 'open', :opened_at, :due)
ON CONFLICT (incident, id) DO UPDATE SET title = excluded.title, role = excluded.role, state = 'open',
    opened_at = excluded.opened_at, due = excluded.due, done_by = NULL, done_at = NULL;

-- name: tasks_of(incident)
SELECT * FROM task WHERE incident = :incident ORDER BY opened_at, id;

-- name: drop_tasks(incident)!
UPDATE task SET state = 'dropped' WHERE incident = :incident AND state = 'open';

-- name: close_task(incident, id, done_by, done_at)!
UPDATE task SET state = 'done', done_by = :done_by, done_at = :done_at
WHERE incident = :incident AND id = :id AND state = 'open';

-- name: merged_into(into)
SELECT id FROM incident WHERE merged_into = :into ORDER BY id;

-- name: merge(id, into, ended_at)!
UPDATE incident SET state = 'merged', merged_into = :into, ended_at = :ended_at, promised_at = NULL
WHERE id = :id AND state = 'open';

-- name: reopen(id)!
UPDATE incident SET state = 'open', ended_at = NULL
WHERE id = :id AND state <> 'open' AND merged_into IS NULL;

-- name: set_parent(id, parent)!
UPDATE incident SET parent = :parent WHERE id = :id;

-- name: children_of(parent)
SELECT * FROM incident WHERE parent = :parent ORDER BY declared_at, id;

-- name: restrict(id, visibility, viewers)!
UPDATE incident SET visibility = :visibility, viewers = :viewers WHERE id = :id;

-- name: last_action(incident)^
SELECT max(no) AS no FROM action WHERE incident = :incident;

-- name: insert_action(incident, no, text, owner, due, opened_by, opened_at)!
INSERT INTO action (incident, no, text, owner, due, state, opened_by, opened_at)
VALUES (:incident, :no, :text, :owner, :due, 'open', :opened_by, :opened_at);

-- name: actions_of(incident)
SELECT * FROM action WHERE incident = :incident ORDER BY no;

-- name: open_actions()
SELECT * FROM action WHERE state = 'open' ORDER BY due, incident, no;

-- name: end_action(incident, no, state, person, at, reason)!
UPDATE action SET state = :state, done_by = :person, done_at = :at, reason = :reason
WHERE incident = :incident AND no = :no AND state = 'open';

-- name: last_handover(incident)^
SELECT max(no) AS no FROM handover WHERE incident = :incident;

-- name: replace_handovers(incident, role)!
UPDATE handover SET state = 'replaced' WHERE incident = :incident AND role = :role AND state = 'offered';

-- name: insert_handover(incident, no, role, giver, taker, document, sha256, offered_at)!
INSERT INTO handover (incident, no, role, giver, taker, document, sha256, state, offered_at)
VALUES (:incident, :no, :role, :giver, :taker, :document, :sha256, 'offered', :offered_at);

-- name: handovers_of(incident)
SELECT * FROM handover WHERE incident = :incident ORDER BY no;

-- name: accept_handover(incident, no, at)!
UPDATE handover SET state = 'accepted', accepted_at = :at WHERE incident = :incident AND no = :no AND state = 'offered';

-- name: offline_line(id)^
SELECT seq FROM offline_line WHERE id = :id;

-- name: insert_offline_line(id, seq, merged_at)!
INSERT INTO offline_line (id, seq, merged_at) VALUES (:id, :seq, :merged_at);
