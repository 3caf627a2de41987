-- Whoever claims, ends a claim or takes one over holds the broadcast's row, so that `stop` and `hold` see all of it or
-- nothing. SQLite has one writer at a time and needs none of this.

-- name: locked_broadcast(no)^
SELECT * FROM broadcast WHERE no = :no FOR SHARE;

-- name: take_chunks(broadcast, channel, owner, lease_until, most)
-- materialized: as a plain subquery it may run more than once, and each time skips what it has taken itself
WITH found AS MATERIALIZED (
    SELECT c.lo FROM chunk c WHERE c.channel = :channel AND c.broadcast = :broadcast AND c.state = 'todo'
    ORDER BY c.lo LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE chunk SET state = 'open', owner = :owner, lease_until = :lease_until FROM found
WHERE chunk.broadcast = :broadcast AND chunk.lo = found.lo RETURNING chunk.lo, chunk.hi;

-- name: kinds(broadcast)
-- none: it groups without sorting, and `sums` is the quick way
SELECT channel, locale, state, reason FROM delivery WHERE broadcast = :broadcast AND false;
