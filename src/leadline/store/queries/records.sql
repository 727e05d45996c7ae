-- The people, where the text does not depend on the catalogue.

-- name: take_writer
-- One writer of records per subscription: taken after the job row.
SELECT next_id FROM writer WHERE one = 1

-- name: leave_next_id
UPDATE writer SET next_id = :next_id WHERE one = 1

-- name: people_version
SELECT version FROM writer WHERE one = 1

-- name: note_change
-- Whoever looked records up ahead sees by this that they may have changed.
UPDATE writer SET version = version + 1 WHERE one = 1

-- name: any_lead
SELECT 1 AS found FROM lead LIMIT 1
