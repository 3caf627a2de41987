-- name: sending()
SELECT b.*, coalesce(i.severity, '') AS severity FROM broadcast b LEFT JOIN incident i ON i.id = b.incident
WHERE b.state = 'sending' ORDER BY b.no;

-- name: broadcast(no)^
SELECT * FROM broadcast WHERE no = :no;

-- name: pulse(broadcast)
SELECT channel, accepted, refused, hard, deferred, unknown FROM pulse WHERE broadcast = :broadcast ORDER BY channel;

-- name: hold(no, reason, why)!
UPDATE broadcast SET state = 'held', reason = :reason, why = :why WHERE no = :no AND state = 'sending';

-- name: wait_until(no, not_before)!
UPDATE broadcast SET not_before = CAST(:not_before AS BIGINT) WHERE no = :no AND state = 'sending';

-- name: cared_for(no, now)!
UPDATE broadcast SET active_at = :now WHERE no = :no AND coalesce(active_at, 0) < :now;

-- name: todo(broadcast)^
SELECT r.channel FROM (SELECT DISTINCT channel FROM rendering WHERE broadcast = :broadcast) r
WHERE EXISTS (SELECT 1 FROM chunk c WHERE c.channel = r.channel AND c.broadcast = :broadcast AND c.state = 'todo') LIMIT 1;

-- name: due_channels(broadcast, now)
SELECT r.channel FROM (SELECT DISTINCT channel FROM rendering WHERE broadcast = :broadcast) r
WHERE EXISTS (SELECT 1 FROM chunk c WHERE c.channel = r.channel AND c.broadcast = :broadcast AND c.state = 'todo')
OR EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = :broadcast AND d.channel = r.channel AND d.next_at <= :now)
ORDER BY r.channel;

-- name: later(broadcast)^
SELECT lo FROM chunk WHERE broadcast = :broadcast AND state = 'later' ORDER BY channel, lo LIMIT 1;

-- name: in_hand(broadcast, now)^
SELECT lo FROM chunk WHERE broadcast + 0 = :broadcast AND state = 'open' AND lease_until > :now LIMIT 1;

-- name: abandoned(broadcast, now)^
SELECT min(lease_until) AS at FROM chunk WHERE broadcast + 0 = :broadcast AND state = 'open' AND lease_until <= :now;

-- name: first_retry(broadcast)^
SELECT min(next_at) AS at FROM delivery WHERE broadcast = :broadcast AND next_at > 0;

-- name: first_open(broadcast)^
SELECT lo FROM chunk WHERE broadcast + 0 = :broadcast AND state = 'open' AND retry = 0 LIMIT 1;

-- name: slice_through(no, canary_at)!
UPDATE broadcast SET canary_at = :canary_at WHERE no = :no AND state = 'sending' AND canary_at IS NULL;

-- name: later_places(broadcast)
SELECT l.channel, l.lo, d.recipient FROM
    (SELECT channel, min(lo) AS lo FROM chunk WHERE broadcast = :broadcast AND state = 'later' GROUP BY channel) l
JOIN delivery d ON d.broadcast = :broadcast AND d.no = l.lo;

-- name: let_go(broadcast, channel, below)!
UPDATE chunk SET state = 'todo'
WHERE broadcast = :broadcast AND channel = :channel AND state = 'later' AND lo < :below;

-- name: let_all_go(broadcast)!
UPDATE chunk SET state = 'todo' WHERE broadcast = :broadcast AND state = 'later';

-- name: links(broadcast)
SELECT channel, before, first, shift FROM fallback WHERE broadcast = :broadcast ORDER BY first;

-- name: todo_on(broadcast, channel, most)
SELECT lo FROM chunk WHERE channel = :channel AND broadcast = :broadcast AND state = 'todo' ORDER BY lo LIMIT :most;

-- name: take_out(broadcast, lo)^
DELETE FROM chunk WHERE broadcast = :broadcast AND lo = :lo AND state = 'todo' RETURNING lo, hi;

-- name: pass_over(broadcast, lo, hi)*!
UPDATE delivery SET state = 'refused', reason = 'channel_down', next_at = NULL
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND state = 'pending';

