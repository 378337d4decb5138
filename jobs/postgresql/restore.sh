#!/bin/bash
# Restores what dump.sh wrote, from its standard input, into an empty server: roles, databases, rows, rights. The first
# thing that can't be restored ends it. Nobody has a password afterwards: passwords are not in the dump.
#
#   SPOOL                    an empty, writable folder with room for the uncompressed dump
#   PGHOST, PGPORT, PGUSER   as libpq reads them; the user is the administrator, named as the one of the dump
set -euo pipefail

umask 077
cd "$SPOOL"
tar --extract --gzip
# The administrator is there, as in every server.
sed "/^CREATE ROLE $PGUSER;\$/d" roles.sql |
    psql --no-psqlrc --quiet --no-password --dbname=postgres --set=ON_ERROR_STOP=1 --output=/dev/null
rm roles.sql
for first in *.dump.00000; do
    database=${first%.dump.00000}
    cat -- "$database".dump.* | pg_restore --no-password --exit-on-error --create --dbname=postgres
    rm -- "$database".dump.*
done
