-- A schema as a whole.

-- name: bytes_of_schema
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
FROM pg_class AS c WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p')
