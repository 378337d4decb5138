#!/bin/sh
# Runs a job in one container of a pod whose other container has the program that the job needs (a dump, a restore).
#
# The two share a folder. Here the job holds the pipe `life` open for as long as it lives, however it ends: the other
# container (serve.sh) waits on that pipe and never outlives the job.
#
#   job.sh COMMAND [ARGUMENT…]
#   EXCHANGE   the folder that both containers share, empty when the pod starts
set -eu

life="$EXCHANGE/life"
mkfifo -m 600 "$life" 2>/dev/null || [ -p "$life" ]
# For reading and writing at once, since a pipe opened for one alone waits for the other (fifo(7)).
exec 9<>"$life"
: >"$EXCHANGE/begun"
exec "$@"
