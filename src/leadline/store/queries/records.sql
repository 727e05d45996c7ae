-- The records, where the text does not depend on the catalogue.

-- name: take_writer
-- One writer of records per subscription: taken after the job row.
SELECT version, change_set FROM {schema}.writer WHERE one = 1

-- name: records_version
SELECT version FROM {schema}.writer WHERE one = 1

-- name: count_leads takes long
SELECT count(*) AS leads FROM {schema}.lead_often

-- name: end_write
-- A worker that has looked records up ahead sees by the version that they may have changed.
UPDATE {schema}.writer SET version = version + 1, change_set = :change_set WHERE one = 1

-- name: next_id
SELECT next_id FROM {schema}.counter WHERE name = :name

-- name: set_next_id
UPDATE {schema}.counter SET next_id = :next_id WHERE name = :name

-- name: add_counter
INSERT INTO {schema}.counter (name, next_id) VALUES (:name, 1)

-- name: delete_counter
DELETE FROM {schema}.counter WHERE name = :name
