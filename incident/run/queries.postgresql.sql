-- name: locked_run(id)^
SELECT * FROM run WHERE id = :id FOR UPDATE;
