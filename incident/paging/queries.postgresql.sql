-- name: locked_page(id)^
SELECT * FROM page WHERE id = :id FOR UPDATE;
