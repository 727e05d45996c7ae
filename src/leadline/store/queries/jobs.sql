-- The queue: admit, claim, advance, release, rescue, finish, purge. Columns are named one by one: a
-- prepared `*` fails for good when an upgrade adds a column under a node that goes on.

-- name: job_columns
batch_id, object_type, format, lookup_field, list_id, program_id, program_status, rules, partition_id, partition_fixed,
open_partitions, status, token, attempt, file_bytes, invalid_from, has_slashes, done_bytes, next_row, processed, failed, warned, created,
updated, unchanged, issue_bytes_left, unlisted_failures, unlisted_warnings, day_first, client_id, credential, user_name, file_name,
file_sha256, fingerprint, undoes, refuses_conflicts, applies, accepts_drift, cancelled, reverted, partly, kept, deleted, gone, rescued,
created_at, started_at, finished_at, message

-- name: progress_columns
-- Those that change between the claim of a job and its end: all take three times as long to be read.
status, attempt, done_bytes, next_row, processed, failed, warned, created, updated, unchanged, issue_bytes_left,
unlisted_failures, unlisted_warnings, day_first, cancelled, reverted, partly, kept, deleted, gone, finished_at, message

-- name: relation_columns
-- What other rows say of a job; of a file that it has in common with one that is answered no longer, nothing.
(SELECT max(s.batch_id) FROM {schema}.job s WHERE s.file_sha256 = job.file_sha256 AND s.object_type = job.object_type
     AND s.batch_id < job.batch_id AND s.created_at > :created_after) AS same_file_as,
(SELECT max(u.batch_id) FROM {schema}.job u WHERE u.undoes = job.batch_id AND u.status = 'Complete') AS undone_by,
EXISTS (SELECT 1 FROM {schema}.change_set c WHERE c.batch_id = job.batch_id) AS changed_records

-- name: lock_queue
-- The lock of the subscription's queue: a transaction that admits or claims a job holds it.
SELECT next_batch FROM {schema}.meta WHERE one = 1

-- name: try_queue
-- The same lock for a worker, which looks for work in another subscription when it is taken.
SELECT next_batch FROM {schema}.meta WHERE one = 1

-- name: taken_seats
-- A statement of its own after the lock, so that it sees what the lock waited for.
SELECT seat FROM {schema}.job WHERE queue = :queue AND status IN ('Queued', 'Importing') AND seat IS NOT NULL

-- name: taken_slots
SELECT slot FROM {schema}.job WHERE queue = :queue AND status = 'Importing'

-- name: list_is_busy
SELECT 1 AS busy FROM {schema}.job WHERE list_id = :list_id AND status IN ('Queued', 'Importing') LIMIT 1

-- name: object_is_busy
SELECT 1 AS busy FROM {schema}.job WHERE object_type = :object_type AND status IN ('Queued', 'Importing') LIMIT 1

-- name: take_batch_id
UPDATE {schema}.meta SET next_batch = next_batch + 1 WHERE one = 1

-- name: add_job
INSERT INTO {schema}.job (batch_id, object_type, format, lookup_field, list_id, partition_id, partition_fixed,
                 open_partitions, queue, program_id, program_status, rules, header, upload, status, seat, file_bytes,
                 issue_bytes_left, invalid_from, has_slashes, client_id, credential, user_name, file_name, file_sha256,
                 fingerprint, undoes, refuses_conflicts, applies, accepts_drift, token, created_at)
VALUES (:batch_id, :object_type, :format, :lookup_field, :list_id, :partition_id, :partition_fixed,
        :open_partitions, :queue, :program_id, :program_status, :rules, :header, :upload, 'Queued', :seat, :file_bytes,
        :issue_bytes_left, :invalid_from, :has_slashes, :client_id, :credential, :user_name, :file_name, :file_sha256,
        :fingerprint, :undoes, :refuses_conflicts, :applies, :accepts_drift, :token, :created_at)

-- name: job_by_id
SELECT {job_columns} FROM {schema}.job WHERE batch_id = :batch_id AND created_at > :created_after

-- name: shown_job
SELECT {job_columns}, {relation_columns} FROM {schema}.job WHERE batch_id = :batch_id AND created_at > :created_after

-- name: shown_jobs
SELECT {job_columns}, {relation_columns} FROM {schema}.job
WHERE created_at > :created_after AND batch_id < :before AND status = coalesce(:status, status)
  AND lower(object_type) = lower(coalesce(:object_type, object_type)) AND user_name = coalesce(:user_name, user_name)
  AND coalesce(list_id, 0) = coalesce(:list_id, list_id, 0) AND failed >= :failed_min
  AND (:undone = 0 OR EXISTS (SELECT 1 FROM {schema}.job u WHERE u.undoes = job.batch_id AND u.status = 'Complete'))
  AND (object_type = 'lead' AND :lead = 1 OR object_type = 'program_member' AND :program_member = 1
       OR object_type NOT IN ('lead', 'program_member') AND :custom_object = 1)
