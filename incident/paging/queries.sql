-- name: insert_page(id, incident, run, step, target, text, repeat_ms, opened_at, next_due)!
INSERT INTO page (id, incident, run, step, target, text, repeat_ms, state, opened_at, round, next_due)
VALUES (:id, :incident, :run, :step, :target, :text, :repeat_ms, 'open', :opened_at, 0, :next_due);

-- name: pages_of(incident)
SELECT * FROM page WHERE incident = :incident ORDER BY opened_at, id;

-- name: page_by_id(id)^
SELECT * FROM page WHERE id = :id;

-- name: due_pages(now)
SELECT id FROM page WHERE state = 'open' AND next_due <= :now ORDER BY next_due, id;

-- name: earliest()^
SELECT min(next_due) AS due FROM page WHERE state = 'open' AND next_due IS NOT NULL;

-- name: next_round(id, round, next_due, before)!
UPDATE page SET round = :round, next_due = :next_due WHERE id = :id AND round = :before AND state = 'open';

-- name: postpone_page(id, next_due)!
UPDATE page SET next_due = :next_due WHERE id = :id AND state = 'open';

-- name: acknowledge_page(id, person, at)!
UPDATE page SET state = 'acknowledged', acknowledged_by = :person, acknowledged_at = :at, next_due = NULL
WHERE id = :id AND state = 'open';

-- name: close_pages(incident)!
UPDATE page SET state = 'closed', next_due = NULL WHERE incident = :incident AND state = 'open';

-- name: close_pages_of_step(incident, step)!
UPDATE page SET state = 'closed', next_due = NULL WHERE incident = :incident AND step = :step AND state = 'open';
