#!/bin/sh
# Runs one command in this container for the job in the other one (job.sh, call.sh): its standard input and output are
# pipes in the folder that both share, its exit status is a file there. Exits with that status.
#
# - The status is written before the pipes are closed: who reads the output to its end finds the status there, or knows
#   that the command, or this container, was killed.
# - Nothing waits for ever: when the job ends, whatever is awaited or running here is ended too.
#
#   serve.sh NAME COMMAND [ARGUMENT…]
#   EXCHANGE       the folder that both containers share
#   WAIT_SECONDS   how long the other container may take to start (its image may have to be fetched); default 600
set -eu

name=$1
shift
child=
watcher=

fail() {
    echo "serve.sh: $name: $1" >&2
    exit 1
}

# $1: seconds, $2: a file. A second that is not whole is refused by some sleep.
wait_for() {
    end=$(($(date +%s) + $1))
    until [ -e "$2" ]; do
        [ "$(date +%s)" -lt "$end" ] || return 1
        sleep 0.2 2>/dev/null || sleep 1
    done
}

stop() {
    trap '' TERM INT
    [ -z "$child" ] || kill "$child" 2>/dev/null || :
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || :
    fail "stopped: the job has ended, or the pod is"
}
trap stop TERM INT

for pipe in life "$name.in" "$name.out"; do
    mkfifo -m 600 "$EXCHANGE/$pipe" 2>/dev/null || [ -p "$EXCHANGE/$pipe" ]
done

wait_for "${WAIT_SECONDS:-600}" "$EXCHANGE/begun" || fail "the job did not begin"
# Each pipe is opened both ways first: opening one end waits for the other, which may never come (fifo(7)).
exec 7<>"$EXCHANGE/life" 8<"$EXCHANGE/life" 7<&-
(
    trap - TERM INT
    read -r _ <&8 || :
    kill -TERM $$
) &
watcher=$!
exec 8<&-

# As long as the job lives it may call: only the end of the job ends this.
until [ -e "$EXCHANGE/$name.called" ]; do sleep 0.2 2>/dev/null || sleep 1; done
exec 5<>"$EXCHANGE/$name.in" 3<"$EXCHANGE/$name.in" 5<&-
exec 6<>"$EXCHANGE/$name.out" 4>"$EXCHANGE/$name.out" 6<&-
: >"$EXCHANGE/$name.served"

"$@" <&3 >&4 3<&- 4>&- &
child=$!
exec 3<&-
status=0
wait "$child" || status=$?
child=

# The job may end from here on.
trap '' TERM INT
kill "$watcher" 2>/dev/null || :
echo "$status" >"$EXCHANGE/$name.status.new"
mv "$EXCHANGE/$name.status.new" "$EXCHANGE/$name.status"
exec 4>&-
exit "$status"
