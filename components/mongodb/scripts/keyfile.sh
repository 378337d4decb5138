#!/bin/sh
# Puts the key of the replica set's members where mongod accepts it.
#
# mongod refuses a key file that anyone but its owner can read, and a Secret mounted with an fsGroup is readable by the
# group: hence this copy, mode 0400, in a folder of the pod's own. Runs before every start; what an earlier run left is
# replaced.
#
#   KEYFILE_SOURCE   the mounted key
#   KEYFILE_TARGET   the copy that mongod is given
#   KEYFILE_OWNER    the user id mongod runs as (default: the one this script runs as)
set -eu

source=${KEYFILE_SOURCE:?the path of the mounted key}
target=${KEYFILE_TARGET:?the path of the copy for mongod}
user=$(id -u)
owner=${KEYFILE_OWNER:-$user}

fail() {
    echo "keyfile.sh: $1" >&2
    exit 1
}

[ -f "$source" ] || fail "$source is missing: is the Secret with the replica set's key mounted?"
[ -r "$source" ] || fail "user $user may not read $source"

# As mongod reads it: blanks do not count, 6 to 1024 characters of base64 do.
key=$(tr -d ' \t\r\n' <"$source")
[ -n "$key" ] || fail "the key in $source is empty"
case $key in
    *[!A-Za-z0-9+/=]*) fail "the key in $source has characters outside base64" ;;
esac
[ ${#key} -ge 6 ] || fail "the key in $source is shorter than 6 characters"
[ ${#key} -le 1024 ] || fail "the key in $source is longer than 1024 characters"

if [ "$user" != "$owner" ] && [ "$user" != 0 ]; then
    fail "runs as user $user, so mongod as user $owner could not read the copy: run both as $owner"
fi

# Written whole and private under another name first: mongod never sees half a key, nor a readable one.
umask 077
copy="$target.new"
rm -f "$copy"
printf '%s\n' "$key" >"$copy"
[ "$user" = "$owner" ] || chown "$owner" "$copy"
chmod 0400 "$copy"
mv -f "$copy" "$target"
