-- Brakes: how fast each account was started, and accounts that are closed for a while

-- a row for each window (`per`, ms) of an account. next_at: when the next start is due, ns since 1970 (the shortest
-- window is spread evenly). used, reserve: {instant in ms: starts} as JSON. written_at: by the clock of whoever wrote it.
CREATE TABLE pace (
    account TEXT NOT NULL, per BIGINT NOT NULL,
    next_at BIGINT NOT NULL, used TEXT NOT NULL, reserve TEXT NOT NULL, written_at BIGINT NOT NULL,
    PRIMARY KEY (account, per)
);

-- an account that has failed. Without open_until it is not stopped yet: only its `failures` in a row are counted.
-- asked: the server named the time itself. prober, lease_until: who tries whether it is over.
CREATE TABLE breaker (
    account TEXT PRIMARY KEY,
    reason TEXT NOT NULL, code TEXT NOT NULL, words TEXT NOT NULL,
    failures INTEGER NOT NULL, trips INTEGER NOT NULL, asked INTEGER NOT NULL,
    since BIGINT, open_until BIGINT, prober TEXT NOT NULL, lease_until BIGINT, written_at BIGINT NOT NULL
);
