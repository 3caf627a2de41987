-- Whoever claims, ends a claim or takes one over holds the broadcast's row, so that `stop` and `hold` see all of it or
-- nothing. SQLite has one writer at a time and needs none of this.

-- name: locked_broadcast(no)^
SELECT * FROM broadcast WHERE no = :no FOR SHARE;

-- name: todo_chunk(channel)^
SELECT c.broadcast, c.lo, c.hi FROM broadcast b JOIN chunk c ON c.broadcast = b.no
WHERE b.state = 'sending' AND c.state = 'todo' AND c.channel = :channel
ORDER BY b.lane, b.no, c.lo LIMIT 1
FOR SHARE OF b;

-- name: due_deliveries(channel, now, most)
SELECT d.broadcast, d.no FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.state = 'sending' AND d.next_at <= :now AND d.channel = :channel
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = d.broadcast AND c.retry = 1 AND c.lo = d.no)
ORDER BY b.lane, b.no, d.no LIMIT :most
FOR SHARE OF b;
