#!/bin/sh
# Forms the replica set and its users with init.js, which says what is done. May be run any number of times.
#
# Passwords are read by init.js from files: they stand neither in the environment nor on a command line, which every
# process of the pod could read.
#
#   INIT_SCRIPT                    the path of init.js
#   MONGODB_REPLICA_SET            such as rs0
#   MONGODB_MEMBERS                host:port of every member, with full names, separated by commas
#   MONGODB_ROOT_USERNAME          the administrator that the image's entrypoint made
#   MONGODB_ROOT_PASSWORD_FILE
#   MONGODB_ROOT_PASSWORD_BEFORE_FILE   optional: the password it may still have; it is then given the other
#   MONGODB_USERS_FILE             JSON: [{"user", "database", "passwordFile", "roles": [{"role", "db"}]}]
#   MONGODB_DEADLINE_SECONDS       default 300
#   HOME                           a writable folder: mongosh keeps its own files there
set -eu

for name in INIT_SCRIPT MONGODB_REPLICA_SET MONGODB_MEMBERS MONGODB_ROOT_USERNAME MONGODB_ROOT_PASSWORD_FILE \
    MONGODB_USERS_FILE; do
    eval "value=\${$name:-}"
    if [ -z "$value" ]; then
        echo "init.sh: $name is not set" >&2
        exit 2
    fi
done

for name in INIT_SCRIPT MONGODB_ROOT_PASSWORD_FILE MONGODB_USERS_FILE; do
    eval "file=\${$name}"
    if [ ! -s "$file" ]; then
        echo "init.sh: $name: $file is missing or empty" >&2
        exit 2
    fi
done

exec mongosh --quiet --norc --nodb --file "$INIT_SCRIPT"
