-- Requests that may be sent again. Who takes a key waits at the unique index for whoever has just taken it.

-- name: request_of_key
SELECT fingerprint, batch_id, preview_id FROM {schema}.request_key
WHERE client_id = :client_id AND key_hash = :key_hash

-- name: take_key
INSERT INTO {schema}.request_key (client_id, key_hash, fingerprint) VALUES (:client_id, :key_hash, :fingerprint)
ON CONFLICT (client_id, key_hash) DO NOTHING RETURNING client_id

-- name: settle_key
UPDATE {schema}.request_key SET batch_id = :batch_id, preview_id = :preview_id
WHERE client_id = :client_id AND key_hash = :key_hash
