-- Counts that are added to: of a job by reason and column, of a day by kind and credential.

-- name: add_reasons
INSERT INTO {schema}.job_reason AS r (batch_id, kind, reason, column_name, rows, first_row)
SELECT :batch_id, g.value ->> 'kind', g.value ->> 'reason', g.value ->> 'column_name', g.value ->> 'rows',
       g.value ->> 'first_row'
FROM json_each(:groups) g WHERE true
ON CONFLICT (batch_id, kind, reason, column_name) DO UPDATE SET rows = r.rows + excluded.rows

-- name: reasons_of_job
SELECT kind, reason, column_name, rows, first_row FROM {schema}.job_reason WHERE batch_id = :batch_id
ORDER BY kind, rows DESC, first_row, reason, column_name

-- name: count_day
-- A job that has ended, in the transaction that ends it. An undo counts as such, without rows of an import.
INSERT INTO {schema}.job_day AS d (day, kind, credential, jobs, created, updated, unchanged, failed, file_bytes, seconds)
SELECT :day, CASE WHEN undoes IS NULL THEN object_type ELSE 'undo' END, credential, 1, created, updated, unchanged,
       failed, CASE WHEN undoes IS NULL THEN file_bytes ELSE 0 END, coalesce(finished_at - started_at, 0)
FROM {schema}.job WHERE batch_id = :batch_id
ON CONFLICT (day, kind, credential) DO UPDATE
SET jobs = d.jobs + 1, created = d.created + excluded.created, updated = d.updated + excluded.updated,
    unchanged = d.unchanged + excluded.unchanged, failed = d.failed + excluded.failed,
    file_bytes = d.file_bytes + excluded.file_bytes, seconds = d.seconds + excluded.seconds

-- name: days_since
SELECT day, kind, credential, jobs, created, updated, unchanged, failed, file_bytes, seconds FROM {schema}.job_day
WHERE day >= :since ORDER BY day DESC, kind, credential

-- name: any_day_before
SELECT 1 AS found FROM {schema}.job_day WHERE day < :before LIMIT 1

-- name: delete_days_before
DELETE FROM {schema}.job_day WHERE day < :before

-- name: drop_all_days
DELETE FROM {schema}.job_day
