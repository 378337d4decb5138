#!/bin/sh
# Keeps the rules that apply.sh put in force, after a restart of the node as well. Run over a new connection: that it
# was made shows that the rules let administrators in.
#
#   MATRICE_STATE      as for apply.sh
#   MATRICE_KEPT       where the rules are kept for good (default /etc/matrice-nodes)
#   MATRICE_UNITS      where systemd finds its units (default /etc/systemd/system)
set -eu

state=${MATRICE_STATE:-/run/matrice-nodes}
kept=${MATRICE_KEPT:-/etc/matrice-nodes}
units=${MATRICE_UNITS:-/etc/systemd/system}

if ! rm "$state/unconfirmed" 2>/dev/null; then
    if cmp -s "$state/new.nft" "$kept/nodes.nft"; then exit 0; fi
    echo "confirm.sh: no rules wait to be confirmed: they were taken back, the confirmation came too late" >&2
    exit 1
fi
mkdir -p "$kept"
cp "$state/new.nft" "$kept/nodes.nft"

# Not /etc/nftables.conf: what Debian ships there flushes every table, those of the network plugin too.
if command -v systemctl >/dev/null && [ -d "$units" ]; then
    cat >"$units/matrice-nodes.service" <<UNIT
[Unit]
Description=Rules of this node
DefaultDependencies=no
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$(command -v nft) -f $kept/nodes.nft

[Install]
WantedBy=sysinit.target
UNIT
    systemctl daemon-reload
    systemctl enable --quiet matrice-nodes.service
fi
