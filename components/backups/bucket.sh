#!/bin/sh
# Makes the bucket of the backups, or makes it stricter; run again it changes nothing (jobs/bucket). Run by Pulumi, with
# the owner's two keys on standard input, a line each: on a command line or in a variable others could read them.
#
#   JOBS_BUNDLE   the bundle of the jobs; the rest of the environment is the bucket job's own (jobs/README.md)
set -eu

read -r access
read -r secret
keys=$(mktemp -d)
trap 'rm -rf "$keys"' EXIT
umask 077
printf '%s\n' "$access" >"$keys/access"
printf '%s\n' "$secret" >"$keys/secret"
# Without the SDK's word on versions of Node.js to come.
NODE_NO_WARNINGS=1 S3_ACCESS_KEY_FILE="$keys/access" S3_SECRET_KEY_FILE="$keys/secret" node "$JOBS_BUNDLE" bucket
