-- Static lists, their members, and folders.

-- name: lists
SELECT l.id, l.name, l.description, l.created_at, l.updated_at, l.folder_id, l.folder_type, p.name AS program_name
FROM {schema}.list l LEFT JOIN {schema}.program p ON l.folder_type = 'Program' AND p.id = l.folder_id ORDER BY l.id

-- name: list_by_id
SELECT l.id, l.name, l.description, l.created_at, l.updated_at, l.folder_id, l.folder_type, p.name AS program_name
FROM {schema}.list l LEFT JOIN {schema}.program p ON l.folder_type = 'Program' AND p.id = l.folder_id WHERE l.id = :id

-- name: lists_by_name
SELECT l.id, l.name, l.description, l.created_at, l.updated_at, l.folder_id, l.folder_type, p.name AS program_name
FROM {schema}.list l LEFT JOIN {schema}.program p ON l.folder_type = 'Program' AND p.id = l.folder_id
WHERE l.k_name = :k_name ORDER BY l.id

-- name: list_by_path
SELECT id FROM {schema}.list WHERE k_path = :k_path

-- name: add_list
INSERT INTO {schema}.list (id, name, k_name, k_path, description, folder_type, folder_id, created_at, updated_at)
VALUES (:id, :name, :k_name, :k_path, :description, :folder_type, :folder_id, :now, :now)

-- name: change_list
UPDATE {schema}.list SET name = :name, k_name = :k_name, k_path = :k_path, description = :description,
                folder_type = :folder_type, folder_id = :folder_id, updated_at = :now
WHERE id = :id

-- name: delete_list takes long
DELETE FROM {schema}.list WHERE id = :id

-- name: list_members
SELECT lead_id AS id, list_id, added_at, changed FROM {schema}.list_member
WHERE list_id = :list_id AND lead_id > :after ORDER BY lead_id LIMIT :limit

-- name: lists_of_lead
SELECT list_id, added_at FROM {schema}.list_member
WHERE lead_id = :lead_id AND (:before = 0 OR list_id < :before) ORDER BY list_id DESC LIMIT :limit

-- name: folders
SELECT id, name, parent_id, created_at, updated_at FROM {schema}.folder ORDER BY id

-- name: list_memberships_of_lead
SELECT list_id, changed FROM {schema}.list_member WHERE lead_id = :lead_id ORDER BY list_id

-- name: ended_memberships_of_lead
SELECT object_type, within, record_id, changed FROM {schema}.ended_membership WHERE lead_id = :lead_id
ORDER BY object_type, within
