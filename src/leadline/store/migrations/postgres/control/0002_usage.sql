-- How many calls each user of a subscription made on a day, and how many answers were errors.

CREATE TABLE call_count (
    munchkin_id text COLLATE "C" NOT NULL,
    day         text COLLATE "C" NOT NULL,          -- ISO date in US Central time
    user_name   text COLLATE "C" NOT NULL,
    calls       bigint NOT NULL,
    PRIMARY KEY (munchkin_id, day, user_name)
);

CREATE TABLE error_count (
    munchkin_id text COLLATE "C" NOT NULL,
    day         text COLLATE "C" NOT NULL,
    code        text COLLATE "C" NOT NULL,
    calls       bigint NOT NULL,
    PRIMARY KEY (munchkin_id, day, code)
);
