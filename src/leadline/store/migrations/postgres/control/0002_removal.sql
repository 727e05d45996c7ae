-- Subscriptions that are being removed. The commit that adds a line here deletes that of the directory, and all who may
-- call; the store goes after it, and with the last of it the line.

CREATE TABLE {schema}.removal (
    munchkin_id text COLLATE "C" PRIMARY KEY,
    location    text NOT NULL,          -- of the store that is to go
    begun_at    bigint NOT NULL
);
