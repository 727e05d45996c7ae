-- Labels that clients gave their files, where they may name a person: those with an @, which each table has an index of.

-- name: file_names_with_at
SELECT file_name FROM {schema}.job WHERE file_name LIKE '%@%'
UNION SELECT file_name FROM {schema}.change_set WHERE file_name LIKE '%@%'
UNION SELECT file_name FROM {schema}.preview WHERE file_name LIKE '%@%'
UNION SELECT file_name FROM {schema}.import_draft WHERE file_name LIKE '%@%'

-- name: forget_name_of_jobs
UPDATE {schema}.job SET file_name = NULL WHERE file_name = :file_name AND file_name LIKE '%@%'

-- name: forget_name_of_sets
UPDATE {schema}.change_set SET file_name = NULL WHERE file_name = :file_name AND file_name LIKE '%@%'

-- name: previews_of_name
SELECT preview_id FROM {schema}.preview WHERE file_name = :file_name AND file_name LIKE '%@%'

-- name: drafts_of_name
SELECT draft_id FROM {schema}.import_draft WHERE file_name = :file_name AND file_name LIKE '%@%'
