-- Where SQLite lets one transaction write at a time, PostgreSQL needs row locks. Each is a
-- statement of its own: the next statement then sees what the lock waited for.

-- name: lock_queue
SELECT next_batch FROM {schema}.meta WHERE one = 1 FOR UPDATE

-- name: try_queue
SELECT next_batch FROM {schema}.meta WHERE one = 1 FOR UPDATE SKIP LOCKED

-- name: lock_job
SELECT {progress_columns} FROM {schema}.job WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token FOR UPDATE

-- name: lock_any_job
-- Waits for the chunk that a worker is writing.
SELECT {job_columns} FROM {schema}.job WHERE batch_id = :batch_id FOR UPDATE

-- name: lock_held
-- A worker inside a chunk holds the row: it runs, however old its heartbeat is.
SELECT batch_id FROM {schema}.job
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token AND heartbeat = :heartbeat
FOR UPDATE SKIP LOCKED

-- name: end_silent_holder
-- The connection of a worker that froze in the middle of a COPY or of a result, where no time limit of the
-- server applies.
SELECT pg_terminate_backend(a.pid) AS ended
FROM {schema}.job AS j, pg_stat_activity AS a
WHERE j.batch_id = :batch_id AND j.token = :token AND j.heartbeat = :heartbeat AND a.backend_xid = j.xmax
  AND a.state = 'active' AND a.wait_event IN ('ClientRead', 'ClientWrite')

-- name: forget_name_of_jobs
-- A chunk that holds its job waits for the writer row, which who erases has.
UPDATE {schema}.job SET file_name = NULL WHERE batch_id IN
    (SELECT batch_id FROM {schema}.job WHERE file_name = :file_name AND file_name LIKE '%@%' FOR UPDATE SKIP LOCKED)

-- name: take_writer
SELECT version, change_set FROM {schema}.writer WHERE one = 1 FOR UPDATE

-- name: lock_client
SELECT client_id FROM {schema}.credential WHERE client_id = :client_id FOR UPDATE

-- name: lock_subscription
SELECT own_limits, own_rules FROM {schema}.subscription WHERE munchkin_id = :munchkin_id FOR UPDATE

-- name: lock_removal
SELECT location FROM {schema}.removal WHERE munchkin_id = :munchkin_id FOR UPDATE
