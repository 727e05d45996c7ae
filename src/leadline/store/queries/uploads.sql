-- The uploaded bytes, in parts.

-- name: add_part
INSERT INTO job_file (batch_id, part, bytes) VALUES (:batch_id, :part, :bytes)

-- name: read_part
SELECT bytes FROM job_file WHERE batch_id = :batch_id AND part = :part

-- name: delete_parts
DELETE FROM job_file WHERE batch_id = :batch_id
