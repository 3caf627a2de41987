-- name: stage(rows)!
INSERT INTO staged (line, bad, id, name, locale, region, segments, email, phone, push, channels, opt_out, drill)
SELECT line, bad, id, name, locale, region, segments, email, phone, push, channels, opt_out, drill
FROM json_to_recordset(CAST(:rows AS json)) AS row (
    line INTEGER, bad INTEGER, id TEXT, name TEXT, locale TEXT, region TEXT, segments TEXT, email TEXT, phone TEXT,
    push TEXT, channels TEXT, opt_out TEXT, drill TEXT
);
