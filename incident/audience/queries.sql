-- importing: rows wait in a temporary table until the whole file is known to be good; NULL is a column the file has not

-- name: create_staged()!
CREATE TEMP TABLE staged (
    line INTEGER NOT NULL, bad INTEGER NOT NULL, id TEXT NOT NULL, name TEXT, locale TEXT, region TEXT,
    segments TEXT, email TEXT, phone TEXT, push TEXT, channels TEXT, opt_out TEXT, drill TEXT
);

-- name: drop_staged()!
DROP TABLE IF EXISTS staged;

-- name: stage(rows)!
INSERT INTO staged (line, bad, id, name, locale, region, segments, email, phone, push, channels, opt_out, drill)
SELECT json_extract(value, '$.line'), json_extract(value, '$.bad'), json_extract(value, '$.id'),
    json_extract(value, '$.name'), json_extract(value, '$.locale'), json_extract(value, '$.region'),
    json_extract(value, '$.segments'), json_extract(value, '$.email'), json_extract(value, '$.phone'),
    json_extract(value, '$.push'), json_extract(value, '$.channels'), json_extract(value, '$.opt_out'), json_extract(value, '$.drill')
FROM json_each(:rows);

-- name: count_duplicates()^
SELECT count(*) AS all_, coalesce(sum(1 - bad), 0) AS good
FROM (SELECT line, bad, min(line) OVER (PARTITION BY id) AS first FROM staged) AS numbered
WHERE line <> first;

-- name: duplicates(most)
SELECT id, line, first
FROM (SELECT id, line, min(line) OVER (PARTITION BY id) AS first FROM staged) AS numbered
WHERE line <> first ORDER BY line LIMIT :most;

-- name: update_recipients(now)!
UPDATE recipient SET
    name = coalesce(staged.name, recipient.name),
    locale = coalesce(staged.locale, recipient.locale),
    region = coalesce(staged.region, recipient.region),
    segments = coalesce(staged.segments, recipient.segments),
    email = coalesce(staged.email, recipient.email),
    phone = coalesce(staged.phone, recipient.phone),
    push = coalesce(staged.push, recipient.push),
    channels = coalesce(staged.channels, recipient.channels),
    opt_out = coalesce(staged.opt_out, recipient.opt_out),
    drill = coalesce(CAST(staged.drill AS INTEGER), recipient.drill),
    updated_at = :now
FROM staged WHERE staged.id = recipient.id;

-- name: insert_recipients(now)!
INSERT INTO recipient (id, name, locale, region, segments, email, phone, push, channels, opt_out, drill, updated_at)
SELECT id, coalesce(name, ''), locale, coalesce(region, ''), coalesce(segments, ''), coalesce(email, ''),
    coalesce(phone, ''), coalesce(push, ''), coalesce(channels, ''), coalesce(opt_out, ''), coalesce(CAST(drill AS INTEGER), 0), :now
FROM staged WHERE NOT EXISTS (SELECT 1 FROM recipient WHERE recipient.id = staged.id)
ORDER BY id;

-- name: recipient(id)^
SELECT * FROM recipient WHERE id = :id;

-- name: suppress(address, reason, at, actor)!
INSERT INTO suppression (address, reason, at, actor) VALUES (:address, :reason, :at, :actor)
ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, at = excluded.at, actor = excluded.actor;

-- name: unsuppress(address)!
DELETE FROM suppression WHERE address = :address;

-- name: suppression(address)^
SELECT * FROM suppression WHERE address = :address;

-- name: suppressions()
SELECT * FROM suppression ORDER BY at, address;
