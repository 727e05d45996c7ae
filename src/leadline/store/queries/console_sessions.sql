-- Who is logged into the console, in the control store.

-- name: add_console_session
INSERT INTO {schema}.console_session (session_hash, client_id, secret, opened_at, used_at)
VALUES (:session_hash, :client_id, :secret, :now, :now)

-- name: console_session
SELECT c.client_id, c.munchkin_id, c.name, c.user_name, c.permissions, c.partitions,
    s.opened_at, s.used_at, k.ends_at
FROM {schema}.console_session s JOIN {schema}.credential c ON c.client_id = s.client_id
JOIN {schema}.secret k ON k.client_id = s.client_id AND k.number = s.secret
WHERE s.session_hash = :session_hash

-- name: use_console_session
UPDATE {schema}.console_session SET used_at = :now WHERE session_hash = :session_hash AND used_at < :now

-- name: delete_console_session
DELETE FROM {schema}.console_session WHERE session_hash = :session_hash

-- name: delete_ended_console_sessions
DELETE FROM {schema}.console_session WHERE opened_at <= :opened_before OR used_at <= :used_before

-- name: remove_console_sessions
DELETE FROM {schema}.console_session
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)
