#!/bin/sh
# The drill's scratch database: a MongoDB of its own in the drill's pod, empty, without users, that no network reaches
# (it listens on a socket file alone) and that ends with the pod. What is restored never meets the platform's database.
#
# Beside serve.sh, which it runs twice for the drill's script: restore (mongorestore), then counts (counts.js).
#
#   SCRATCH     a writable folder with room for the restored database
#   DATABASE    the database that is restored
#   EXCHANGE    see serve.sh
set -eu

here=$(dirname "$0")
data="$SCRATCH/data"
socket="$SCRATCH/mongod.sock"
uri="mongodb://$(echo "$socket" | sed 's|/|%2F|g')"

mkdir -p "$data"
echo "$uri/" >"$SCRATCH/uri"
mongod --dbpath "$data" --bind_ip "$socket" --unixSocketPrefix "$SCRATCH" --quiet >"$SCRATCH/mongod.log" 2>&1 &
server=$!
step=
trap 'kill "$server" $step 2>/dev/null || :; exit 1' TERM INT

started=$(date +%s)
until mongosh "$uri/" --quiet --eval 'db.runCommand({ ping: 1 })' >/dev/null 2>&1; do
    if ! kill -0 "$server" 2>/dev/null || [ $(($(date +%s) - started)) -ge 120 ]; then
        echo "database.sh: the scratch database does not start:" >&2
        tail -n 20 "$SCRATCH/mongod.log" >&2
        exit 1
    fi
    sleep 0.2 2>/dev/null || sleep 1
done

serve() {
    sh "$here/serve.sh" "$@" &
    step=$!
    status=0
    wait "$step" || status=$?
    [ "$status" -eq 0 ] || { kill "$server" 2>/dev/null || :; exit "$status"; }
}

serve restore mongorestore --uri="$uri/" --archive --gzip --nsInclude="$DATABASE.*"
MONGODB_URI_FILE="$SCRATCH/uri" serve counts mongosh --nodb --quiet "$here/counts.js"
kill "$server"
wait "$server" 2>/dev/null || :
