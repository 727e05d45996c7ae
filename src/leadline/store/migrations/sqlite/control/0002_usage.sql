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
