#!/bin/sh
# Starts nginx in the pod: writes the name servers that nginx asks, then becomes nginx.
#
# nginx does not read /etc/resolv.conf itself, and the cluster's DNS address differs from one cluster to the next, so
# it is read here each time the container starts.
#
#   NGINX_CONFIGURATION   the configuration to run; it includes resolver.conf
#   NGINX_TEMPORARY       the writable folder that resolver.conf goes to (default /tmp)
#   NGINX_STATUS_SOCKET   the socket that the configuration listens on, if any
#   NGINX_RESOLVER        name servers to ask instead of those of the pod, separated by blanks
#   RESOLV_CONF           default /etc/resolv.conf
set -eu

configuration=${NGINX_CONFIGURATION:?the path of the configuration to run}
temporary=${NGINX_TEMPORARY:-/tmp}
resolv_conf=${RESOLV_CONF:-/etc/resolv.conf}

name_servers() {
    if [ -n "${NGINX_RESOLVER:-}" ]; then
        printf ' %s' "$NGINX_RESOLVER"
        return
    fi
    # The last line may lack its line end.
    while read -r key address _rest || [ -n "${key:-}" ]; do
        [ "$key" = nameserver ] || continue
        address=${address%%%*} # the zone of a link-local address
        case $address in
            '' | *[!0-9A-Fa-f.:]*) echo "start.sh: $resolv_conf names no usable server in: $key $address" >&2 ;;
            *:*) printf ' [%s]' "$address" ;;
            *) printf ' %s' "$address" ;;
        esac
    done <"$resolv_conf"
}

servers=$(name_servers)
if [ -z "$servers" ]; then
    echo "start.sh: no name server in $resolv_conf: nginx could reach no upstream" >&2
    exit 1
fi

# Short: Services and solvers come and go. nginx keeps failures as long.
printf 'resolver%s valid=5s;\n' "$servers" >"$temporary/resolver.conf"

# A nginx that was killed leaves its socket, on which the next one could not listen.
[ -z "${NGINX_STATUS_SOCKET:-}" ] || rm -f "$NGINX_STATUS_SOCKET"

# -e: else nginx first tries to open the log its packager chose, on a file system that is read-only.
exec nginx -e stderr -c "$configuration"
