#!/bin/sh
# Stands for a command that serve.sh runs in the pod's other container: what comes in here goes into it, what it writes
# comes out here, and this exits with its status. Where it ends without a status (killed, out of memory), this fails.
#
#   call.sh NAME
#   EXCHANGE       the folder that both containers share
#   WAIT_SECONDS   how long the other container may take to start (its image may have to be fetched); default 600
set -eu

name=$1
feed=
drain=

fail() {
    echo "call.sh: $name: $1" >&2
    exit 1
}

stop() {
    trap '' TERM INT
    kill $feed $drain 2>/dev/null || :
    exit 143
}
trap stop TERM INT

for pipe in "$name.in" "$name.out"; do
    mkfifo -m 600 "$EXCHANGE/$pipe" 2>/dev/null || [ -p "$EXCHANGE/$pipe" ]
done
# Both ends of both, until the other container has its own: opening one end alone would wait for the other (fifo(7)).
exec 5<>"$EXCHANGE/$name.in" 6<>"$EXCHANGE/$name.out"
: >"$EXCHANGE/$name.called"
end=$(($(date +%s) + ${WAIT_SECONDS:-600}))
until [ -e "$EXCHANGE/$name.served" ]; do
    [ "$(date +%s)" -lt "$end" ] || fail "the other container did not start it"
    sleep 0.2 2>/dev/null || sleep 1
done
exec 3>"$EXCHANGE/$name.in" 4<"$EXCHANGE/$name.out" 5<&- 6<&-

# A command in the background has no standard input unless it is named.
exec 7<&0
cat <&7 >&3 4<&- &
feed=$!
cat <&4 3>&- 7<&- &
drain=$!
exec 3>&- 4<&- 7<&-
copied=0
wait "$drain" || copied=$?
kill "$feed" 2>/dev/null || :
[ "$copied" -eq 0 ] || fail "its output could not be passed on"

# Written before the output was closed, so it is there now or never.
[ -e "$EXCHANGE/$name.status" ] || fail "it ended without a status: killed, or out of memory"
read -r status <"$EXCHANGE/$name.status"
[ "$status" = 0 ] || echo "call.sh: $name: exited with $status; its own container's log says why" >&2
exit "$status"
