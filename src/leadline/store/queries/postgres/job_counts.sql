-- What SQLite's json_each and PostgreSQL's own functions have in common is too little to share.

-- name: add_reasons
INSERT INTO {schema}.job_reason AS r (batch_id, kind, reason, column_name, rows, first_row)
SELECT :batch_id, g.kind, g.reason, g.column_name, g.rows, g.first_row
FROM jsonb_to_recordset(CAST(:groups AS jsonb))
     AS g (kind text, reason text, column_name text, rows bigint, first_row bigint)
ON CONFLICT (batch_id, kind, reason, column_name) DO UPDATE SET rows = r.rows + excluded.rows
