#!/bin/sh
# Keeps the database what its settings say, over the pod's own socket: makes the database, its users and their rights at
# every start, then has the server read its certificate again whenever cert-manager renews it.
#
#   PGHOST               the folder of the server's socket
#   PGPORT               the server's port, which names the socket
#   PGUSER               the administrator
#   DATABASE             the database to make
#   SCRIPTS              the folder of database.sql and rights.sql
#   PASSWORDS            the folder of the users' passwords, a file each
#   CERTIFICATE          the server's certificate
#   DONE                 the file to make once all is as it should be
#   DEADLINE_SECONDS     how long the server may take to start (default 300)
#   INTERVAL_SECONDS     between two looks at the certificate (default 60)
set -eu

for name in PGHOST PGPORT PGUSER DATABASE SCRIPTS PASSWORDS CERTIFICATE DONE; do
    eval "value=\${$name:-}"
    if [ -z "$value" ]; then
        echo "keep.sh: $name is not set" >&2
        exit 2
    fi
done
rm -f "$DONE"

# An empty password would shut its user out without a word.
for file in "$PASSWORDS"/*; do
    if [ ! -s "$file" ]; then
        echo "keep.sh: the password $file is empty" >&2
        exit 2
    fi
done

run() {
    psql --no-psqlrc --quiet --no-password --output=/dev/null "$@"
}

# While the image's entrypoint makes the cluster of databases, a server without addresses listens on the same socket.
serves() {
    addresses=$(psql --no-psqlrc --tuples-only --no-align --no-password --dbname=postgres \
        --command="SELECT current_setting('listen_addresses')" 2>/dev/null) && [ -n "$addresses" ]
}

waited=0
until serves; do
    waited=$((waited + 1))
    if [ "$waited" -gt "${DEADLINE_SECONDS:-300}" ]; then
        echo "keep.sh: the server did not answer on $PGHOST within ${DEADLINE_SECONDS:-300} s" >&2
        exit 1
    fi
    sleep 1
done

run --dbname=postgres --file="$SCRIPTS/database.sql"
run --dbname="$DATABASE" --single-transaction --file="$SCRIPTS/rights.sql"
: >"$DONE"
echo "keep.sh: $DATABASE, its users and their rights are as the settings say"

# The first process of a container is not stopped by a signal that it does not ask for.
trap 'exit 0' TERM INT
seen=$(cksum <"$CERTIFICATE")
while sleep "${INTERVAL_SECONDS:-60}" & wait $!; do
    now=$(cksum <"$CERTIFICATE")
    [ "$now" = "$seen" ] && continue
    run --dbname=postgres --command="SELECT pg_reload_conf()"
    echo "keep.sh: the certificate changed, the server reads it again"
    seen=$now
done
