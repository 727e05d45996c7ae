-- A subscription's settings: partitions, custom fields, lists, companies, sales persons.

-- name: begin_subscription
INSERT INTO meta (one, munchkin_id, next_batch) VALUES (1, :munchkin_id, 1001)

-- name: read_meta
SELECT munchkin_id, next_batch, catalog_version FROM meta WHERE one = 1

-- name: raise_catalog_version
UPDATE meta SET catalog_version = catalog_version + 1 WHERE one = 1

-- name: partitions
SELECT id, name FROM partition ORDER BY id

-- name: add_partition
INSERT INTO partition (id, name, k_name) VALUES (:id, :name, :k_name)

-- name: custom_fields
SELECT position, object_type, name, display_name, data_type, length, searchable
FROM custom_field WHERE object_type = :object_type ORDER BY position

-- name: add_custom_field
INSERT INTO custom_field (position, object_type, name, k_name, display_name, data_type, length, searchable)
SELECT coalesce(max(position), 0) + 1, :object_type, :name, :k_name, :display_name, :data_type, :length,
       :searchable
FROM custom_field

-- name: rename_custom_field
UPDATE custom_field SET display_name = :display_name WHERE object_type = :object_type AND k_name = :k_name

-- name: lists
SELECT id, name, description, created_at, updated_at FROM list ORDER BY id

-- name: list_by_id
SELECT id, name, description, created_at, updated_at FROM list WHERE id = :id

-- name: add_list
INSERT INTO list (id, name, k_name, description, created_at, updated_at)
VALUES (:id, :name, :k_name, :description, :now, :now)

-- name: change_list
UPDATE list SET name = :name, k_name = :k_name, description = :description, updated_at = :now WHERE id = :id

-- name: list_has
SELECT lead_id FROM list_member WHERE list_id = :list_id AND lead_id = :lead_id
