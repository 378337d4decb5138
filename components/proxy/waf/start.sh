#!/bin/sh
# Starts the proxy with its web application firewall: the firewall's audit log goes through a pipe to a reader that
# masks what requests carried, and from there to the container's output.
#
#   NGINX_AUDIT_LOG   the pipe to make; ModSecurity's SecAuditLog
#   and those of start.sh, which this script becomes
set -eu

audit=${NGINX_AUDIT_LOG:?the path of the pipe that the audit log goes to}
folder=$(dirname "$0")

# A restarted container finds the pipe of the former one.
rm -f "$audit"
mkfifo -m 600 "$audit"
# Waits until nginx opens the pipe, and ends when the last process of nginx has closed it.
sed -u -E -f "$folder/mask.sed" <"$audit" &

exec sh "$folder/start.sh"
