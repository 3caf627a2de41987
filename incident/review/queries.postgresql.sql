-- name: recipients_of(broadcast)^
-- byte by byte, as SQLite sorts: the hash must be the same on both
SELECT string_agg(recipient, chr(10) ORDER BY recipient COLLATE "C") AS ids, count(*) AS rows_
FROM (SELECT DISTINCT recipient FROM delivery WHERE broadcast = :broadcast) one;
