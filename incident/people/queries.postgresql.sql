-- name: code_of(person)^
SELECT person, counter, wrong, wrong_since FROM one_time_code WHERE person = :person FOR UPDATE;
