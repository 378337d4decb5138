#!/bin/sh
# Takes a node's rules away, for good. Variables as for confirm.sh.
set -eu

state=${MATRICE_STATE:-/run/matrice-nodes}
kept=${MATRICE_KEPT:-/etc/matrice-nodes}
units=${MATRICE_UNITS:-/etc/systemd/system}

if [ -e "$units/matrice-nodes.service" ]; then
    systemctl disable --quiet matrice-nodes.service
    rm "$units/matrice-nodes.service"
    systemctl daemon-reload
fi
rm -rf "$state" "$kept"
printf 'table inet matrice_nodes\ndelete table inet matrice_nodes\n' | nft -f -
