#!/bin/sh
# Makes InfluxDB's database, its retention and its users before InfluxDB serves. Runs before every start and may run any
# number of times: what is there is brought to what is asked, passwords included.
#
# For as long as this takes InfluxDB listens on loopback alone and asks for no password. Passwords are read from files
# and go to InfluxDB over its client's input, so that no command line shows them.
#
#   INFLUXDB_CONFIGURATION    the configuration to run with
#   INFLUXDB_PREPARE_PORT     a port of loopback to listen on meanwhile
#   INFLUXDB_DATABASE         the database to make
#   INFLUXDB_RETENTION        how long it keeps values: 8760h
#   INFLUXDB_ADMIN            the administrator: without one InfluxDB lets everybody in
#   INFLUXDB_WRITER           the user that may write to the database and nothing else
#   INFLUXDB_SECRETS          the folder with the files admin-password and writer-password
set -eu

configuration=${INFLUXDB_CONFIGURATION:?the path of the configuration to run with}
port=${INFLUXDB_PREPARE_PORT:?a port of loopback}
database=${INFLUXDB_DATABASE:?the database to make}
retention=${INFLUXDB_RETENTION:?how long values are kept}
admin=${INFLUXDB_ADMIN:?the name of the administrator}
writer=${INFLUXDB_WRITER:?the name of the user that writes}
secrets=${INFLUXDB_SECRETS:?the folder of the passwords}

fail() {
    echo "prepare-influxdb.sh: $1" >&2
    exit 1
}

password() {
    [ -r "$secrets/$1" ] || fail "$secrets/$1 cannot be read: is the Secret mounted?"
    value=$(cat "$secrets/$1")
    case $value in
        '' | *[!A-Za-z0-9]*) fail "the password in $secrets/$1 is empty or has characters other than letters and digits" ;;
    esac
    printf '%s' "$value"
}

# In a shell of their own, `fail` would end that shell alone: hence `|| exit`.
admin_password=$(password admin-password) || exit 1
writer_password=$(password writer-password) || exit 1

INFLUXDB_HTTP_BIND_ADDRESS="127.0.0.1:$port" INFLUXDB_HTTP_AUTH_ENABLED=false influxd -config "$configuration" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT

ask() {
    influx -host 127.0.0.1 -port "$port"
}

seconds=0
until echo 'SHOW DATABASES' | ask >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || fail "influxd stopped before it answered"
    seconds=$((seconds + 1))
    [ "$seconds" -le 120 ] || fail "influxd did not answer for two minutes"
    sleep 1
done

# Prints what InfluxDB answers to a statement, and fails when it answers an error.
run() {
    answer=$(printf '%s\n' "$1" | ask 2>&1) || fail "$2: $answer"
    case $answer in
        *ERR:* | *rror*) fail "$2: $answer" ;;
    esac
}

# For what is refused where it is there already, with other values that a statement after it changes.
try() {
    printf '%s\n' "$1" | ask >/dev/null 2>&1 || true
}

user() {
    try "CREATE USER \"$1\" WITH PASSWORD '$2'"
    run "SET PASSWORD FOR \"$1\" = '$2'" "the password of $1 could not be set"
}

user "$admin" "$admin_password"
run "GRANT ALL PRIVILEGES TO \"$admin\"" "$admin could not be made administrator"
run "CREATE DATABASE \"$database\"" "the database could not be made"
try "CREATE RETENTION POLICY \"kept\" ON \"$database\" DURATION $retention REPLICATION 1"
run "ALTER RETENTION POLICY \"kept\" ON \"$database\" DURATION $retention SHARD DURATION 24h DEFAULT" \
    "the retention could not be set"
user "$writer" "$writer_password"
run "GRANT WRITE ON \"$database\" TO \"$writer\"" "$writer could not be let write"

trap - EXIT
kill "$server"
wait "$server" || true
echo "prepare-influxdb.sh: database $database keeps values for $retention"
