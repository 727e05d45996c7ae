-- The records, where the text does not depend on the catalogue.

-- name: take_writer
-- One writer of records per subscription: taken after the job row.
SELECT version FROM writer WHERE one = 1

-- name: records_version
SELECT version FROM writer WHERE one = 1

-- name: note_change
-- Whoever looked records up ahead sees by this that they may have changed.
UPDATE writer SET version = version + 1 WHERE one = 1

-- name: next_id
SELECT next_id FROM counter WHERE name = :name

-- name: leave_next_id
UPDATE counter SET next_id = :next_id WHERE name = :name

-- name: add_counter
INSERT INTO counter (name, next_id) VALUES (:name, 1)

-- name: delete_counter
DELETE FROM counter WHERE name = :name