ORDER BY batch_id DESC LIMIT :limit

-- name: job_groups
-- One look at all jobs counts each tab of a list of them, and finds what they may be filtered by.
SELECT object_type, user_name, list_id, status, CASE WHEN failed > 0 THEN 1 ELSE 0 END AS with_failures,
       CASE WHEN u.undoes IS NULL THEN 0 ELSE 1 END AS undone, count(*) AS jobs
FROM {schema}.job LEFT JOIN (SELECT DISTINCT undoes FROM {schema}.job WHERE undoes IS NOT NULL AND status = 'Complete') u
     ON u.undoes = job.batch_id
WHERE created_at > :created_after
GROUP BY object_type, user_name, list_id, status, CASE WHEN failed > 0 THEN 1 ELSE 0 END,
         CASE WHEN u.undoes IS NULL THEN 0 ELSE 1 END

-- name: same_request
-- A job that has done, or is to do, the same; one that failed or was taken back has not.
SELECT j.batch_id FROM {schema}.job j
WHERE j.file_sha256 = :file_sha256 AND j.fingerprint = :fingerprint AND j.status <> 'Failed'
  AND NOT EXISTS (SELECT 1 FROM {schema}.job u WHERE u.undoes = j.batch_id AND u.status = 'Complete')
ORDER BY j.batch_id DESC LIMIT 1

-- name: later_jobs_with_unchanged
SELECT {job_columns} FROM {schema}.job
WHERE batch_id > :batch_id AND object_type = :object_type AND unchanged > 0 ORDER BY batch_id DESC LIMIT :limit

-- name: undos_of_job
SELECT {job_columns} FROM {schema}.job WHERE undoes = :batch_id ORDER BY batch_id DESC

-- name: unfinished_jobs
SELECT {job_columns} FROM {schema}.job WHERE status IN ('Queued', 'Importing') ORDER BY batch_id

-- name: header_of_job
SELECT header FROM {schema}.job WHERE batch_id = :batch_id

-- name: miscounted_jobs
SELECT batch_id, processed, failed, next_row FROM {schema}.job WHERE processed + failed <> next_row - 1
ORDER BY batch_id

-- name: jobs_newest_first
SELECT {job_columns} FROM {schema}.job WHERE created_at > :created_after AND batch_id < :before
ORDER BY batch_id DESC LIMIT :limit

-- name: count_by_status
SELECT status, count(*) AS jobs FROM {schema}.job GROUP BY status

-- name: jobs_now
-- What an index has of each job, and of the few that have not ended more.
SELECT status, count(*) AS jobs,
       (SELECT min(created_at) FROM {schema}.job WHERE status = 'Queued') AS oldest_queued_at,
       (SELECT CAST(coalesce(sum(file_bytes), 0) AS bigint) FROM {schema}.job WHERE status IN ('Queued', 'Importing')) AS upload_bytes
FROM {schema}.job GROUP BY status

-- name: unfinished
-- What a worker that looks at a store is to ask further; most often it is one of these or none.
SELECT CASE WHEN EXISTS (SELECT 1 FROM {schema}.job WHERE status = 'Queued') THEN 1 ELSE 0 END AS jobs_wait,
       CASE WHEN EXISTS (SELECT 1 FROM {schema}.job WHERE status = 'Importing') THEN 1 ELSE 0 END AS jobs_are_held,
       CASE WHEN EXISTS (SELECT 1 FROM {schema}.preview WHERE status = 'Queued') THEN 1 ELSE 0 END AS previews_wait,
       CASE WHEN EXISTS (SELECT 1 FROM {schema}.preview WHERE status = 'Running') THEN 1 ELSE 0 END AS previews_are_held

-- name: oldest_queued
-- Of each queue that waits.
SELECT queue, min(batch_id) AS batch_id FROM {schema}.job WHERE status = 'Queued' GROUP BY queue ORDER BY min(batch_id)

-- name: queued_in_order
-- All that wait, where something else than their age says which may be taken.
SELECT queue, batch_id FROM {schema}.job WHERE status = 'Queued' ORDER BY batch_id

