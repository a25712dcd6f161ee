#!/bin/sh
# sh deploy/local/compose_up.sh [OPTION …]: check that the ports are free, then run `docker compose up`.
# Docker would build images and train before it finds a port that is in use, and would not name the variable to set.
set -eu

fail() {
    echo "error: $*" >&2
    exit 1
}

# Print SERVICE HOST PORT for each published port, with the values of .env and of other compose files.
published_ports() {
    printf '%s\n' "$1" | awk '
        /^[a-z]/ { part = $1 }
        part != "services:" { next }
        /^  [^ ]/ { service = $1; sub(/:$/, "", service) }
        $1 == "-" { host = "127.0.0.1" }
        $1 == "host_ip:" { host = $2 }
        $1 == "published:" {
            gsub(/"/, "", $2)
            last = split($2, range, "-") == 2 ? range[2] : range[1]
            for (port = range[1] + 0; port <= last + 0; port++) print service, host, port
        }'
}

# Succeed if a program listens on HOST PORT. Only bash can try it without another program.
is_taken() {
    case $1 in 0.0.0.0) set -- 127.0.0.1 "$2" ;; '::') set -- ::1 "$2" ;; esac
    # shellcheck disable=SC2016 # bash expands them
    bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
}

free_port() {
    port=$(($2 + 10))
    while [ "$port" -lt 65500 ] && is_taken "$1" "$port"; do port=$((port + 10)); done
    echo "$port"
}

command -v docker >/dev/null || fail "There is no docker. Install Docker with Compose, or start without it: make run"
configuration=$(docker compose config) || exit
# The ports of this project's own containers are not taken.
project=$(printf '%s\n' "$configuration" | sed -n 's/^name: //p')
own=$(docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Ports}}') || exit

seen=' ' problems=''
while read -r service host port; do
    [ -n "$service" ] || continue
    variable=$(echo "$service" | tr '[:lower:]-' '[:upper:]_')_PORT
    case $seen in *" $port "*)
        problems="$problems
Two services have the port $port. Choose another: make up $variable=$(free_port "$host" "$port")"
        continue
        ;;
    esac
    seen="$seen$port "
    case $own in *":$port->"*) continue ;; esac
    if is_taken "$host" "$port"; then
        problems="$problems
Another program uses port $port of $host, which the $service needs. Stop it, or choose another port: \
make up $variable=$(free_port "$host" "$port")"
    fi
done <<END
$(published_ports "$configuration")
END
if [ -n "$problems" ]; then
    fail "A port is in use, so nothing was started.$problems
A line in .env, such as PREDICTOR_PORT=8010, keeps the choice."
fi

# The checkout has another path in the containers.
checkout=$(pwd -P)
case ${TRAINER_DATASET:-} in "$checkout"/*) export TRAINER_DATASET="${TRAINER_DATASET#"$checkout"/}" ;; esac

# The trainer checks its table too, but then the gatekeeper runs already.
dataset=$(echo "$configuration" | sed -n 's/^ *TRAINER_DATASET: *//p' | head -n 1)
case $dataset in
'' | null | '""') ;;
*)
    status=0
    docker compose run --rm --no-deps -T trainer trainer.check_data --only-problems --unless-registry </dev/null || status=$?
    if [ "$status" -eq 2 ]; then exit 2; fi # the trainer reports other failures itself
    ;;
esac

exec docker compose up "$@"
