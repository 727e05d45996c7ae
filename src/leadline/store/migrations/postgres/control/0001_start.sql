-- The control store: where subscriptions live and who may call. Nothing that an
-- import's outcome depends on.

CREATE TABLE {schema}.schema_version (
    one         bigint PRIMARY KEY CHECK (one = 1),
    version     bigint NOT NULL,
    format      bigint NOT NULL     -- the tables that the first migration makes, as a number
);
INSERT INTO {schema}.schema_version (one, version, format) VALUES (1, 0, 0);

CREATE TABLE {schema}.subscription (
    munchkin_id text COLLATE "C" PRIMARY KEY,
    location    text NOT NULL,          -- as `store/location.py` writes it
    work_hint   bigint NOT NULL DEFAULT 0, -- rises when there is new work; losing one costs a sweep
    format      bigint NOT NULL,        -- of its store, when it was last opened: it need not be opened to be told
    version     bigint NOT NULL,        -- and its last migration
    own_limits  text NOT NULL, -- JSON objects of what its file sets; the rest is the server's
    own_rules   text NOT NULL,
    created_at  bigint NOT NULL
);

CREATE TABLE {schema}.credential (
    client_id       text COLLATE "C" PRIMARY KEY,
    munchkin_id     text COLLATE "C" NOT NULL REFERENCES {schema}.subscription (munchkin_id),
    name            text COLLATE "C" NOT NULL,
    user_name       text NOT NULL,      -- the token's scope
    permissions     text,               -- JSON list, null for all
    partitions      text,               -- JSON list of names, null for all
    UNIQUE (munchkin_id, name)
);

-- What a client proves itself with. Several may hold at a time, so that the next one works before the last one ends.
CREATE TABLE {schema}.secret (
    client_id   text COLLATE "C" NOT NULL REFERENCES {schema}.credential (client_id) ON DELETE CASCADE,
    number      bigint NOT NULL,        -- rises with each new one of the client
    secret_hash text NOT NULL,          -- sha256:… for generated secrets, scrypt:… for chosen ones
    created_at  bigint NOT NULL,
    ends_at     bigint,                 -- null for no end; no token and no session of it lives longer
    PRIMARY KEY (client_id, number)
);

-- A token is made anew from its client's secret whenever it is asked for; only its hash is kept. Each secret has a
-- series of its own.
CREATE TABLE {schema}.token (
    token_hash  text COLLATE "C" PRIMARY KEY,
    client_id   text COLLATE "C" NOT NULL,
    secret      bigint NOT NULL,        -- the number of the one that it was made from
    issue_no    bigint NOT NULL,
    nonce       text COLLATE "C" NOT NULL,
    expires_at  bigint NOT NULL,
    UNIQUE (client_id, secret, issue_no),
    FOREIGN KEY (client_id, secret) REFERENCES {schema}.secret (client_id, number) ON DELETE CASCADE
);

-- Who is logged into the console. Only the hash of what the browser's cookie says is kept.
CREATE TABLE {schema}.console_session (
    session_hash    text COLLATE "C" PRIMARY KEY,
    client_id       text COLLATE "C" NOT NULL,
    secret          bigint NOT NULL,    -- the number of the one that it was opened with
    opened_at       bigint NOT NULL,
    used_at         bigint NOT NULL,    -- written once a minute at most
    FOREIGN KEY (client_id, secret) REFERENCES {schema}.secret (client_id, number) ON DELETE CASCADE
);
CREATE INDEX console_session_secret ON {schema}.console_session (client_id, secret);

-- How many calls each user of a subscription made on a day, and how many answers were errors.

CREATE TABLE {schema}.call_count (
    munchkin_id text COLLATE "C" NOT NULL,
    day         text COLLATE "C" NOT NULL,          -- ISO date in US Central time
    user_name   text COLLATE "C" NOT NULL,
    calls       bigint NOT NULL,
    PRIMARY KEY (munchkin_id, day, user_name)
);

CREATE TABLE {schema}.error_count (
    munchkin_id text COLLATE "C" NOT NULL,
    day         text COLLATE "C" NOT NULL,
    code        text COLLATE "C" NOT NULL,
    calls       bigint NOT NULL,
    PRIMARY KEY (munchkin_id, day, code)
);
