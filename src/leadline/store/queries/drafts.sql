-- Drafts of imports: files that wait for their columns to be mapped, and where columns went before.

-- name: draft_columns
draft_id, client_id, request, file_name, file_bytes, upload, survey, chosen, preview_id, created_at

-- name: add_draft
INSERT INTO {schema}.import_draft (draft_id, client_id, request, file_name, file_bytes, upload, survey, created_at)
VALUES (:draft_id, :client_id, :request, :file_name, :file_bytes, :upload, :survey, :created_at)

-- name: draft_by_id
SELECT {draft_columns} FROM {schema}.import_draft WHERE draft_id = :draft_id

-- name: drafts_by_age
SELECT draft_id, file_bytes, created_at FROM {schema}.import_draft ORDER BY created_at DESC, draft_id DESC

-- name: note_survey
UPDATE {schema}.import_draft SET survey = :survey, chosen = NULL, preview_id = NULL WHERE draft_id = :draft_id

-- name: note_chosen
UPDATE {schema}.import_draft SET chosen = :chosen, preview_id = :preview_id WHERE draft_id = :draft_id

-- name: delete_draft_file
DELETE FROM {schema}.job_file WHERE upload = (SELECT upload FROM {schema}.import_draft WHERE draft_id = :draft_id)
RETURNING upload, part

-- name: delete_draft
DELETE FROM {schema}.import_draft WHERE draft_id = :draft_id

-- name: any_draft_due
SELECT 1 AS found FROM {schema}.import_draft WHERE created_at <= :created_before LIMIT 1

-- name: drop_all_drafts
DELETE FROM {schema}.import_draft

-- name: put_mapping
INSERT INTO {schema}.column_mapping (header_hash, names, used_at) VALUES (:header_hash, :names, :used_at)
ON CONFLICT (header_hash) DO UPDATE SET names = excluded.names, used_at = excluded.used_at

-- name: mapping_of
SELECT names FROM {schema}.column_mapping WHERE header_hash = :header_hash

-- name: trim_mappings
DELETE FROM {schema}.column_mapping WHERE header_hash NOT IN (
    SELECT header_hash FROM {schema}.column_mapping ORDER BY used_at DESC, header_hash LIMIT :kept)

-- name: same_file
SELECT batch_id FROM {schema}.job WHERE file_sha256 = :sha256 AND object_type = :object_type AND batch_id <> :beside
ORDER BY batch_id DESC LIMIT 1
