-- The control store: directory of subscriptions, credentials, tokens.

-- name: subscriptions
SELECT {subscription_columns} FROM {schema}.subscription ORDER BY munchkin_id

-- name: subscription_columns
munchkin_id, location, work_hint, format, version, own_limits, own_rules, created_at

-- name: subscription
SELECT {subscription_columns} FROM {schema}.subscription WHERE munchkin_id = :munchkin_id

-- name: add_subscription
INSERT INTO {schema}.subscription (munchkin_id, location, format, version, own_limits, own_rules, created_at)
VALUES (:munchkin_id, :location, :format, :version, :own_limits, :own_rules, :now)

-- name: note_version
UPDATE {schema}.subscription SET format = :format, version = :version WHERE munchkin_id = :munchkin_id

-- name: lock_subscription
-- A transaction that changes what a subscription has of its own holds its row.
SELECT own_limits, own_rules FROM {schema}.subscription WHERE munchkin_id = :munchkin_id

-- name: own_policy
SELECT own_limits, own_rules FROM {schema}.subscription WHERE munchkin_id = :munchkin_id

-- name: change_own_policy
UPDATE {schema}.subscription SET own_limits = :own_limits, own_rules = :own_rules WHERE munchkin_id = :munchkin_id

-- name: work_hints
SELECT munchkin_id, created_at, work_hint FROM {schema}.subscription

-- name: raise_work_hint
UPDATE {schema}.subscription SET work_hint = work_hint + 1 WHERE munchkin_id = :munchkin_id

-- name: move_subscription
UPDATE {schema}.subscription SET location = :location WHERE munchkin_id = :munchkin_id

-- name: remove_subscription
DELETE FROM {schema}.subscription WHERE munchkin_id = :munchkin_id

-- name: remove_credentials
DELETE FROM {schema}.credential WHERE munchkin_id = :munchkin_id

-- name: remove_tokens
DELETE FROM {schema}.token
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)

-- name: remove_call_counts
DELETE FROM {schema}.call_count WHERE munchkin_id = :munchkin_id

-- name: remove_error_counts
DELETE FROM {schema}.error_count WHERE munchkin_id = :munchkin_id

-- name: remove_secrets
DELETE FROM {schema}.secret
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)

-- name: credential_columns
c.client_id, c.munchkin_id, c.name, c.user_name, c.permissions, c.partitions,
s.number, s.secret_hash, s.created_at, s.ends_at

-- name: count_credentials
SELECT munchkin_id, count(*) AS credentials FROM {schema}.credential GROUP BY munchkin_id

-- name: credentials_of
SELECT {credential_columns} FROM {schema}.credential c LEFT JOIN {schema}.secret s ON s.client_id = c.client_id
WHERE c.munchkin_id = :munchkin_id ORDER BY c.name, s.number

-- name: credential_by_client
SELECT {credential_columns} FROM {schema}.credential c LEFT JOIN {schema}.secret s ON s.client_id = c.client_id
WHERE c.client_id = :client_id ORDER BY s.number

-- name: add_credential
INSERT INTO {schema}.credential (client_id, munchkin_id, name, user_name, permissions, partitions)
VALUES (:client_id, :munchkin_id, :name, :user_name, :permissions, :partitions)

-- name: change_credential
UPDATE {schema}.credential SET user_name = :user_name, permissions = :permissions, partitions = :partitions
WHERE client_id = :client_id AND munchkin_id = :munchkin_id AND name = :name

-- name: remove_credential
DELETE FROM {schema}.credential WHERE client_id = :client_id

-- name: add_secret
INSERT INTO {schema}.secret (client_id, number, secret_hash, created_at, ends_at)
VALUES (:client_id, :number, :secret_hash, :created_at, :ends_at)

-- name: end_secret
UPDATE {schema}.secret SET ends_at = :ends_at WHERE client_id = :client_id AND number = :number

-- name: end_tokens
UPDATE {schema}.token SET expires_at = :ends_at
WHERE client_id = :client_id AND secret = :number AND expires_at > :ends_at

-- name: remove_secret
DELETE FROM {schema}.secret WHERE client_id = :client_id AND number = :number

-- name: newest_token
SELECT token_hash, issue_no, nonce, expires_at FROM {schema}.token
WHERE client_id = :client_id AND secret = :secret ORDER BY issue_no DESC LIMIT 1

-- name: lock_client
-- A transaction that issues a token for a client holds its row.
SELECT client_id FROM {schema}.credential WHERE client_id = :client_id

-- name: add_token
INSERT INTO {schema}.token (token_hash, client_id, secret, issue_no, nonce, expires_at)
VALUES (:token_hash, :client_id, :secret, :issue_no, :nonce, :expires_at)

-- name: expire_token
UPDATE {schema}.token SET expires_at = :now WHERE token_hash = :token_hash

-- name: token_holder
-- No look at its secret: where that ends, the token was let expire.
SELECT c.client_id, c.munchkin_id, c.name, c.user_name, c.permissions, c.partitions, t.expires_at
FROM {schema}.token t JOIN {schema}.credential c ON c.client_id = t.client_id
WHERE t.token_hash = :token_hash

-- name: move_tokens
UPDATE {schema}.token SET expires_at = expires_at + :seconds
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)

-- name: move_ends_of_secrets
UPDATE {schema}.secret SET ends_at = ends_at + :seconds
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)

-- name: renew_tokens
UPDATE {schema}.token SET expires_at =
    (SELECT CASE WHEN s.ends_at < :expires_at THEN s.ends_at ELSE :expires_at END FROM {schema}.secret s
     WHERE s.client_id = token.client_id AND s.number = token.secret)
WHERE client_id IN (SELECT client_id FROM {schema}.credential WHERE munchkin_id = :munchkin_id)

-- name: delete_expired_tokens
-- Only those of one client: in a sandbox each subscription has a time of its own.
DELETE FROM {schema}.token WHERE client_id = :client_id AND expires_at <= :expired_before
