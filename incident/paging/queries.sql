-- name: insert_page(id, incident, run, step, target, text, repeat_ms, policy, priority, opened_at)!
INSERT INTO page (id, incident, run, step, target, text, repeat_ms, policy, priority, state, opened_at, round)
VALUES (:id, :incident, :run, :step, :target, :text, :repeat_ms, :policy, :priority, 'open', :opened_at, -1);

-- name: pages_of(incident)
SELECT * FROM page WHERE incident = :incident ORDER BY opened_at, id;

-- name: page_by_id(id)^
SELECT * FROM page WHERE id = :id;

-- name: locked_page(id)^
SELECT * FROM page WHERE id = :id;

-- name: acks_of(page)
SELECT person FROM page_ack WHERE page = :page ORDER BY at, person;

-- name: calls_of(incident, steps)
SELECT b.step, d.recipient, d.channel, d.state, d.attempts
FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.incident = :incident AND b.step LIKE :steps ORDER BY b.no, d.no;

-- name: due_pages(now, ahead)
SELECT id FROM page
WHERE (state = 'open' AND (next_due <= :now OR (next_due IS NOT NULL AND called_at > :ahead)))
   OR (state = 'acknowledged' AND next_due <= :now)
ORDER BY next_due, id;

-- name: unheard_pages()
SELECT p.id, p.called_at FROM page p
JOIN broadcast b ON b.incident = p.incident AND b.step = 'page.' || p.id || '.' || p.round
WHERE p.state = 'open' AND p.noticed < p.round AND NOT EXISTS (
    SELECT 1 FROM delivery d WHERE d.broadcast = b.no
    AND (d.state IN ('pending', 'accepted', 'unknown', 'deduplicated') OR (d.state = 'deferred' AND d.attempts = 0))
)
ORDER BY p.id;

-- name: earliest()^
SELECT min(next_due) AS due FROM page WHERE state IN ('open', 'acknowledged') AND next_due IS NOT NULL;

-- name: turn_page(id, before, told_before, round, called_at, next_due, told)!
UPDATE page SET round = :round, called_at = :called_at, next_due = :next_due, told = :told
WHERE id = :id AND round = :before AND told = :told_before AND state = 'open';

-- name: notice_page(id, round)!
UPDATE page SET noticed = :round WHERE id = :id AND round = :round AND noticed < :round AND state = 'open';

-- name: tell_once(id, told_before, told)!
UPDATE page SET told = :told WHERE id = :id AND told = :told_before;

-- name: postpone_page(id, next_due)!
UPDATE page SET next_due = :next_due WHERE id = :id AND state IN ('open', 'acknowledged');

-- name: insert_ack(page, person, at)!
INSERT INTO page_ack (page, person, at) VALUES (:page, :person, :at)
ON CONFLICT (page, person) DO UPDATE SET at = excluded.at;

-- name: drop_acks(page)!
DELETE FROM page_ack WHERE page = :page;

-- name: acknowledge_page(id, person, at, next_due)!
UPDATE page SET state = 'acknowledged', acknowledged_by = :person, acknowledged_at = :at, next_due = :next_due
WHERE id = :id AND state = 'open';

-- name: renew_page(id, person, at, next_due)!
UPDATE page SET acknowledged_by = :person, acknowledged_at = :at, next_due = :next_due
WHERE id = :id AND state = 'acknowledged' AND next_due IS NOT NULL;

-- name: reopen_page(id, now)!
UPDATE page SET state = 'open', base = round + 1, acknowledged_by = NULL, acknowledged_at = NULL, next_due = :now
WHERE id = :id AND state = 'acknowledged' AND next_due <= :now;

-- name: close_pages_of_step(incident, step)!
UPDATE page SET state = CASE WHEN state = 'open' THEN 'closed' ELSE state END, next_due = NULL
WHERE incident = :incident AND step = :step AND state IN ('open', 'acknowledged');
