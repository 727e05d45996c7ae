-- Channels with their statuses, and programs.

-- name: channels
SELECT id, name, program_type, created_at, updated_at FROM {schema}.channel ORDER BY id

-- name: channel_statuses
SELECT channel_id, name, description, step, success FROM {schema}.channel_status ORDER BY channel_id, step, k_name

-- name: add_channel
INSERT INTO {schema}.channel (id, name, k_name, program_type, created_at, updated_at)
VALUES (:id, :name, :k_name, :program_type, :now, :now)

-- name: touch_channel
UPDATE {schema}.channel SET updated_at = :now WHERE id = :id

-- name: add_channel_status
INSERT INTO {schema}.channel_status (channel_id, k_name, name, description, step, success)
VALUES (:channel_id, :k_name, :name, :description, :step, :success)

-- name: change_channel_status
UPDATE {schema}.channel_status SET name = :name, description = :description, step = :step, success = :success
WHERE channel_id = :channel_id AND k_name = :k_name

-- name: programs
SELECT p.id, p.name, p.description, p.program_type, p.channel_id, p.folder_id, p.tags, p.costs,
       p.created_at, p.updated_at, c.name AS channel
FROM {schema}.program p JOIN {schema}.channel c ON c.id = p.channel_id ORDER BY p.id

-- name: program_by_id
SELECT p.id, p.name, p.description, p.program_type, p.channel_id, p.folder_id, p.tags, p.costs,
       p.created_at, p.updated_at, c.name AS channel
FROM {schema}.program p JOIN {schema}.channel c ON c.id = p.channel_id WHERE p.id = :id

-- name: program_by_name
SELECT p.id, p.name, p.description, p.program_type, p.channel_id, p.folder_id, p.tags, p.costs,
       p.created_at, p.updated_at, c.name AS channel
FROM {schema}.program p JOIN {schema}.channel c ON c.id = p.channel_id WHERE p.k_name = :k_name

-- name: add_program
INSERT INTO {schema}.program (id, name, k_name, description, program_type, channel_id, folder_id, tags, costs,
                     created_at, updated_at)
VALUES (:id, :name, :k_name, :description, :program_type, :channel_id, :folder_id, :tags, :costs, :now, :now)

-- name: change_program
UPDATE {schema}.program SET name = :name, k_name = :k_name, description = :description, tags = :tags, costs = :costs,
                   updated_at = :now
WHERE id = :id
