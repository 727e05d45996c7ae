-- Citus knows the transactions of its nodes beside their rows only, and all connections in a view of its own.

-- name: end_silent_holder
-- The row is locked by a connection of the node, which has the `global_pid` of the worker's at the coordinator.
SELECT pg_terminate_backend(a.global_pid) AS ended
FROM (SELECT xmax::text AS holder FROM {schema}.job
      WHERE batch_id = :batch_id AND token = :token AND heartbeat = :heartbeat OFFSET 0) AS j,
    pg_dist_shard AS s, pg_dist_placement AS p, pg_dist_node AS n, citus_stat_activity AS h, citus_stat_activity AS a
WHERE s.logicalrelid = '{schema}.job'::regclass AND p.shardid = s.shardid AND n.groupid = p.groupid
  AND h.nodeid = n.nodeid AND h.backend_xid::text = j.holder AND a.global_pid = h.global_pid
  AND NOT a.is_worker_query AND a.state = 'active' AND a.wait_event IN ('ClientRead', 'ClientWrite')
