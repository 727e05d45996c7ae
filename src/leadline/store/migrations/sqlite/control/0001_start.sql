-- The control store: where subscriptions live and who may call. Nothing that an
-- import's outcome depends on.

CREATE TABLE subscription (
    munchkin_id TEXT PRIMARY KEY,
    location    TEXT NOT NULL,          -- as `store/location.py` writes it
    work_hint   INTEGER NOT NULL DEFAULT 0, -- rises when there is new work; losing one costs a sweep
    format      INTEGER NOT NULL,        -- of its store, when it was last opened: it need not be opened to be told
    version     INTEGER NOT NULL,        -- and its last migration
    own_limits  TEXT NOT NULL, -- JSON objects of what its file sets; the rest is the server's
    own_rules   TEXT NOT NULL,
    created_at  INTEGER NOT NULL
);

CREATE TABLE credential (
    client_id       TEXT PRIMARY KEY,
    munchkin_id     TEXT NOT NULL REFERENCES subscription (munchkin_id),
    name            TEXT NOT NULL,
    user_name       TEXT NOT NULL,      -- the token's scope
    permissions     TEXT,               -- JSON list, null for all
    partitions      TEXT,               -- JSON list of names, null for all
    UNIQUE (munchkin_id, name)
);

-- What a client proves itself with. Several may hold at a time, so that the next one works before the last one ends.
CREATE TABLE secret (
    client_id   TEXT NOT NULL REFERENCES credential (client_id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,        -- rises with each new one of the client
    secret_hash TEXT NOT NULL,          -- sha256:… for generated secrets, scrypt:… for chosen ones
    created_at  INTEGER NOT NULL,
    ends_at     INTEGER,                 -- null for no end; no token and no session of it lives longer
    PRIMARY KEY (client_id, number)
);

-- A token is made anew from its client's secret whenever it is asked for; only its hash is kept. Each secret has a
-- series of its own.
CREATE TABLE token (
    token_hash  TEXT PRIMARY KEY,
    client_id   TEXT NOT NULL,
    secret      INTEGER NOT NULL,        -- the number of the one that it was made from
    issue_no    INTEGER NOT NULL,
    nonce       TEXT NOT NULL,
    expires_at  INTEGER NOT NULL,
    UNIQUE (client_id, secret, issue_no),
    FOREIGN KEY (client_id, secret) REFERENCES secret (client_id, number) ON DELETE CASCADE
);

-- Who is logged into the console. Only the hash of what the browser's cookie says is kept.
CREATE TABLE console_session (
    session_hash    TEXT PRIMARY KEY,
    client_id       TEXT NOT NULL,
    secret          INTEGER NOT NULL,    -- the number of the one that it was opened with
    opened_at       INTEGER NOT NULL,
    used_at         INTEGER NOT NULL,    -- written once a minute at most
    FOREIGN KEY (client_id, secret) REFERENCES secret (client_id, number) ON DELETE CASCADE
);
CREATE INDEX console_session_secret ON console_session (client_id, secret);

-- How many calls each user of a subscription made on a day, and how many answers were errors.

CREATE TABLE call_count (
    munchkin_id TEXT NOT NULL,
    day         TEXT NOT NULL,          -- ISO date in US Central time
    user_name   TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    PRIMARY KEY (munchkin_id, day, user_name)
);

CREATE TABLE error_count (
    munchkin_id TEXT NOT NULL,
    day         TEXT NOT NULL,
    code        TEXT NOT NULL,
    calls       INTEGER NOT NULL,
    PRIMARY KEY (munchkin_id, day, code)
);
