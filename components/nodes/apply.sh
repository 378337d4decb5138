#!/bin/sh
# Puts rules in force on a node, and takes them back unless confirm.sh comes in time: whoever they lock out cannot
# confirm them. The rules come on standard input.
#
#   $1                 seconds until the former rules come back
#   MATRICE_STATE      where rules wait to be confirmed (default /run/matrice-nodes)
#   MATRICE_KEPT       where confirm.sh keeps them for good (default /etc/matrice-nodes)
set -eu

seconds=${1:?the seconds until the former rules come back}
state=${MATRICE_STATE:-/run/matrice-nodes}
kept=${MATRICE_KEPT:-/etc/matrice-nodes}
table='inet matrice_nodes'

umask 077
mkdir -p "$state"
cat >"$state/new.nft"
nft -c -f "$state/new.nft"

# shellcheck disable=SC2086
if cmp -s "$state/new.nft" "$kept/nodes.nft" && nft list table $table >/dev/null 2>&1 && [ ! -e "$state/unconfirmed" ]; then
    echo "these rules are in force and confirmed"
    exit 0
fi

# What undoes it: the former table, or none.
{
    printf 'table %s\ndelete table %s\n' "$table" "$table"
    # shellcheck disable=SC2086
    nft list table $table 2>/dev/null || true
} >"$state/former.nft"

# A number that only this run has: a timer of an earlier run finds another and leaves.
token=$(date +%s)-$$
echo "$token" >"$state/unconfirmed"
# Outside the session, which ends with the connection.
setsid sh -c '
    sleep "$1"
    [ "$(cat "$2/unconfirmed" 2>/dev/null)" = "$3" ] || exit 0
    nft -f "$2/former.nft" && rm -f "$2/unconfirmed"
' timer "$seconds" "$state" "$token" </dev/null >/dev/null 2>&1 &

nft -f "$state/new.nft"
echo "rules in force; the former ones come back in $seconds s unless confirmed"
