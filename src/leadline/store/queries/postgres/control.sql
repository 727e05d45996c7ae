-- Citus passes SET LOCAL on to the node where the row is, and nothing that a function sets.

-- name: commit_before_disk
SET LOCAL synchronous_commit = off
