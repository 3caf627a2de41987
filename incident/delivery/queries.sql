-- name: last_no()^
SELECT max(no) AS no FROM broadcast;

-- name: is_drill(incident)^
SELECT drill FROM incident WHERE id = :incident;

-- name: insert_broadcast(no, id, lane, incident, step, revision, message, audience, people, hash, critical, thread, state, frozen_at, expires_at, not_before, rules, drill)!
INSERT INTO broadcast (no, id, lane, incident, step, revision, message, audience, people, hash, critical, thread, state, frozen_at, expires_at, active_at, not_before, rules, drill)
VALUES (:no, :id, :lane, :incident, :step, :revision, :message, :audience, :people, :hash, :critical, :thread, :state, :frozen_at, :expires_at, :frozen_at, :not_before, :rules, :drill);

-- name: insert_rendering(broadcast, channel, locale, content)!
INSERT INTO rendering (broadcast, channel, locale, content) VALUES (:broadcast, :channel, :locale, :content);

-- name: insert_delivery(broadcast, no, recipient, channel, locale, address, name)!
INSERT INTO delivery (broadcast, no, recipient, channel, locale, address, name, state)
VALUES (:broadcast, :no, :recipient, :channel, :locale, :address, :name, 'pending');

-- name: create_numbered()!
CREATE TEMP TABLE numbered (no INTEGER PRIMARY KEY, recipient TEXT NOT NULL);

-- name: drop_numbered()!
DROP TABLE numbered;

-- name: highest_delivery(broadcast)^
SELECT coalesce(max(no), 0) AS no FROM delivery WHERE broadcast = :broadcast;

-- name: insert_fallback(broadcast, channel, before, first, shift)!
INSERT INTO fallback (broadcast, channel, before, first, shift) VALUES (:broadcast, :channel, :before, :first, :shift);

-- name: insert_chunks(broadcast, channel, state, first, last, size)!
WITH RECURSIVE pieces (lo) AS (
    SELECT CAST(:first AS INTEGER)
    UNION ALL
    SELECT lo + :size FROM pieces WHERE lo + :size <= :last
)
INSERT INTO chunk (broadcast, lo, hi, channel, state)
SELECT :broadcast, lo, CASE WHEN lo + :size - 1 < :last THEN lo + :size - 1 ELSE :last END, :channel, :state
FROM pieces;

-- name: rendering_of(broadcast, channel, locale)^
SELECT content FROM rendering WHERE broadcast = :broadcast AND channel = :channel AND locale = :locale;

-- name: renderings_of(broadcast)
SELECT channel, locale, content FROM rendering WHERE broadcast = :broadcast ORDER BY channel, locale;

-- name: broadcast_by_no(no)^
SELECT * FROM broadcast WHERE no = :no;

-- name: locked_broadcast(no)^
SELECT * FROM broadcast WHERE no = :no;

-- name: told_somebody(incident, step)^
SELECT d.no FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.incident = :incident AND b.lane = 1 AND (:step = '' OR b.step = :step)
AND d.state IN ('accepted', 'unknown', 'pending', 'deferred', 'standby') LIMIT 1;

-- name: staff_told(incident)
SELECT DISTINCT d.recipient FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.incident = :incident AND b.lane = 0;

-- name: broadcasts_of(incident)
SELECT * FROM broadcast WHERE incident = :incident ORDER BY no;

-- name: unfinished()
SELECT * FROM broadcast WHERE state IN ('sending', 'held') ORDER BY lane, no;

-- name: everything(most)
SELECT * FROM broadcast ORDER BY no DESC LIMIT :most;

-- name: set_state(no, state, reason, before)!
UPDATE broadcast SET state = :state, reason = :reason, why = '' WHERE no = :no AND state = :before;

-- name: released(no, now, rules, not_before)!
UPDATE broadcast SET active_at = :now, rules = :rules, not_before = CAST(:not_before AS BIGINT), why = '' WHERE no = :no;

-- name: todo_broadcasts(channel, now)
SELECT b.no, b.lane FROM broadcast b
WHERE b.state = 'sending' AND (b.not_before IS NULL OR b.not_before <= :now)
AND EXISTS (SELECT 1 FROM chunk c WHERE c.channel = :channel AND c.broadcast = b.no AND c.state = 'todo');

-- name: urgent_todo(channel, now)^
SELECT b.no FROM broadcast b
WHERE b.state = 'sending' AND b.lane = 0 AND (b.not_before IS NULL OR b.not_before <= :now)
AND EXISTS (SELECT 1 FROM chunk c WHERE c.channel = :channel AND c.broadcast = b.no AND c.state = 'todo')
LIMIT 1;

