-- Its rows lie on a node; at the coordinator its tables are empty.

-- name: bytes_of_schema
SELECT coalesce(sum(CASE WHEN p.logicalrelid IS NULL THEN pg_total_relation_size(c.oid)
                         ELSE citus_total_relation_size(c.oid) END), 0)::bigint AS bytes
FROM pg_class AS c LEFT JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind IN ('r', 'p')
