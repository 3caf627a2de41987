-- name: sent_to(thread, addresses)
SELECT b.no AS broadcast, b.id AS broadcast_id, d.no, d.address, b.lane, b.frozen_at
FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.thread = :thread AND d.attempts > 0
AND lower(d.address) IN (SELECT value FROM jsonb_array_elements_text(CAST(:addresses AS jsonb)) AS list (value));
