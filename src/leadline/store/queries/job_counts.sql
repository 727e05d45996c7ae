-- Counts that are added to: of a job by reason and column, of an hour by kind and credential.

-- name: add_reasons
INSERT INTO {schema}.job_reason AS r (batch_id, kind, reason, column_name, rows, first_row)
SELECT :batch_id, g.value ->> 'kind', g.value ->> 'reason', g.value ->> 'column_name', g.value ->> 'rows',
       g.value ->> 'first_row'
FROM json_each(:groups) g WHERE true
ON CONFLICT (batch_id, kind, reason, column_name) DO UPDATE SET rows = r.rows + excluded.rows

-- name: reasons_of_job
SELECT kind, reason, column_name, rows, first_row FROM {schema}.job_reason WHERE batch_id = :batch_id
ORDER BY kind, rows DESC, first_row, reason, column_name

-- name: count_hour
-- A job that has ended, in the transaction that ends it. An undo counts as such, without rows of an import.
INSERT INTO {schema}.job_hour AS h (hour, kind, credential, jobs, created, updated, unchanged, failed, file_bytes, seconds)
SELECT :hour, CASE WHEN undoes IS NULL THEN object_type ELSE 'undo' END, credential, 1, created, updated, unchanged,
       failed, CASE WHEN undoes IS NULL THEN file_bytes ELSE 0 END, coalesce(finished_at - started_at, 0)
FROM {schema}.job WHERE batch_id = :batch_id
ON CONFLICT (hour, kind, credential) DO UPDATE
SET jobs = h.jobs + 1, created = h.created + excluded.created, updated = h.updated + excluded.updated,
    unchanged = h.unchanged + excluded.unchanged, failed = h.failed + excluded.failed,
    file_bytes = h.file_bytes + excluded.file_bytes, seconds = h.seconds + excluded.seconds

-- name: days_since
SELECT substr(hour, 1, 10) AS day, {hour_sum_columns} FROM {schema}.job_hour
WHERE hour >= :since GROUP BY substr(hour, 1, 10), kind, credential ORDER BY day DESC, kind, credential

-- name: hours_since
SELECT hour, {hour_sum_columns} FROM {schema}.job_hour
WHERE hour >= :since GROUP BY hour, kind, credential ORDER BY hour DESC, kind, credential

-- name: hour_sum_columns
-- A sum of PostgreSQL has no limit, and so another type.
kind, credential, CAST(sum(jobs) AS bigint) AS jobs, CAST(sum(created) AS bigint) AS created,
CAST(sum(updated) AS bigint) AS updated, CAST(sum(unchanged) AS bigint) AS unchanged, CAST(sum(failed) AS bigint) AS failed,
CAST(sum(file_bytes) AS bigint) AS file_bytes, CAST(sum(seconds) AS bigint) AS seconds

-- name: any_hour_before
SELECT 1 AS found FROM {schema}.job_hour WHERE hour < :before LIMIT 1

-- name: delete_hours_before
DELETE FROM {schema}.job_hour WHERE hour < :before

-- name: drop_all_hours
DELETE FROM {schema}.job_hour