-- name: take_chunks(broadcast, channel, owner, lease_until, most)
UPDATE chunk SET state = 'open', owner = :owner, lease_until = :lease_until
WHERE state = 'todo' AND broadcast = :broadcast AND lo IN (
    SELECT c.lo FROM chunk c WHERE c.channel = :channel AND c.broadcast = :broadcast AND c.state = 'todo'
    ORDER BY c.lo LIMIT :most
) RETURNING lo, hi;

-- name: due_broadcasts(channel, now)
SELECT b.no, b.lane FROM broadcast b
WHERE b.state = 'sending' AND (b.not_before IS NULL OR b.not_before <= :now)
AND EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = b.no AND d.next_at <= :now AND d.channel = :channel);

-- name: open_retries(broadcast, channel, owner, lease_until, now, most)
INSERT INTO chunk (broadcast, lo, hi, channel, state, retry, owner, lease_until)
SELECT d.broadcast, d.no, d.no, :channel, 'open', 1, :owner, CAST(:lease_until AS BIGINT) FROM delivery d
WHERE d.broadcast = :broadcast AND d.next_at <= :now AND d.channel = :channel
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = d.broadcast AND c.lo = d.no)
ORDER BY d.next_at, d.no LIMIT :most
ON CONFLICT (broadcast, lo) DO NOTHING
RETURNING lo;

-- name: claimed(broadcast, lo, hi)
SELECT d.no, d.recipient, d.locale, d.address, d.name, d.copy, d.attempts,
    coalesce(r.opt_out, '') AS opt_out, coalesce(r.channels, '') AS chosen, s.reason AS suppressed_for, r.drill AS rehearses
FROM delivery d
LEFT JOIN recipient r ON r.id = d.recipient
LEFT JOIN suppression s ON s.address = lower(d.address)
WHERE d.broadcast = :broadcast AND d.no BETWEEN :lo AND :hi AND d.state = 'pending'
ORDER BY d.no;

-- name: claimed_again(broadcast, owner, now)
SELECT d.no, d.recipient, d.locale, d.address, d.name, d.copy, d.attempts,
    coalesce(r.opt_out, '') AS opt_out, coalesce(r.channels, '') AS chosen, s.reason AS suppressed_for, r.drill AS rehearses
FROM chunk c
JOIN delivery d ON d.broadcast = c.broadcast AND d.no = c.lo
LEFT JOIN recipient r ON r.id = d.recipient
LEFT JOIN suppression s ON s.address = lower(d.address)
WHERE c.broadcast = :broadcast AND c.retry = 1 AND c.state = 'open' AND c.owner = :owner
AND d.state = 'deferred' AND d.next_at <= :now
ORDER BY d.no;

-- name: without_outcome(broadcast, lo, hi, state)
SELECT no FROM delivery WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND state = :state ORDER BY no;

-- name: renew_leases(owner, lease_until)!
UPDATE chunk SET lease_until = :lease_until WHERE state = 'open' AND owner = :owner;

-- name: held_chunks(owner)
SELECT broadcast, lo FROM chunk WHERE state = 'open' AND owner = :owner;

-- name: senders_on(channel)^
SELECT count(DISTINCT owner) AS senders FROM chunk WHERE state = 'open' AND channel = :channel;

-- name: mark_active(owner, now)!
UPDATE broadcast SET active_at = :now
WHERE no IN (SELECT c.broadcast FROM chunk c WHERE c.state = 'open' AND c.owner = :owner);

-- name: put_back(broadcast, lo, owner)*!
UPDATE chunk SET state = 'todo', owner = NULL, lease_until = NULL
WHERE broadcast = :broadcast AND lo = :lo AND owner = :owner;

-- name: drop_chunks(broadcast, lo, owner)*!
DELETE FROM chunk WHERE broadcast = :broadcast AND lo = :lo AND owner = :owner;

-- name: drop_dead_chunk(broadcast, lo, owner, lease_until)!
DELETE FROM chunk WHERE broadcast = :broadcast AND lo = :lo AND owner = :owner AND lease_until = :lease_until;

-- name: first_lease()^
SELECT min(lease_until) AS due FROM chunk WHERE state = 'open';

-- name: times_to_come(longest, soon, late)^
SELECT 1 AS found FROM chunk WHERE state = 'open' AND lease_until > :longest
UNION ALL
SELECT 1 FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.state IN ('sending', 'held') AND d.next_at > :late AND d.ended_at > :soon
LIMIT 1;

-- name: shorten_leases(longest)!
UPDATE chunk SET lease_until = :longest WHERE state = 'open' AND lease_until > :longest;

-- name: bring_forward(now, soon, late)!
UPDATE delivery SET next_at = next_at - (ended_at - :now), started_at = started_at - (ended_at - :now), ended_at = :now
WHERE broadcast IN (SELECT b.no FROM broadcast b WHERE b.state IN ('sending', 'held'))
AND next_at > :late AND ended_at > :soon;

