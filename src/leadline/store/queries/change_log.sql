-- The change log: what each transaction changed, and what was before.

-- name: change_set_columns
number, at, kind, batch_id, first_row, request_id, client_id, credential, user_name, file_name, undoes

-- name: add_change_set
INSERT INTO {schema}.change_set
    (number, at, kind, batch_id, first_row, request_id, client_id, credential, user_name, undoes)
VALUES (:number, :at, :kind, :batch_id, :first_row, :request_id, :client_id, :credential, :user_name, :undoes)

-- name: name_file_of_set
-- The name is that of the job now: it is forgotten with a person whom it names. Citus takes no subquery among
-- VALUES, and an INSERT .. SELECT that compares with NULL inserts nothing there.
UPDATE {schema}.change_set SET file_name = (SELECT file_name FROM {schema}.job WHERE batch_id = :batch_id)
WHERE number = :number

-- name: add_change_part
INSERT INTO {schema}.change_part (set_number, object_type, part, first_id, last_id, rows, deleted, block)
VALUES (:set_number, :object_type, :part, :first_id, :last_id, :rows, :deleted, :block)

-- name: change_set
SELECT {change_set_columns} FROM {schema}.change_set WHERE number = :number

-- name: change_sets_of_job
SELECT {change_set_columns} FROM {schema}.change_set WHERE batch_id = :batch_id ORDER BY number

-- name: undoing_sets
SELECT number, undoes FROM {schema}.change_set WHERE undoes IS NOT NULL AND number > :number

-- name: first_change_set
SELECT {change_set_columns} FROM {schema}.change_set ORDER BY number LIMIT 1

-- name: parts_of_set
SELECT object_type, part, first_id, last_id, rows, deleted FROM {schema}.change_part
WHERE set_number = :set_number ORDER BY object_type, part

-- name: change_part
SELECT block FROM {schema}.change_part
WHERE set_number = :set_number AND object_type = :object_type AND part = :part

-- name: change_parts
SELECT part, block FROM {schema}.change_part
WHERE set_number = :set_number AND object_type = :object_type AND part BETWEEN :first AND :last ORDER BY part

-- name: parts_around
-- Of a set, the parts that may name an id between two.
SELECT part, first_id, last_id, block FROM {schema}.change_part
WHERE set_number = :set_number AND object_type = :object_type AND last_id >= :low AND first_id <= :high ORDER BY part

-- name: change_part_block
UPDATE {schema}.change_part SET block = :block, rows = :rows, deleted = :deleted, first_id = :first_id, last_id = :last_id
WHERE set_number = :set_number AND object_type = :object_type AND part = :part

-- name: parts_of_type takes long
SELECT set_number, part, first_id, last_id, rows, deleted FROM {schema}.change_part
WHERE object_type = :object_type ORDER BY set_number, part

-- name: drop_parts_of_type takes long
DELETE FROM {schema}.change_part WHERE object_type = :object_type

-- name: change_sets_of_no_job
-- Where the jobs go and their ids come again.
UPDATE {schema}.change_set SET kind = 'setup', batch_id = NULL, first_row = NULL WHERE batch_id IS NOT NULL

-- name: due_change_sets
SELECT number, at FROM {schema}.change_set ORDER BY number LIMIT :limit

-- name: delete_change_sets
DELETE FROM {schema}.change_set WHERE number <= :number

-- name: drop_ended_memberships
DELETE FROM {schema}.ended_membership WHERE changed <= :number

-- name: sets_with_parts_around
-- Some sets, each once with each of its parts that may name an id between two.
SELECT {change_set_columns}, p.block
FROM {schema}.change_set AS s JOIN {schema}.change_part AS p ON p.set_number = s.number
WHERE s.number BETWEEN :first_set AND :last_set AND p.object_type = :object_type
  AND p.last_id >= :low AND p.first_id <= :high

-- name: first_change_set_since
SELECT number FROM {schema}.change_set WHERE at >= :instant ORDER BY number LIMIT 1

-- name: last_change_set
SELECT change_set FROM {schema}.writer

-- name: parts_of_type_from
SELECT s.at, p.set_number, p.object_type, p.part, p.first_id, p.last_id, p.rows, p.deleted
FROM {schema}.change_part AS p JOIN {schema}.change_set AS s ON s.number = p.set_number
WHERE p.set_number >= :set_number AND p.object_type = :object_type ORDER BY p.set_number, p.part LIMIT :limit

-- name: parts_with_deletions_from
SELECT s.at, p.set_number, p.object_type, p.part, p.first_id, p.last_id, p.rows, p.deleted
FROM {schema}.change_part AS p JOIN {schema}.change_set AS s ON s.number = p.set_number
WHERE p.set_number >= :set_number AND p.object_type = :object_type AND p.deleted > 0
ORDER BY p.set_number, p.part LIMIT :limit

-- name: deletions_around
-- The parts with deletions that may name an id, the newest first.
SELECT {change_set_columns}, p.block
FROM {schema}.change_part AS p JOIN {schema}.change_set AS s ON s.number = p.set_number
WHERE p.deleted > 0 AND p.object_type = :object_type AND p.first_id <= :id AND p.last_id >= :id
ORDER BY p.set_number DESC
