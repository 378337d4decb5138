#!/bin/bash
# The drill's scratch server: a PostgreSQL of its own in the drill's pod, empty, that no network reaches (it listens on a
# socket file alone) and that ends with the pod. What is restored never meets the platform's database.
#
# Beside serve.sh, which it runs twice for the drill's script: restore (restore.sh), then counts (counts.sh).
#
#   SCRATCH     a writable folder with room for the restored database and the uncompressed dump
#   DATABASE    the database that is counted
#   EXCHANGE    see serve.sh
set -euo pipefail

here=$(dirname "$0")
export PGHOST=$SCRATCH PGPORT=5432 PGUSER=postgres SPOOL=$SCRATCH/spool
mkdir -p "$SPOOL"

initdb --pgdata="$SCRATCH/data" --username="$PGUSER" --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
    >"$SCRATCH/initdb.log" 2>&1 || { tail -n 20 "$SCRATCH/initdb.log" >&2; exit 1; }
# What is lost with the pod needs no care for what is on the disk.
postgres -D "$SCRATCH/data" -k "$SCRATCH" -p "$PGPORT" -c listen_addresses= -c fsync=off -c full_page_writes=off \
    >"$SCRATCH/server.log" 2>&1 &
server=$!
step=
trap 'kill -QUIT "$server" 2>/dev/null || :; kill $step 2>/dev/null || :; exit 1' TERM INT

started=$(date +%s)
until pg_isready --quiet; do
    if ! kill -0 "$server" 2>/dev/null || [ $(($(date +%s) - started)) -ge 120 ]; then
        echo "scratch.sh: the scratch server does not start:" >&2
        tail -n 20 "$SCRATCH/server.log" >&2
        exit 1
    fi
    sleep 0.2
done

serve() {
    sh "$here/serve.sh" "$@" &
    step=$!
    local status=0
    wait "$step" || status=$?
    [ "$status" -eq 0 ] || { kill -QUIT "$server" 2>/dev/null || :; exit "$status"; }
}

serve restore bash "$here/restore.sh"
serve counts sh "$here/counts.sh"
kill -QUIT "$server"
wait "$server" 2>/dev/null || :
