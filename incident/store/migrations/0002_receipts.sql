-- What came back after acceptance. A receipt stands beside its delivery and changes nothing in it.
-- `source` is a hash of the report's identity: reading it twice writes nothing.
CREATE TABLE receipt (
    source TEXT PRIMARY KEY,
    broadcast INTEGER NOT NULL,
    delivery INTEGER NOT NULL,
    kind TEXT NOT NULL,
    permanent INTEGER NOT NULL,
    sure INTEGER NOT NULL,
    code TEXT NOT NULL,
    enhanced TEXT NOT NULL,
    words TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX receipt_delivery ON receipt (broadcast, delivery);
