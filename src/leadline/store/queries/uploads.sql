-- The uploaded bytes, in parts. They are kept before their job has its number, so that
-- no transaction waits for the queue while a large file is stored. Part -1 says that all of
-- them are in a file instead, and how many there are.

-- name: add_part
INSERT INTO {schema}.job_file (upload, part, bytes) VALUES (:upload, :part, :bytes)

-- name: read_part
SELECT f.upload, f.part, f.bytes FROM {schema}.job j JOIN {schema}.job_file f ON f.upload = j.upload
WHERE j.batch_id = :batch_id AND f.part IN (-1, :part)

-- name: read_part_of_upload
SELECT upload, part, bytes FROM {schema}.job_file WHERE upload = :upload AND part IN (-1, :part)

-- name: has_upload
SELECT 1 AS found FROM {schema}.job_file WHERE upload = :upload LIMIT 1

-- name: uploads_in_files
SELECT upload, bytes FROM {schema}.job_file WHERE part = -1 ORDER BY upload

-- name: delete_line_of_file
DELETE FROM {schema}.job_file WHERE upload = :upload AND part = -1

-- name: delete_parts
-- A file that a preview still has stays with it.
DELETE FROM {schema}.job_file WHERE upload = (SELECT upload FROM {schema}.job WHERE batch_id = :batch_id)
  AND upload NOT IN (SELECT upload FROM {schema}.preview WHERE upload IS NOT NULL) RETURNING upload, part

-- name: expired_uploads
SELECT j.batch_id FROM {schema}.job j WHERE j.created_at <= :created_before AND j.status = 'Failed'
  AND EXISTS (SELECT 1 FROM {schema}.job_file f WHERE f.upload = j.upload)
  AND j.upload NOT IN (SELECT upload FROM {schema}.preview WHERE upload IS NOT NULL)

-- name: delete_upload_marks
DELETE FROM {schema}.kept_upload_mark WHERE batch_id = :batch_id

-- name: any_upload_mark
SELECT 1 AS found FROM {schema}.kept_upload_mark LIMIT 1

-- name: drop_orphaned_uploads
DELETE FROM {schema}.job_file WHERE upload NOT IN (SELECT upload FROM {schema}.job)
  AND upload NOT IN (SELECT upload FROM {schema}.preview WHERE upload IS NOT NULL)

-- name: drop_orphaned_upload_marks
DELETE FROM {schema}.kept_upload_mark WHERE batch_id NOT IN (SELECT batch_id FROM {schema}.job)