-- name: open_chunks()
SELECT broadcast, lo, hi, channel, retry, owner, lease_until FROM chunk WHERE state = 'open' ORDER BY broadcast, lo;

-- name: keep_attempts(broadcast, no)*!
INSERT INTO attempt (broadcast, delivery, attempt, started_at, ended_at, state, reason, code, words)
SELECT broadcast, no, attempts, started_at, ended_at, state, reason, code, words FROM delivery
WHERE broadcast = :broadcast AND no = :no AND attempts > 0
ON CONFLICT (broadcast, delivery, attempt) DO NOTHING;

-- name: settle(broadcast, no, state, reason)*!
-- what may have arrived at an earlier attempt is never `not sent`: it stays unknown, and the reason says what ended it
UPDATE delivery SET state = CASE WHEN state = 'deferred' AND EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE :state END, reason = :reason, next_at = NULL
WHERE broadcast = :broadcast AND no = :no AND state IN ('pending', 'deferred');

-- name: count_pulse(broadcast, channel, owner, attempts, accepted, refused, hard, deferred, unknown)!
INSERT INTO pulse (broadcast, channel, owner, attempts, accepted, refused, hard, deferred, unknown)
VALUES (:broadcast, :channel, :owner, :attempts, :accepted, :refused, :hard, :deferred, :unknown)
ON CONFLICT (broadcast, channel, owner) DO UPDATE SET
    attempts = pulse.attempts + excluded.attempts, accepted = pulse.accepted + excluded.accepted,
    refused = pulse.refused + excluded.refused, hard = pulse.hard + excluded.hard,
    deferred = pulse.deferred + excluded.deferred, unknown = pulse.unknown + excluded.unknown;

-- name: write_accepted(broadcast, no, started_at, ended_at, code, words)*!
-- at the first attempt: nearly every row of a broadcast. Without next_at, since its index is what an update costs
UPDATE delivery SET state = 'accepted', reason = NULL, attempts = attempts + 1,
    started_at = :started_at, ended_at = :ended_at, code = :code, words = :words
WHERE broadcast = :broadcast AND no = :no AND state = 'pending';

-- name: write_outcomes(broadcast, no, state, reason, started_at, ended_at, next_at, code, words)*!
UPDATE delivery SET state = :state, reason = :reason, attempts = attempts + 1,
    started_at = :started_at, ended_at = :ended_at, next_at = :next_at, code = :code, words = :words
WHERE broadcast = :broadcast AND no = :no AND state IN ('pending', 'deferred');

-- name: make_due(broadcast, no, next_at)!
UPDATE delivery SET state = 'deferred', next_at = :next_at
WHERE broadcast = :broadcast AND no = :no AND state = 'unknown';

-- name: settle_unclaimed(broadcast, state, reason)!
UPDATE delivery SET state = CASE WHEN state = 'deferred' AND EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE :state END, reason = :reason, next_at = NULL
WHERE broadcast = :broadcast AND state IN ('pending', 'standby', 'deferred')
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast + 0 = delivery.broadcast AND c.state = 'open'
                AND delivery.no BETWEEN c.lo AND c.hi);

-- name: settle_places(broadcast, lo, hi, state, reason)*!
-- a row among them that a sender is trying again right now follows when that ends
UPDATE delivery SET state = CASE WHEN state = 'deferred' AND EXISTS (
        SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown'
    ) THEN 'unknown' ELSE :state END, reason = :reason, next_at = NULL
WHERE broadcast = :broadcast AND no BETWEEN :lo AND :hi AND (state IN ('pending', 'standby') OR (state = 'deferred'
    AND NOT EXISTS (
        SELECT 1 FROM chunk c WHERE c.broadcast = delivery.broadcast AND c.lo = delivery.no AND c.state = 'open'
    )));

-- name: may_have_arrived(broadcast, no)*!
-- an attempt before the one that was refused has no answer: the refusal stays as the reason, and with its words
UPDATE delivery SET state = 'unknown'
WHERE broadcast = :broadcast AND no = :no AND state = 'refused'
AND EXISTS (SELECT 1 FROM attempt a WHERE a.broadcast = delivery.broadcast AND a.delivery = delivery.no AND a.state = 'unknown');

-- name: keep_failed(broadcast)!
INSERT INTO attempt (broadcast, delivery, attempt, started_at, ended_at, state, reason, code, words)
SELECT broadcast, no, attempts, started_at, ended_at, CASE WHEN reason = 'gave_up' THEN 'refused' ELSE state END,
    reason, code, words FROM delivery
WHERE broadcast = :broadcast AND attempts > 0
AND ((state IN ('unknown', 'refused') AND reason = 'gave_up')
     OR (state = 'unknown' AND reason IN ('no_reply', 'timeout', 'unclear', 'process_died', 'restored')))
