-- What SQLite's one writer gives for nothing, PostgreSQL gives by row locks. Each is a
-- statement of its own: the next statement then sees what the lock waited for.

-- name: lock_queue
SELECT next_batch FROM {schema}.meta WHERE one = 1 FOR UPDATE

-- name: try_queue
SELECT next_batch FROM {schema}.meta WHERE one = 1 FOR UPDATE SKIP LOCKED

-- name: lock_job
SELECT next_row FROM {schema}.job WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token FOR UPDATE

-- name: lock_held
-- A worker inside a chunk holds the row: it lives, however old its heartbeat is.
SELECT batch_id FROM {schema}.job
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token AND heartbeat = :heartbeat
FOR UPDATE SKIP LOCKED

-- name: end_silent_holder
-- Who froze in the middle of a COPY or of an answer: there no time limit of the server's strikes.
SELECT pg_terminate_backend(a.pid) AS ended
FROM {schema}.job AS j, pg_stat_activity AS a
WHERE j.batch_id = :batch_id AND j.token = :token AND j.heartbeat = :heartbeat AND a.backend_xid = j.xmax
  AND a.state = 'active' AND a.wait_event IN ('ClientRead', 'ClientWrite')

-- name: take_writer
SELECT version FROM {schema}.writer WHERE one = 1 FOR UPDATE

-- name: lock_client
SELECT client_id FROM {schema}.credential WHERE client_id = :client_id FOR UPDATE