-- name: pass_over_deferred(broadcast, channel)!
UPDATE delivery SET state = CASE WHEN EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE 'refused' END, reason = 'channel_down', next_at = NULL
WHERE broadcast = :broadcast AND channel = :channel AND state = 'deferred' AND next_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = delivery.broadcast AND c.lo = delivery.no);

-- name: first_untried(broadcast, lo, hi)^
SELECT min(lo) AS lo FROM chunk WHERE broadcast = :broadcast AND lo BETWEEN :lo AND :hi AND retry = 0;

-- name: standby_below(broadcast, channel, below, most)
SELECT lo, hi FROM chunk
WHERE broadcast = :broadcast AND channel = :channel AND state = 'standby' AND lo < :below ORDER BY lo LIMIT :most;

-- name: reached_before(broadcast, lo, hi, shift)*!
UPDATE delivery SET state = 'suppressed', reason = 'reached_before'
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND state = 'standby'
AND EXISTS (SELECT 1 FROM delivery p WHERE p.broadcast = delivery.broadcast AND p.no = delivery.no - :shift
            AND (p.state IN ('accepted', 'deduplicated')
                 OR (p.state = 'unknown' AND p.reason IN
                     ('no_reply', 'timeout', 'unclear', 'process_died', 'restored', 'dropped', 'superseded'))
                 OR (p.state = 'suppressed' AND p.reason IN ('reached_before', 'dropped', 'superseded'))));

-- name: keep_why(broadcast, lo, hi, shift, now)*!
INSERT INTO attempt (broadcast, delivery, attempt, started_at, ended_at, state, reason, code, words)
SELECT d.broadcast, d.no, 0, NULL, CAST(:now AS BIGINT), 'standby', 'fallback', p.code,
    p.channel || ': ' || p.state || coalesce(', ' || p.reason, '')
FROM delivery d JOIN delivery p ON p.broadcast = d.broadcast AND p.no = d.no - :shift
WHERE d.broadcast = :broadcast AND d.no BETWEEN :lo AND :hi AND d.state = 'standby'
AND (p.state IN ('refused', 'suppressed', 'expired')
     OR (p.state = 'unknown' AND p.reason NOT IN
         ('no_reply', 'timeout', 'unclear', 'process_died', 'restored', 'dropped', 'superseded')))
ON CONFLICT (broadcast, delivery, attempt) DO NOTHING;

-- name: fall_back(broadcast, lo, hi, shift)*!
UPDATE delivery SET state = 'pending', reason = 'fallback'
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND state = 'standby'
AND EXISTS (SELECT 1 FROM delivery p WHERE p.broadcast = delivery.broadcast AND p.no = delivery.no - :shift
            AND (p.state IN ('refused', 'suppressed', 'expired')
                 OR (p.state = 'unknown' AND p.reason NOT IN
                     ('no_reply', 'timeout', 'unclear', 'process_died', 'restored', 'dropped', 'superseded'))));

-- name: same_address(broadcast, lo, hi, mail)*!
UPDATE delivery SET state = 'deduplicated', reason = 'same_address'
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND state = 'pending' AND reason = 'fallback' AND copy < 0
AND EXISTS (SELECT 1 FROM delivery o WHERE o.broadcast + 0 = delivery.broadcast AND o.channel = delivery.channel
            AND o.copy < 0 AND lower(o.address) = lower(delivery.address) AND o.no <> delivery.no
            AND (o.address = delivery.address OR o.address LIKE :mail)
            AND (o.state IN ('accepted', 'deferred', 'unknown') OR (o.state = 'pending' AND o.no < delivery.no)));

-- name: stay_behind(broadcast, lo, hi, shift, soon)*!
INSERT INTO behind (broadcast, no, shift, look_at)
SELECT d.broadcast, d.no, CAST(:shift AS INTEGER), CASE WHEN p.next_at > :soon THEN p.next_at ELSE CAST(:soon AS BIGINT) END
FROM delivery d JOIN delivery p ON p.broadcast = d.broadcast AND p.no = d.no - :shift
WHERE d.broadcast = :broadcast AND d.no BETWEEN :lo AND :hi AND d.state = 'standby'
ON CONFLICT (broadcast, no) DO UPDATE SET look_at = excluded.look_at;

