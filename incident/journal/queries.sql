-- name: head()^
SELECT seq, hash FROM journal_head WHERE id = 1;

-- name: move_head(seq, hash)!
UPDATE journal_head SET seq = :seq, hash = :hash WHERE id = 1;

-- name: insert_row(seq, incident, kind, happened_at, recorded_at, actor, os_user, reason, detail, previous, hash)!
INSERT INTO journal (seq, incident, kind, happened_at, recorded_at, actor, os_user, reason, detail, previous, hash)
VALUES (:seq, :incident, :kind, :happened_at, :recorded_at, :actor, :os_user, :reason, :detail, :previous, :hash);

-- name: of_incident(incident)
SELECT * FROM journal WHERE incident = :incident ORDER BY seq;

-- name: everything()
SELECT * FROM journal ORDER BY seq;

-- name: last_recorded()$
SELECT recorded_at FROM journal WHERE seq = (SELECT seq FROM journal_head WHERE id = 1);
