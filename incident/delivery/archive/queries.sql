-- name: old(incident, before)
SELECT b.* FROM broadcast b LEFT JOIN incident i ON i.id = b.incident
WHERE b.state IN ('finished', 'stopped') AND coalesce(b.finished_at, b.frozen_at) < :before
AND coalesce(i.state, '') <> 'open' AND (CAST(:incident AS TEXT) IS NULL OR b.incident = :incident)
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = b.no)
AND NOT EXISTS (SELECT 1 FROM archive a WHERE a.broadcast = b.no)
ORDER BY b.no;

-- name: of_broadcast(broadcast)^
SELECT broadcast, file, sha256, at, rows_, once_unknown FROM archive WHERE broadcast = :broadcast;

-- name: sums(broadcast)
SELECT channel, locale, state, reason, rows_ FROM archive_sum WHERE broadcast = :broadcast;

-- name: with_sha(sha256)
SELECT a.broadcast, a.rows_, b.id, b.incident, b.step FROM archive a JOIN broadcast b ON b.no = a.broadcast
WHERE a.sha256 = :sha256 ORDER BY a.broadcast;

-- name: highest(broadcast)^
SELECT coalesce(max(no), 0) AS no FROM delivery WHERE broadcast = :broadcast;

-- name: renderings(broadcast)
SELECT channel, locale, content FROM rendering WHERE broadcast = :broadcast ORDER BY channel, locale;

-- name: deliveries(broadcast, lo, hi)
SELECT * FROM delivery WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi ORDER BY no;

-- name: attempts(broadcast, lo, hi)
SELECT * FROM attempt WHERE broadcast = :broadcast AND delivery BETWEEN :lo AND :hi ORDER BY delivery, attempt;

-- name: receipts(broadcast, lo, hi)
SELECT * FROM receipt WHERE broadcast = :broadcast AND delivery BETWEEN :lo AND :hi ORDER BY delivery, source;

-- name: same_still(no, state, finished_at)^
SELECT no FROM broadcast WHERE no = :no AND state = :state
AND coalesce(finished_at, 0) = coalesce(CAST(:finished_at AS BIGINT), 0);

-- name: keep(broadcast, file, sha256, at, rows, once_unknown)!
INSERT INTO archive (broadcast, file, sha256, at, rows_, once_unknown)
VALUES (:broadcast, :file, :sha256, :at, :rows, :once_unknown);

-- name: keep_sums(broadcast)!
INSERT INTO archive_sum (broadcast, channel, locale, state, reason, rows_)
SELECT broadcast, channel, locale, state, reason, count(*) FROM delivery WHERE broadcast = :broadcast
GROUP BY broadcast, channel, locale, state, reason;

-- name: left_over()
SELECT a.broadcast FROM archive a WHERE EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = a.broadcast)
OR EXISTS (SELECT 1 FROM rendering r WHERE r.broadcast = a.broadcast) ORDER BY a.broadcast;

-- name: drop_attempts(broadcast, lo, hi)!
DELETE FROM attempt WHERE broadcast = :broadcast AND delivery BETWEEN :lo AND :hi;

-- name: drop_deliveries(broadcast, lo, hi)!
DELETE FROM delivery WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi;

-- name: drop_renderings(broadcast)!
DELETE FROM rendering WHERE broadcast = :broadcast;

-- name: drop_pulse(broadcast)!
DELETE FROM pulse WHERE broadcast = :broadcast;

-- name: drop_fallback(broadcast)!
DELETE FROM fallback WHERE broadcast = :broadcast;