-- name: open_standby(broadcast, lo, hi)*!
UPDATE chunk SET state = 'todo'
WHERE broadcast = :broadcast AND lo BETWEEN :lo AND :hi AND state = 'standby'
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = chunk.broadcast AND d.no BETWEEN chunk.lo AND chunk.hi
            AND d.state = 'pending');

-- name: close_standby(broadcast, lo, hi)*!
DELETE FROM chunk WHERE broadcast = :broadcast AND lo BETWEEN :lo AND :hi AND state = 'standby';

-- name: behind_due(broadcast, now, most)
SELECT no, shift FROM behind WHERE broadcast = :broadcast AND look_at <= :now ORDER BY look_at, no LIMIT :most;

-- name: first_behind()^
SELECT min(h.look_at) AS at FROM behind h JOIN broadcast b ON b.no = h.broadcast WHERE b.state = 'sending';

-- name: due_now(broadcast, lo, now)*!
UPDATE delivery SET state = 'deferred', next_at = :now
WHERE broadcast = :broadcast AND no = :lo AND state = 'pending' AND reason = 'fallback';

-- name: no_longer_behind(broadcast, lo)*!
DELETE FROM behind WHERE broadcast = :broadcast AND no = :lo
AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = behind.broadcast AND d.no = behind.no AND d.state = 'standby');

-- name: supersede(older, newer)!
INSERT INTO supersession (older, newer) VALUES (:older, :newer) ON CONFLICT (older, newer) DO NOTHING;

-- name: unclaimed_after(broadcast, after, most)
SELECT lo, hi FROM chunk WHERE broadcast = :broadcast AND lo > :after AND state <> 'open' ORDER BY lo LIMIT :most;

-- name: replace_range(older, lo, hi)*!
UPDATE delivery SET state = 'suppressed', reason = 'superseded', next_at = NULL
WHERE broadcast = :older AND no BETWEEN :lo AND :hi AND state IN ('pending', 'standby')
AND EXISTS (SELECT 1 FROM supersession s JOIN delivery n ON n.broadcast = s.newer
            WHERE s.older = delivery.broadcast AND n.recipient = delivery.recipient AND n.channel = delivery.channel);

-- name: replace_behind(older)!
UPDATE delivery SET state = 'suppressed', reason = 'superseded'
WHERE broadcast = :older AND state = 'standby' AND no IN (SELECT h.no FROM behind h WHERE h.broadcast = :older)
AND EXISTS (SELECT 1 FROM supersession s JOIN delivery n ON n.broadcast = s.newer
            WHERE s.older = delivery.broadcast AND n.recipient = delivery.recipient AND n.channel = delivery.channel);

-- name: superseded_deferred()
SELECT DISTINCT s.older FROM supersession s JOIN broadcast b ON b.no = s.older
WHERE b.state IN ('sending', 'held')
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = s.older AND d.next_at > 0);

-- name: replace_deferred(older)!
UPDATE delivery SET state = CASE WHEN EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE 'suppressed' END, reason = 'superseded', next_at = NULL
WHERE broadcast = :older AND next_at > 0 AND state = 'deferred'
AND EXISTS (SELECT 1 FROM supersession s JOIN delivery n ON n.broadcast = s.newer
            WHERE s.older = delivery.broadcast AND n.recipient = delivery.recipient AND n.channel = delivery.channel)
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = delivery.broadcast AND c.lo = delivery.no AND c.state = 'open');

-- name: overtake(broadcast)!
INSERT INTO overtaken (broadcast, lo, hi)
SELECT c.broadcast, c.lo, c.hi FROM chunk c WHERE c.broadcast + 0 = :broadcast AND c.state = 'open' AND c.retry = 0
ON CONFLICT (broadcast, lo) DO NOTHING;

-- name: overtaken_back()
SELECT o.broadcast, o.lo, o.hi FROM overtaken o
WHERE NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = o.broadcast AND c.lo = o.lo AND c.state = 'open');

