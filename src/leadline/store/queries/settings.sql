-- A subscription's settings: partitions, custom fields, definitions of custom objects.

-- name: begin_subscription
INSERT INTO {schema}.meta (one, munchkin_id, next_batch) VALUES (1, :munchkin_id, 1001)

-- name: name_store
UPDATE {schema}.meta SET munchkin_id = :munchkin_id, guid_seed = :guid_seed WHERE one = 1

-- name: guid_seed
SELECT guid_seed FROM {schema}.meta WHERE one = 1

-- name: read_meta
SELECT munchkin_id, next_batch FROM {schema}.meta WHERE one = 1

-- name: fields_version
SELECT fields_version FROM {schema}.meta WHERE one = 1

-- name: change_fields_version
UPDATE {schema}.meta SET fields_version = :version WHERE one = 1

-- name: partitions
SELECT id, name FROM {schema}.partition ORDER BY id

-- name: add_partition
INSERT INTO {schema}.partition (id, name, k_name) VALUES (:id, :name, :k_name)

-- name: custom_fields
-- One statement reads the version too, so that it is the version of these fields.
SELECT m.fields_version, f.name, f.display_name, f.data_type, f.length, f.searchable, f.hidden, f.by_api
FROM {schema}.meta m LEFT JOIN {schema}.custom_field f ON f.object_type = :object_type
WHERE m.one = 1 ORDER BY f.position

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
