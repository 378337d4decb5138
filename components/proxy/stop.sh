#!/bin/sh
# preStop hook: lets nginx finish what it has begun.
#
# A pod that is being deleted still gets new connections until every node has taken it out of the Service; nginx goes
# on serving meanwhile, then stops listening and leaves when the last request is done (worker_shutdown_timeout).
#
#   NGINX_CONFIGURATION   as for start.sh
#   NGINX_TEMPORARY       as for start.sh
#   DRAIN_SECONDS         how long to go on serving (default 10)
set -eu

configuration=${NGINX_CONFIGURATION:?the path of the configuration that runs}
temporary=${NGINX_TEMPORARY:-/tmp}

sleep "${DRAIN_SECONDS:-10}"
nginx -e stderr -c "$configuration" -s quit
# Returning earlier would have the kubelet end the container at once.
while [ -s "$temporary/nginx.pid" ]; do sleep 0.2; done
