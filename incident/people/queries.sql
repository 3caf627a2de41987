-- name: code_of(person)^
SELECT person, counter, wrong, wrong_since FROM one_time_code WHERE person = :person;

-- name: know_person(person)!
INSERT INTO one_time_code (person, counter, wrong, wrong_since) VALUES (:person, -1, 0, NULL)
ON CONFLICT (person) DO NOTHING;

-- name: use_code(person, counter)!
UPDATE one_time_code SET counter = :counter, wrong = 0, wrong_since = NULL
WHERE person = :person AND counter < :counter;

-- name: count_wrong(person, since, now)!
UPDATE one_time_code
SET wrong = CASE WHEN wrong_since > :since THEN wrong + 1 ELSE 1 END,
    wrong_since = CASE WHEN wrong_since > :since THEN wrong_since ELSE :now END
WHERE person = :person;
