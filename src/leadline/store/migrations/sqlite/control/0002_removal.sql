-- Subscriptions that are being removed. The commit that adds a line here deletes that of the directory, and all who may
-- call; the store goes after it, and with the last of it the line.

CREATE TABLE removal (
    munchkin_id TEXT PRIMARY KEY,
    location    TEXT NOT NULL,          -- of the store that is to go
    begun_at    INTEGER NOT NULL
);
