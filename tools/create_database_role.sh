#!/bin/sh
# Creates the database and its owner, a role without special rights. The container of PostgreSQL runs
# this once, as its superuser, when the volume is empty.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$SITE_PASSWORD" --username "${POSTGRES_USER:-postgres}" <<'SQL'
CREATE ROLE digitsite LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE digitsite OWNER digitsite;
REVOKE ALL ON DATABASE digitsite FROM PUBLIC;
SQL