-- name: claim_job
UPDATE {schema}.job SET status = 'Importing', slot = :slot, token = token + 1, attempt = attempt + 1,
               worker = :worker, heartbeat = 0,
               started_at = coalesce(started_at, CASE WHEN created_at > :now THEN created_at ELSE :now END)
WHERE batch_id = :batch_id AND status = 'Queued'
RETURNING {job_columns}

-- name: lock_job
-- First statement of each chunk: without this row the job belongs to another worker.
SELECT {progress_columns} FROM {schema}.job WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token

-- name: advance_job
-- Tries are counted for each chunk: a file whose chunks are written does no harm to workers. The table refuses
-- counts that are not those of the rows that were read.
UPDATE {schema}.job SET done_bytes = :done_bytes, next_row = :next_row, day_first = :day_first, heartbeat = heartbeat + 1, attempt = 1,
               processed = processed + :created + :updated + :unchanged, failed = failed + :failed,
               warned = warned + :warned, created = created + :created, updated = updated + :updated,
               unchanged = unchanged + :unchanged, issue_bytes_left = :issue_bytes_left,
               unlisted_failures = unlisted_failures + :unlisted_failures,
               unlisted_warnings = unlisted_warnings + :unlisted_warnings
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token
RETURNING {progress_columns}

-- name: advance_undo
-- The same for an undo, whose chunks are the change sets of the job that it takes back.
UPDATE {schema}.job SET done_bytes = :sets_done, next_row = next_row + :rows, heartbeat = heartbeat + 1, attempt = 1,
               processed = processed + :rows, reverted = reverted + :reverted, partly = partly + :partly,
               kept = kept + :kept, deleted = deleted + :deleted, gone = gone + :gone
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token
RETURNING {progress_columns}

-- name: finish_job
-- The clock may have been set back meanwhile: no job ends before it began.
UPDATE {schema}.job SET status = :status, seat = NULL, slot = NULL, worker = NULL, message = :message,
               finished_at = CASE WHEN started_at > :now THEN started_at ELSE :now END
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token
RETURNING {progress_columns}

-- name: lock_any_job
SELECT {job_columns} FROM {schema}.job WHERE batch_id = :batch_id

-- name: cancel_job
-- The token is raised: whoever has the job has lost it.
UPDATE {schema}.job SET status = 'Failed', cancelled = 1, seat = NULL, slot = NULL, worker = NULL, token = token + 1,
               message = :message,
               finished_at = CASE WHEN coalesce(started_at, created_at) > :now THEN coalesce(started_at, created_at)
                                  ELSE :now END
WHERE batch_id = :batch_id AND status IN ('Queued', 'Importing')
RETURNING {job_columns}

-- name: release_job
-- A worker that stops hands the job back: the attempt does not count.
UPDATE {schema}.job SET status = 'Queued', slot = NULL, worker = NULL, token = token + 1, attempt = attempt - 1
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token
RETURNING batch_id

-- name: claimed_jobs
SELECT batch_id, token, attempt, worker, heartbeat, undoes, applies FROM {schema}.job WHERE status = 'Importing'

-- name: lock_held
-- The job of a worker that has ended, as it was when that was found.
SELECT batch_id FROM {schema}.job
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token AND heartbeat = :heartbeat

-- name: end_silent_holder
-- An SQLite file has no server connections to end; the server replaces a frozen worker.
SELECT 0 AS ended WHERE 1 = 0

-- name: job_with_token
SELECT {job_columns} FROM {schema}.job
WHERE batch_id = :batch_id AND token = :token AND status IN ('Importing', 'Complete', 'Failed')

-- name: requeue_job
UPDATE {schema}.job SET status = 'Queued', slot = NULL, worker = NULL, token = token + 1, rescued = rescued + 1
WHERE batch_id = :batch_id AND status = 'Importing' AND token = :token
RETURNING batch_id

-- name: expired_jobs
-- A job stays as long as the log knows what it changed.
SELECT batch_id FROM {schema}.job j WHERE created_at <= :created_before AND status IN ('Complete', 'Failed')
AND created_at <= coalesce((SELECT at FROM {schema}.change_set ORDER BY number LIMIT 1), :created_before)
AND NOT EXISTS (SELECT 1 FROM {schema}.change_set c WHERE c.batch_id = j.batch_id)
ORDER BY created_at LIMIT :limit

-- name: drop_unfinished_jobs
DELETE FROM {schema}.job WHERE status IN ('Queued', 'Importing')

-- name: drop_all_jobs
DELETE FROM {schema}.job

-- name: begin_batch_ids
UPDATE {schema}.meta SET next_batch = 1001 WHERE one = 1

-- name: delete_job
DELETE FROM {schema}.job WHERE batch_id = :batch_id