ON CONFLICT (broadcast, delivery, attempt) DO NOTHING;

-- name: retry_failed(broadcast, now)!
UPDATE delivery SET state = 'deferred', next_at = :now
WHERE broadcast = :broadcast
AND ((state IN ('unknown', 'refused') AND reason = 'gave_up')
     OR (state = 'unknown' AND reason IN ('no_reply', 'timeout', 'unclear', 'process_died', 'restored')));

-- name: keep_refused(broadcast, reason)!
INSERT INTO attempt (broadcast, delivery, attempt, started_at, ended_at, state, reason, code, words)
SELECT broadcast, no, attempts, started_at, ended_at, 'refused', reason, code, words FROM delivery
WHERE broadcast = :broadcast AND attempts > 0 AND state IN ('refused', 'unknown') AND reason = :reason
ON CONFLICT (broadcast, delivery, attempt) DO NOTHING;

-- name: retry_refused(broadcast, reason, now)!
UPDATE delivery SET state = 'deferred', next_at = :now
WHERE broadcast = :broadcast AND state IN ('refused', 'unknown') AND reason = :reason;

-- name: drop_unknown(broadcast)!
UPDATE delivery SET reason = 'dropped', next_at = NULL
WHERE broadcast = :broadcast AND state = 'unknown'
AND reason IN ('no_reply', 'timeout', 'unclear', 'process_died', 'restored', 'gave_up');

-- name: reopen(no, now)!
UPDATE broadcast SET state = 'sending', finished_at = NULL, active_at = :now WHERE no = :no AND state = 'finished';

-- name: finish_ready(now)!
UPDATE broadcast SET state = 'finished', finished_at = :now
WHERE state = 'sending'
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = broadcast.no)
AND NOT EXISTS (SELECT 1 FROM behind h WHERE h.broadcast = broadcast.no)
AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = broadcast.no AND d.next_at IS NOT NULL);

-- name: finish_held(no, now)!
UPDATE broadcast SET state = 'finished', finished_at = :now
WHERE no = :no AND state = 'held'
AND NOT EXISTS (SELECT 1 FROM chunk c WHERE c.broadcast = broadcast.no)
AND NOT EXISTS (SELECT 1 FROM behind h WHERE h.broadcast = broadcast.no)
AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = broadcast.no AND d.next_at IS NOT NULL);

-- name: next_due()^
SELECT min(CASE WHEN one.not_before > one.next_at THEN one.not_before ELSE one.next_at END) AS due
FROM (SELECT b.not_before, (SELECT min(d.next_at) FROM delivery d WHERE d.broadcast = b.no AND d.next_at IS NOT NULL) AS next_at
      FROM broadcast b WHERE b.state = 'sending') one
WHERE one.next_at IS NOT NULL;

-- name: busy_channels(now)
SELECT DISTINCT c.channel FROM broadcast b JOIN chunk c ON c.broadcast = b.no
WHERE b.state = 'sending' AND c.state = 'todo' AND (b.not_before IS NULL OR b.not_before <= :now)
UNION
SELECT DISTINCT d.channel FROM broadcast b JOIN delivery d ON d.broadcast = b.no
WHERE b.state = 'sending' AND d.next_at <= :now AND (b.not_before IS NULL OR b.not_before <= :now);

-- name: is_busy(channel, now)^
SELECT b.no FROM broadcast b
WHERE b.state = 'sending' AND (b.not_before IS NULL OR b.not_before <= :now)
AND (EXISTS (SELECT 1 FROM chunk c WHERE c.channel = :channel AND c.broadcast = b.no AND c.state = 'todo')
  OR EXISTS (SELECT 1 FROM delivery d WHERE d.broadcast = b.no AND d.channel = :channel AND d.next_at <= :now))
LIMIT 1;

-- name: kinds(broadcast)
SELECT DISTINCT channel, locale, state, reason FROM delivery WHERE broadcast = :broadcast;

-- name: sums(broadcast)
SELECT channel, locale, state, reason, count(*) AS rows_
FROM delivery WHERE broadcast = :broadcast GROUP BY channel, locale, state, reason;

-- name: rows_of(broadcast)^
SELECT count(*) AS rows_ FROM delivery WHERE broadcast = :broadcast;

-- name: releases_of(incident)
SELECT detail FROM journal WHERE incident = :incident AND kind = 'broadcast.released' ORDER BY seq;

-- name: frozen_rows(id)^
SELECT coalesce(max(d.no), 0) AS rows_ FROM broadcast b LEFT JOIN delivery d ON d.broadcast = b.no WHERE b.id = :id;

-- name: once_unknown(broadcast)^
SELECT count(DISTINCT delivery) AS rows_ FROM attempt WHERE broadcast = :broadcast AND state = 'unknown';
