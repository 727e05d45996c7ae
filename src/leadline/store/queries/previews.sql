-- Previews: kept, claimed, finished, applied, expired; and the files that they and some jobs leave.

-- name: preview_columns
preview_id, kind, request, undoes, refuses_conflicts, client_id, credential, user_name, file_name, file_sha256, fingerprint,
header, upload, file_bytes, invalid_from, has_slashes, issue_bytes, status, token, attempt, result, message, batch_id,
created_at, finished_at

-- name: add_preview
INSERT INTO {schema}.preview (preview_id, kind, request, undoes, refuses_conflicts, client_id, credential, user_name, file_name,
                 file_sha256, fingerprint, header, upload, file_bytes, invalid_from, has_slashes, issue_bytes, status,
                 kept_bytes, created_at)
VALUES (:preview_id, :kind, :request, :undoes, :refuses_conflicts, :client_id, :credential, :user_name, :file_name,
        :file_sha256, :fingerprint, :header, :upload, :file_bytes, :invalid_from, :has_slashes, :issue_bytes, 'Queued',
        :file_bytes, :created_at)
RETURNING {preview_columns}

-- name: preview_by_id
SELECT {preview_columns} FROM {schema}.preview WHERE preview_id = :preview_id

-- name: claim_preview
-- The oldest one that waits, unless one is being made; the caller holds the lock of the queue.
UPDATE {schema}.preview SET status = 'Running', token = token + 1, attempt = attempt + 1, worker = :worker, heartbeat = 0
WHERE preview_id = (SELECT preview_id FROM {schema}.preview WHERE status = 'Queued' ORDER BY created_at, preview_id LIMIT 1)
  AND NOT EXISTS (SELECT 1 FROM {schema}.preview WHERE status = 'Running')
RETURNING {preview_columns}

-- name: claimed_previews
SELECT preview_id, token, attempt, worker, heartbeat FROM {schema}.preview WHERE status = 'Running'

-- name: beat_preview
UPDATE {schema}.preview SET heartbeat = heartbeat + 1
WHERE preview_id = :preview_id AND status = 'Running' AND token = :token
RETURNING preview_id

-- name: release_preview
-- A worker that stops hands the preview back: the attempt does not count.
UPDATE {schema}.preview SET status = 'Queued', worker = NULL, token = token + 1, attempt = attempt - 1
WHERE preview_id = :preview_id AND status = 'Running' AND token = :token
RETURNING preview_id

-- name: requeue_preview
UPDATE {schema}.preview SET status = 'Queued', worker = NULL, token = token + 1
WHERE preview_id = :preview_id AND status = 'Running' AND token = :token AND heartbeat = :heartbeat
RETURNING preview_id

-- name: finish_preview
UPDATE {schema}.preview SET status = :status, worker = NULL, result = :result, message = :message, version = :version,
               kept_bytes = file_bytes + :report_bytes,
               finished_at = CASE WHEN created_at > :now THEN created_at ELSE :now END
WHERE preview_id = :preview_id AND status = 'Running' AND token = :token
RETURNING preview_id

-- name: note_apply
UPDATE {schema}.preview SET batch_id = :batch_id WHERE preview_id = :preview_id

-- name: note_applied
UPDATE {schema}.preview SET status = 'Applied', batch_id = :batch_id WHERE preview_id = :preview_id AND status = 'Ready'

-- name: job_of_preview
SELECT batch_id, status, cancelled, refuses_conflicts, accepts_drift FROM {schema}.job WHERE applies = :preview_id
ORDER BY batch_id DESC LIMIT 1

-- name: previews_by_age
-- Those that still have something, newest first; one that an unfinished job applies goes last of all.
SELECT p.preview_id, p.kept_bytes, p.created_at,
       EXISTS (SELECT 1 FROM {schema}.job j WHERE j.applies = p.preview_id AND j.status IN ('Queued', 'Importing')) AS is_applied
FROM {schema}.preview p WHERE p.status <> 'Expired' AND p.kept_bytes >= 0 ORDER BY p.created_at DESC, p.preview_id DESC

-- name: expire_preview
-- Nothing of what was asked or found stays; one that was applied is told so as long as its line is there.
UPDATE {schema}.preview SET status = CASE WHEN status = 'Applied' THEN status ELSE 'Expired' END, token = token + 1, worker = NULL,
               file_name = NULL, header = NULL, upload = NULL, result = NULL, message = NULL, kept_bytes = -1
WHERE preview_id = :preview_id

-- name: delete_preview_file
-- One stays whose job is not done with it, or has kept it for the rows that it did not reach.
DELETE FROM {schema}.job_file WHERE upload = (SELECT upload FROM {schema}.preview WHERE preview_id = :preview_id)
  AND NOT EXISTS (SELECT 1 FROM {schema}.job j WHERE j.applies = :preview_id AND (j.status IN ('Queued', 'Importing')
                  OR EXISTS (SELECT 1 FROM {schema}.kept_upload_mark m WHERE m.batch_id = j.batch_id)))
RETURNING upload, part

-- name: unjudged_previews
SELECT preview_id, upload, request FROM {schema}.preview WHERE status IN ('Queued', 'Running') AND upload IS NOT NULL

-- name: any_preview_due
SELECT 1 AS found FROM {schema}.preview
WHERE (kept_bytes >= 0 AND created_at <= :expired_before) OR (kept_bytes < 0 AND created_at <= :created_before) LIMIT 1

-- name: delete_old_previews
DELETE FROM {schema}.preview WHERE created_at <= :created_before AND kept_bytes < 0

-- name: drop_unfinished_previews
DELETE FROM {schema}.preview WHERE status IN ('Queued', 'Running')

-- name: drop_all_previews
DELETE FROM {schema}.preview

-- name: add_report
INSERT INTO {schema}.report_file (owner, name, part, block) VALUES (:owner, :name, :part, :block)

-- name: report_parts
SELECT part FROM {schema}.report_file WHERE owner = :owner AND name = :name ORDER BY part

-- name: report_block
SELECT block FROM {schema}.report_file WHERE owner = :owner AND name = :name AND part = :part

-- name: change_report
UPDATE {schema}.report_file SET block = :block WHERE owner = :owner AND name = :name AND part = :part

-- name: add_report_marks
INSERT INTO {schema}.report_mark (bucket, owner, checksums) VALUES (:bucket, :owner, :checksums)

-- name: any_report_marks
SELECT 1 AS found FROM {schema}.report_mark LIMIT 1

-- name: report_marks
SELECT owner, checksums FROM {schema}.report_mark WHERE bucket = :bucket

-- name: owners_of_marks
SELECT DISTINCT owner FROM {schema}.report_mark

-- name: delete_report_marks
DELETE FROM {schema}.report_mark WHERE owner = :owner

-- name: delete_reports
DELETE FROM {schema}.report_file WHERE owner = :owner

-- name: delete_reports_named
DELETE FROM {schema}.report_file WHERE owner = :owner AND name = :name

-- name: drop_orphaned_reports
DELETE FROM {schema}.report_file WHERE owner NOT IN (SELECT preview_id FROM {schema}.preview)
  AND owner NOT IN (SELECT CAST(batch_id AS TEXT) FROM {schema}.job)

-- name: drop_orphaned_report_marks
DELETE FROM {schema}.report_mark WHERE owner NOT IN (SELECT preview_id FROM {schema}.preview)
  AND owner NOT IN (SELECT CAST(batch_id AS TEXT) FROM {schema}.job)
