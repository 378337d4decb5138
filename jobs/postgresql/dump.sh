#!/bin/bash
# Writes a backup of PostgreSQL to its standard output: a tar, compressed by gzip, of
#
#   roles.sql              the roles, their rights and what they are members of, without passwords
#   DATABASE.dump.00000…   each database's archive (pg_dump's custom format), cut into files, for a tar names its sizes
#
# The user needs to read every row: one that row-level security hides makes pg_dump fail, never leave it out.
#
#   DATABASES        names apart by spaces
#   SPOOL            a writable folder with room for one part of 8 MiB
#   PASSWORD_FILE    the password of the user, where it has one
#   CONNECT_SECONDS  how long the server may take to let this pod in (default 60)
#   PGHOST, PGPORT, PGUSER, PGSSLMODE, PGSSLROOTCERT   as libpq reads them
set -euo pipefail

if [ -n "${PASSWORD_FILE:-}" ]; then
    PGPASSWORD=$(cat "$PASSWORD_FILE")
    export PGPASSWORD
fi

# One file of the tar, without the two empty blocks that end one.
entry() {
    set -euo pipefail
    tar --create --format=ustar --blocking-factor=1 --owner=0 --group=0 --directory="$SPOOL" "$1" | head --bytes=-1024
    rm "$SPOOL/$1"
}
export SPOOL SHELL=$BASH
export -f entry
umask 077

# The server lets a pod in by a name that the cluster's DNS gives it some seconds after it started.
end=$(($(date +%s) + ${CONNECT_SECONDS:-60}))
until refusal=$(psql --no-psqlrc --no-password --dbname="${DATABASES%% *}" --command='SELECT 1' 2>&1 >/dev/null); do
    [ "$(date +%s)" -lt "$end" ] || { echo "$refusal" >&2; exit 1; }
    sleep 1
done

{
    pg_dumpall --no-password --roles-only --no-role-passwords --database="${DATABASES%% *}" >"$SPOOL/roles.sql"
    entry roles.sql
    for database in $DATABASES; do
        pg_dump --no-password --format=custom --compress=0 "$database" |
            split --bytes=8M --numeric-suffixes --suffix-length=5 \
                --filter='cat >"$SPOOL/$FILE" && entry "$FILE"' - "$database.dump."
    done
    head --bytes=1024 /dev/zero
} | gzip