-- name: no_longer_overtaken(broadcast, lo)*!
DELETE FROM overtaken WHERE broadcast = :broadcast AND lo = :lo;

-- name: drop_empty_chunks(broadcast)!
DELETE FROM chunk WHERE broadcast = :broadcast AND state IN ('todo', 'later', 'standby')
AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = chunk.broadcast AND d.no BETWEEN chunk.lo AND chunk.hi
                AND d.state IN ('pending', 'standby'));

-- name: drop_settled_behind(broadcast)!
DELETE FROM behind WHERE broadcast = :broadcast
AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = behind.broadcast AND d.no = behind.no AND d.state = 'standby');

-- name: left_stopped()
SELECT DISTINCT b.no FROM broadcast b JOIN chunk c ON c.broadcast = b.no WHERE b.state = 'stopped' AND c.state <> 'open';

-- name: unsent(broadcast)^
SELECT (SELECT count(*) FROM chunk c JOIN delivery d ON d.broadcast = c.broadcast AND d.no BETWEEN c.lo AND c.hi
        WHERE c.broadcast = :broadcast AND c.state <> 'open' AND d.state IN ('pending', 'standby'))
     + (SELECT count(*) FROM delivery d WHERE d.broadcast = :broadcast AND d.next_at > 0 AND d.state = 'deferred'
        AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = d.broadcast AND c.lo = d.no AND c.state = 'open'))
     + (SELECT count(*) FROM behind h JOIN delivery d ON d.broadcast = h.broadcast AND d.no = h.no
        WHERE h.broadcast = :broadcast AND d.state = 'standby') AS rows_;

-- name: unclaimed_chunks(broadcast, most)
SELECT lo, hi FROM chunk WHERE broadcast = :broadcast AND state <> 'open' ORDER BY lo LIMIT :most;

-- name: drop_unclaimed(broadcast, lo, hi)*!
DELETE FROM chunk WHERE broadcast = :broadcast AND lo BETWEEN :lo AND :hi AND state <> 'open';

-- name: settle_deferred(broadcast, reason)!
UPDATE delivery SET state = CASE WHEN EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE 'suppressed' END, reason = :reason, next_at = NULL
WHERE broadcast = :broadcast AND next_at > 0 AND state = 'deferred'
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = delivery.broadcast AND c.lo = delivery.no AND c.state = 'open');

-- name: settle_behind(broadcast, reason)!
UPDATE delivery SET state = 'suppressed', reason = :reason
WHERE broadcast = :broadcast AND state = 'standby' AND no IN (SELECT h.no FROM behind h WHERE h.broadcast = :broadcast);

-- name: drop_behind(broadcast)!
DELETE FROM behind WHERE broadcast = :broadcast;

-- name: open_chunks()
SELECT broadcast, lo, hi FROM chunk WHERE state = 'open' ORDER BY broadcast, lo;

-- name: keep_claimed(broadcast, lo, hi)*!
INSERT INTO attempt (broadcast, delivery, attempt, started_at, ended_at, state, reason, code, words)
SELECT broadcast, no, attempts, started_at, ended_at, state, reason, code, words FROM delivery
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND attempts > 0 AND state = 'deferred'
AND EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = delivery.broadcast AND c.lo = :lo AND c.retry = 1)
ON CONFLICT (broadcast, delivery, attempt) DO NOTHING;

-- name: lose_claimed(broadcast, lo, hi, reason, now)*!
UPDATE delivery SET state = 'unknown', reason = :reason, attempts = attempts + 1, started_at = NULL, ended_at = :now,
    next_at = NULL, code = NULL, words = NULL
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi
AND state = (SELECT CASE WHEN c.retry = 1 THEN 'deferred' ELSE 'pending' END FROM chunk c
             WHERE c.broadcast = delivery.broadcast AND c.lo = :lo);

-- name: drop_open_chunks()!
DELETE FROM chunk WHERE state = 'open';

-- name: sending_now()
SELECT no, incident, step FROM broadcast WHERE state = 'sending' ORDER BY no;

-- name: hold_copy(no, reason)!
UPDATE broadcast SET state = 'held', reason = :reason WHERE no = :no;
