-- Whoever decides from these rows holds them until it has written; SQLite has one writer at a time and needs none of this.

-- name: locked_paces(account)
SELECT * FROM pace WHERE account = :account ORDER BY per FOR UPDATE;

-- name: locked_breaker(account)^
SELECT * FROM breaker WHERE account = :account FOR UPDATE;
