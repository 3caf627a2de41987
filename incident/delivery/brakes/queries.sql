-- name: paces(account)
SELECT * FROM pace WHERE account = :account;

-- name: locked_paces(account)
SELECT * FROM pace WHERE account = :account ORDER BY per;

-- name: add_pace(account, per, now)*!
INSERT INTO pace (account, per, next_at, used, reserve, written_at) VALUES (:account, :per, 0, '{}', '{}', :now)
ON CONFLICT (account, per) DO NOTHING;

-- name: write_pace(account, per, next_at, used, reserve, now)*!
UPDATE pace SET next_at = :next_at, used = :used, reserve = :reserve, written_at = :now
WHERE account = :account AND per = :per;

-- name: breaker(account)^
SELECT * FROM breaker WHERE account = :account;

-- name: locked_breaker(account)^
SELECT * FROM breaker WHERE account = :account;

-- name: open_breakers()
SELECT * FROM breaker WHERE open_until IS NOT NULL ORDER BY account;

-- name: add_breaker(account, now)!
INSERT INTO breaker (account, reason, code, words, failures, trips, asked, prober, written_at)
VALUES (:account, '', '', '', 0, 0, 0, '', :now)
ON CONFLICT (account) DO NOTHING;

-- name: close_breaker(account)!
DELETE FROM breaker WHERE account = :account;

-- name: write_breaker(account, reason, code, words, failures, trips, asked, since, open_until, prober, lease_until, now)!
INSERT INTO breaker (account, reason, code, words, failures, trips, asked, since, open_until, prober, lease_until, written_at)
VALUES (:account, :reason, :code, :words, :failures, :trips, :asked, :since, :open_until, :prober, :lease_until, :now)
ON CONFLICT (account) DO UPDATE SET reason = excluded.reason, code = excluded.code, words = excluded.words,
failures = excluded.failures, trips = excluded.trips, asked = excluded.asked, since = excluded.since,
open_until = excluded.open_until, prober = excluded.prober, lease_until = excluded.lease_until,
written_at = excluded.written_at;
