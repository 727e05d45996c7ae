#!/bin/sh
# Run once by the database's container, on its empty store: the database, the role that owns it, and the role that servers use.
# Whatever schemas and tables the owner makes later, the app may use.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password LEADLINE_OWNER_PASSWORD
\getenv app_password LEADLINE_APP_PASSWORD
CREATE ROLE leadline_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE leadline_app LOGIN PASSWORD :'app_password';
CREATE DATABASE leadline OWNER leadline_owner ENCODING 'UTF8' TEMPLATE template0;
\connect leadline
REVOKE ALL ON DATABASE leadline FROM PUBLIC;
GRANT CONNECT ON DATABASE leadline TO leadline_app;
ALTER DEFAULT PRIVILEGES FOR ROLE leadline_owner GRANT USAGE ON SCHEMAS TO leadline_app;
ALTER DEFAULT PRIVILEGES FOR ROLE leadline_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO leadline_app;
SQL
