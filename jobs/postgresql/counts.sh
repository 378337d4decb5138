#!/bin/sh
# Prints the rows of each table of a database as one JSON object, by `schema.table`.
#
#   DATABASE                 the database that was restored
#   PGHOST, PGPORT, PGUSER   as libpq reads them
set -eu

# One statement: a row of the catalogue has its table counted. Those of an extension are made by it, not restored.
exec psql --no-psqlrc --no-password --tuples-only --no-align --dbname="$DATABASE" --set=ON_ERROR_STOP=1 --command="
    SELECT coalesce(json_object_agg(format('%s.%s', n.nspname, c.relname), (xpath('/row/count/text()',
        query_to_xml(format('SELECT count(*) AS count FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')
    ))[1]::text::bigint), '{}')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')"
