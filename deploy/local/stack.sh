#!/bin/sh
# sh deploy/local/stack.sh COMMAND …: run a command against one stack. STACK=local or STACK=compose chooses it.
# Without STACK it is the live local run on STORE_DIR, or if there is none, the running compose project.
# This is a shell script, because a compose stack needs only Docker, not Python.
set -eu

store=${STORE_DIR:-.store}
run_file=$store/run.pid
run_log=$store/run.log
python=${VENV:-.venv}/bin/python

fail() {
    echo "error: $*" >&2
    exit 1
}

# --- Which stack

# Print the process id of the live local run on this store; fail if there is none.
live_local() {
    [ -r "$run_file" ] || return 1
    read -r pid <"$run_file" || return 1
    kill -0 "$pid" 2>/dev/null || return 1
    # After a reboot another process may have this number.
    if [ -r "/proc/$pid/cmdline" ]; then
        arguments=$(tr '\0' ' ' <"/proc/$pid/cmdline")
    else
        arguments=$(ps -o args= -p "$pid") || return 1
    fi
    case $arguments in *local.run*) echo "$pid" ;; *) return 1 ;; esac
}

running_compose() {
    [ -n "$(docker compose ps --quiet 2>/dev/null)" ]
}

which_stack() {
    case ${STACK:-} in
    local | compose) echo "$STACK" ;;
    '') if live_local >/dev/null; then echo local; elif running_compose; then echo compose; else echo none; fi ;;
    *) fail "STACK is '$STACK'. Set it to local or compose." ;;
    esac
}

needs_a_stack() {
    if [ "$stack" = none ]; then
        fail "No stack is running: neither a local run on the store $store nor a compose project." \
            "Start one with 'make run' or 'docker compose up', or set STORE_DIR to the store of a local run."
    fi
}

# --- The local stack

# Export the settings that the local run was started with. The variables of this call override them.
# With another TRAINER_DATASET the trainer's settings of the run do not apply, because they describe its data.
use_settings_of_the_run() {
    live_local >/dev/null || return 0
    other_data=${TRAINER_DATASET:-}
    while IFS= read -r line; do
        name=${line%%=*}
        case $name in
        *[!A-Z0-9_]* | [0-9]* | '') continue ;;
        TRAINER_SIGNING_KEY) ;; # does not depend on the data
        TRAINER_*) if [ -n "$other_data" ]; then continue; fi ;;
        esac
        if eval "[ -z \"\${$name:-}\" ]"; then export "$name=${line#*=}"; fi
    done <"$run_file"
}

run_python() {
    [ -x "$python" ] || fail "There is no $python. Make it with 'make run'."
    use_settings_of_the_run
    exec "$python" -m "$@"
}

stop_local() {
    if ! pid=$(live_local); then
        echo "No local run uses the store $store."
        return
    fi
    kill -TERM "$pid"
    for _ in $(seq 150); do
        if ! kill -0 "$pid" 2>/dev/null; then return; fi
        sleep 0.1
    done
    fail "The local run (process $pid) still runs 15 s after SIGTERM. Stop it with: kill -9 $pid"
}

# --- The compose stack

absolute() {
    echo "$(CDPATH='' cd -- "$(dirname -- "$1")" && pwd -P)/$(basename -- "$1")"
}

# Pass the trainer's settings into the container. The container has its own store and addresses.
retrain_in_compose() {
    set -- run --rm --no-deps
    if ! [ -t 0 ] || ! [ -t 1 ]; then set -- "$@" -T; fi

    here=$(pwd -P)
    if [ -e "${TRAINER_DATASET:-}" ]; then
        file=$(absolute "$TRAINER_DATASET")
        case $file in
        "$here"/data/* | "$here"/examples/*) TRAINER_DATASET=/app${file#"$here"} ;;
        *)
            TRAINER_DATASET=/inputs/$(basename -- "$file")
            set -- "$@" --volume "$file:$TRAINER_DATASET:ro"
            ;;
        esac
    fi

    module=${TRAINER_CANDIDATES:-}
    module=${module%%[.:]*}
    case $module in
    '' | examples | shared | trainer) ;;
    *)
        for path in "$module" "$module.py"; do
            if [ -e "$path" ]; then set -- "$@" --volume "$(absolute "$path"):/app/$path:ro"; fi
        done
        ;;
    esac

    names=$(awk 'BEGIN { for (name in ENVIRON) print name }')
    for name in $names; do
        case $name in
        *[!A-Za-z0-9_]*) ;; # not a setting; eval would execute it
        TRAINER_* | METRIC | ALLOW_JOBLIB | LOG_LEVEL | LOG_FORMAT)
            eval "set -- \"\$@\" --env \"$name=\$$name\""
            ;;
        esac
    done
    exec docker compose "$@" trainer trainer
}

# --- Backups of both stacks

# The container writes the backup to its standard output. The file gets its name when the backup is complete.
backup_of_compose() {
    [ ! -e "$1" ] || fail "$1 exists already. Choose another name: FILE=…"
    mkdir -p "$(dirname -- "$1")"
    part=$(dirname -- "$1")/.$(basename -- "$1")-$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    docker compose run --rm --no-deps -T gatekeeper shared.maintenance.backup - </dev/null >"$part" || exit
    gzip -t "$part" || fail "The backup is incomplete. Make room on the disk and try again."
    sync "$part"
    mv -- "$part" "$1"
    sync "$(dirname -- "$1")"
    echo "The backup is $1."
}

restore_in_compose() {
    if ! [ -f "$1" ] || ! [ -r "$1" ]; then fail "Cannot read the backup $1. Set FILE to a backup: FILE=…"; fi
    if running_compose; then fail "The compose project is running. Stop it first: make down"; fi
    exec docker compose run --rm --no-deps -T restore <"$1"
}

restore_locally() {
    if pid=$(live_local); then
        fail "A local run (process $pid) uses the store $store. Stop it first: make down"
    fi
    [ -x "$python" ] || sh deploy/local/venv.sh local
    run_python shared.maintenance.restore "$1"
}

# --- Commands

command=$1
shift
if [ "$command" = pid ]; then
    live_local
    exit
fi

stack=$(which_stack)
case $command in
down | fsck | backup | restore) ;;
*) needs_a_stack ;;
esac
case $command:$stack in
gatekeeper:local) run_python gatekeeper.client "$@" ;;
gatekeeper:compose) exec docker compose exec -T gatekeeper python -m gatekeeper.client "$@" ;;
predict:local) run_python predictor.client ;;
predict:compose) exec docker compose exec -T predictor python -m predictor.client ;;
retrain:local) run_python trainer ;;
retrain:compose) retrain_in_compose ;;
fsck:compose) exec docker compose run --rm --no-deps -T gatekeeper shared.maintenance.fsck ;;
fsck:*) run_python shared.maintenance.fsck ;;
backup:compose) backup_of_compose "$1" ;;
backup:*) run_python shared.maintenance.backup "$1" ;;
restore:compose) restore_in_compose "$1" ;;
restore:*) restore_locally "$1" ;;
logs:local) exec tail -n 200 -F "$run_log" ;;
logs:compose) exec docker compose logs --follow --tail 200 ;;
down:compose) exec docker compose down ;;
down:*) stop_local ;;
*) fail "'$command' is not a command of stack.sh." ;;
esac
