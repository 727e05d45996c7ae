-- The control store: subscriptions that are being removed.

-- name: add_removal
INSERT INTO {schema}.removal (munchkin_id, location, begun_at) VALUES (:munchkin_id, :location, :now)

-- name: removals
SELECT munchkin_id, location, begun_at FROM {schema}.removal ORDER BY munchkin_id

-- name: lock_removal
-- A transaction that removes a part of the store holds its line.
SELECT location FROM {schema}.removal WHERE munchkin_id = :munchkin_id

-- name: end_removal
DELETE FROM {schema}.removal WHERE munchkin_id = :munchkin_id
