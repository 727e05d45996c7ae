-- Who may use a schema beside its owner: what the catalogue of the server knows. Files have no roles.

-- name: roles_let_in
-- Those that may do with the rows of a schema what the program does.
SELECT DISTINCT r.rolname AS role
FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'schema_version',
     aclexplode(n.nspacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
WHERE n.nspname = :schema AND a.privilege_type = 'USAGE' AND r.oid <> n.nspowner
  AND has_table_privilege(r.oid, c.oid, 'SELECT') AND has_table_privilege(r.oid, c.oid, 'INSERT')
  AND has_table_privilege(r.oid, c.oid, 'UPDATE') AND has_table_privilege(r.oid, c.oid, 'DELETE')
ORDER BY role

-- name: find_role
SELECT rolname AS role FROM pg_roles WHERE rolname = :role

-- name: own_role
SELECT current_user AS role

-- name: rights_of_role
-- What a role may do in a schema, and the statements that grant it all; `closed` are the tables that it may not use.
SELECT pg_get_userbyid(n.nspowner) AS owner, pg_has_role(n.nspowner, 'USAGE') AS is_owner,
       has_schema_privilege(r.oid, n.oid, 'USAGE') AS enters,
       (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class AS c
        WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v') AND NOT (
            has_table_privilege(r.oid, c.oid, 'SELECT') AND has_table_privilege(r.oid, c.oid, 'INSERT')
            AND has_table_privilege(r.oid, c.oid, 'UPDATE') AND has_table_privilege(r.oid, c.oid, 'DELETE'))) AS closed,
       (SELECT count(*) FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS a
        WHERE d.defaclnamespace = n.oid AND d.defaclobjtype = 'r' AND pg_get_userbyid(d.defaclrole) = current_user
          AND a.grantee = r.oid AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')) = 4 AS keeps,
       format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, r.rolname) AS to_enter,
       format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', n.nspname, r.rolname) AS to_use,
       format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I',
              n.nspname, r.rolname) AS to_keep
FROM pg_namespace AS n, pg_roles AS r WHERE n.nspname = :schema AND r.rolname = :role
