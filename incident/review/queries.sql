-- name: broadcasts_of(incident)
SELECT b.*, a.file AS archived FROM broadcast b LEFT JOIN archive a ON a.broadcast = b.no
WHERE b.incident = :incident ORDER BY b.no;

-- name: renderings_of(broadcast)
SELECT channel, locale, content FROM rendering WHERE broadcast = :broadcast ORDER BY channel, locale;

-- name: fallbacks_of(broadcast)
SELECT channel, before FROM fallback WHERE broadcast = :broadcast;

-- name: kinds_of(broadcast)
SELECT channel, locale, state, reason, count(*) AS rows_ FROM delivery WHERE broadcast = :broadcast
GROUP BY channel, locale, state, reason
UNION ALL
SELECT channel, locale, state, reason, sum(rows_) AS rows_ FROM archive_sum WHERE broadcast = :broadcast
GROUP BY channel, locale, state, reason
ORDER BY 1, 2, 3, 4;

-- name: recipients_of(broadcast)^
SELECT group_concat(recipient, char(10)) AS ids, count(*) AS rows_
FROM (SELECT DISTINCT recipient FROM delivery WHERE broadcast = :broadcast ORDER BY recipient);

-- name: rows_after(broadcast, after, most)
SELECT no, recipient, channel, locale, address, state, reason, attempts, ended_at FROM delivery
WHERE broadcast = :broadcast AND no > :after ORDER BY no LIMIT :most;

-- name: answers_of(incident)
SELECT e.run, e.step, e.at, e.actor, e.data FROM run r JOIN run_event e ON e.run = r.id
WHERE r.incident = :incident AND e.kind = 'answered' ORDER BY e.at, e.run, e.no;

-- name: runs_of(incident)
SELECT id, playbook, revision, hash, snapshot, state, started_by, started_at FROM run
WHERE incident = :incident ORDER BY started_at, id;

-- name: gates_of(incident)
SELECT * FROM gate WHERE incident = :incident ORDER BY opened_at, id;

-- name: recipient_known(incident, recipient)^
SELECT 1 AS known FROM recipient WHERE id = :recipient
UNION ALL
SELECT 1 AS known FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.incident = :incident AND d.recipient = :recipient
LIMIT 1;

-- name: rows_of_recipient(broadcast, recipient)
SELECT no, channel, locale, address, state, reason, attempts, ended_at, code, words FROM delivery
WHERE broadcast = :broadcast AND recipient = :recipient ORDER BY channel;

-- name: attempts_of(broadcast, delivery)
SELECT attempt, ended_at, state, reason, code, words FROM attempt
WHERE broadcast = :broadcast AND delivery = :delivery ORDER BY attempt;

-- name: pages_of_step(incident, step)
SELECT target, text, state, opened_at, round, acknowledged_by, acknowledged_at FROM page
WHERE incident = :incident AND step = :step ORDER BY opened_at, id;

-- name: answered_pages(incident)
SELECT step, acknowledged_by FROM page WHERE incident = :incident AND acknowledged_by IS NOT NULL ORDER BY opened_at, id;

-- name: first_reached(incident)^
SELECT min(d.ended_at) AS at FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.incident = :incident AND b.lane = 1 AND d.state = 'accepted';

-- name: reach(broadcast)
-- the nearest rank, once for each of 50, 95, 99 in a hundred; the database sorts, however many rows there are
SELECT channel, locale, place, number, ended_at FROM (
    SELECT channel, locale, ended_at,
        row_number() OVER (PARTITION BY channel, locale ORDER BY ended_at) AS place,
        count(*) OVER (PARTITION BY channel, locale) AS number
    FROM delivery WHERE broadcast = :broadcast AND state = 'accepted' AND ended_at IS NOT NULL
) ranked
WHERE place IN ((number * 50 + 99) / 100, (number * 95 + 99) / 100, (number * 99 + 99) / 100)
ORDER BY channel, locale, place;
