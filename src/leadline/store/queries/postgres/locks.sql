-- What SQLite's one writer gives for nothing, PostgreSQL gives by row locks. Each is a
-- statement of its own: the next statement then sees what the lock waited for.

-- name: lock_queue
SELECT next_batch FROM meta WHERE one = 1 FOR UPDATE

-- name: try_queue
SELECT next_batch FROM meta WHERE one = 1 FOR UPDATE SKIP LOCKED

-- name: lock_job
SELECT next_row FROM job WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token FOR UPDATE

-- name: lock_held
-- A worker inside a chunk holds the row: it lives, however old its heartbeat is.
SELECT batch_id FROM job
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token AND heartbeat = :heartbeat
FOR UPDATE SKIP LOCKED

-- name: take_writer
SELECT version FROM writer WHERE one = 1 FOR UPDATE

-- name: lock_client
SELECT client_id FROM credential WHERE client_id = :client_id FOR UPDATE
