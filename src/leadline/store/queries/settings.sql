-- A subscription's settings: partitions, custom fields, definitions of custom objects.

-- name: begin_subscription
INSERT INTO {schema}.meta (one, munchkin_id, next_batch) VALUES (1, :munchkin_id, 1001)

-- name: read_meta
SELECT munchkin_id, next_batch, catalog_version FROM {schema}.meta WHERE one = 1

-- name: raise_catalog_version
UPDATE {schema}.meta SET catalog_version = catalog_version + 1 WHERE one = 1

-- name: partitions
SELECT id, name FROM {schema}.partition ORDER BY id

-- name: add_partition
INSERT INTO {schema}.partition (id, name, k_name) VALUES (:id, :name, :k_name)

-- name: custom_fields
SELECT position, name, display_name, data_type, length, searchable, hidden, by_api
FROM {schema}.custom_field WHERE object_type = :object_type ORDER BY position

-- name: add_custom_field
INSERT INTO {schema}.custom_field (position, object_type, name, k_name, display_name, data_type, length, searchable,
                          hidden, by_api)
SELECT coalesce(max(position), 0) + 1, :object_type, :name, :k_name, :display_name, :data_type, :length,
       :searchable, :hidden, :by_api
FROM {schema}.custom_field

-- name: change_custom_field
UPDATE {schema}.custom_field SET display_name = :display_name, hidden = :hidden
WHERE object_type = :object_type AND k_name = :k_name

-- name: field_settings
SELECT k_name, description, html_in_email, sensitive FROM {schema}.field_setting WHERE object_type = :object_type

-- name: put_field_settings
INSERT INTO {schema}.field_setting (object_type, k_name, description, html_in_email, sensitive)
VALUES (:object_type, :k_name, :description, :html_in_email, :sensitive)
ON CONFLICT (object_type, k_name) DO UPDATE
SET description = excluded.description, html_in_email = excluded.html_in_email, sensitive = excluded.sensitive

-- name: custom_objects
SELECT number, approved, draft, created_at, updated_at, added_fields FROM {schema}.custom_object ORDER BY number

-- name: add_custom_object
INSERT INTO {schema}.custom_object (number, k_name, approved, draft, created_at, updated_at)
VALUES (:number, :k_name, :approved, :draft, :now, :now)

-- name: change_custom_object
UPDATE {schema}.custom_object SET k_name = :k_name, approved = :approved, draft = :draft, created_at = :created_at,
       updated_at = :updated_at, added_fields = :added_fields
WHERE number = :number

-- name: delete_custom_object
DELETE FROM {schema}.custom_object WHERE number = :number
