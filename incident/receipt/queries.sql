-- name: sent(broadcast, no)^
SELECT b.no AS broadcast, b.id AS broadcast_id, d.no, d.address, b.lane, b.frozen_at
FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.id = :broadcast AND d.no = :no;

-- name: sent_to(thread, addresses)
SELECT b.no AS broadcast, b.id AS broadcast_id, d.no, d.address, b.lane, b.frozen_at
FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.thread = :thread AND d.attempts > 0 AND lower(d.address) IN (SELECT value FROM json_each(:addresses));

-- name: insert_receipt(source, broadcast, delivery, kind, permanent, sure, code, enhanced, words, happened_at, recorded_at)!
INSERT INTO receipt (source, broadcast, delivery, kind, permanent, sure, code, enhanced, words, happened_at, recorded_at)
VALUES (:source, :broadcast, :delivery, :kind, :permanent, :sure, :code, :enhanced, :words, :happened_at, :recorded_at)
ON CONFLICT (source) DO NOTHING;

-- name: is_known(source)^
SELECT 1 AS known FROM receipt WHERE source = :source;

-- name: receipts_of(broadcast, delivery)^
SELECT count(*) AS rows_ FROM receipt WHERE broadcast = :broadcast AND delivery = :delivery;

-- name: count_dead(broadcast, no)!
INSERT INTO pulse (broadcast, channel, owner, hard)
SELECT broadcast, channel, 'receipts', 1 FROM delivery WHERE broadcast = :broadcast AND no = :no
ON CONFLICT (broadcast, channel, owner) DO UPDATE SET hard = pulse.hard + 1;

-- name: tally(broadcast)
SELECT kind, count(DISTINCT delivery) AS deliveries,
    count(DISTINCT CASE WHEN permanent = 1 THEN delivery END) AS permanent
FROM receipt WHERE broadcast = :broadcast GROUP BY kind;

-- name: listed(incident, kind, most)
SELECT b.incident, b.step, d.recipient, d.channel, d.address, r.kind, r.permanent, r.sure, r.code, r.enhanced, r.words,
    r.happened_at, r.recorded_at
FROM receipt r JOIN broadcast b ON b.no = r.broadcast JOIN delivery d ON d.broadcast = r.broadcast AND d.no = r.delivery
WHERE (CAST(:incident AS TEXT) IS NULL OR b.incident = :incident) AND (CAST(:kind AS TEXT) IS NULL OR r.kind = :kind)
ORDER BY r.recorded_at DESC, r.broadcast, r.delivery, r.source LIMIT :most;
