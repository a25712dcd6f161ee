#!/bin/sh
# sh deploy/local/stack.sh COMMAND …: run a command against one stack. STACK=local or STACK=compose chooses it.
# Without STACK it is the live local run on STORE_DIR, otherwise the running compose project.
# This is a shell script, because a compose stack needs only Docker, not Python.
set -eu

store=${STORE_DIR:-.store}
run_file=$store/run.pid
run_log=$store/run.log
python=${VENV:-.venv}/bin/python
given='' table_of_the_run='' columns_of_the_run=''

fail() {
    echo "error: $*" >&2
    exit 1
}

# The settings of a command are printed, and Docker gets them as arguments.
case ${TRAINER_DATASET:-} in
postgres*://*:*@* | postgres*://*password=*)
    fail "TRAINER_DATASET has a password in its address. Remove it, and write it into a file that" \
        "TRAINER_DATABASE_PASSWORD_FILE names."
    ;;
esac

# --- Which stack

# Print the process id of the live local run on this store; fail without one.
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
            "Start one with 'make run' or 'make up', or set STORE_DIR to the store of a local run."
    fi
}

# --- The settings of a retraining

is_setting_of_a_retraining() {
    case $1 in
    *[!A-Z0-9_]*) return 1 ;; # not a setting; eval would execute it
    TRAINER_SCHEDULE | TRAINER_TIMEZONE | TRAINER_WATCH | TRAINER_ON_DRIFT) return 1 ;; # only of the waiting trainer
    TRAINER_* | METRIC | GATEKEEPER_COSTS | ALLOW_JOBLIB | LOG_LEVEL | LOG_FORMAT) ;;
    *) return 1 ;;
    esac
}

given_settings() {
    # shellcheck disable=SC2013 # a name is one word
    for name in $(awk 'BEGIN { for (name in ENVIRON) print name }' | sort); do
        if is_setting_of_a_retraining "$name"; then echo "$name"; fi
    done
}

# Export a setting of the run, NAME=value, unless this call has the variable. Docker lists an unset variable as NAME.
inherit() {
    case $1 in *=*) ;; *) return 0 ;; esac
    name=${1%%=*}
    case $name in *[!A-Z0-9_]* | [0-9]* | '') return 0 ;; esac
    remember_table "$1"
    if eval "[ -z \"\${$name+given}\" ]"; then export "$name=${1#*=}"; fi
}

is_given() {
    case "
$given
" in *"
$1
"*) ;; *) return 1 ;; esac
}

# Remember the table of the run, and its settings about columns that this call does not have, from NAME=value.
remember_table() {
    case $1 in
    TRAINER_DATASET=*) table_of_the_run=${1#*=} ;;
    TRAINER_TARGET=?* | TRAINER_DROP=?* | TRAINER_TYPES=?* | TRAINER_MISSING=?* | TRAINER_CSV=?* | TRAINER_QUERY=?* | \
        TRAINER_ROW_KEY=?* | TRAINER_TIME=?* | TRAINER_DATE_ORDER=?* | TRAINER_POSITIVE_LABEL=?* | TRAINER_THRESHOLD=?*)
        if ! is_given "${1%%=*}"; then columns_of_the_run="$columns_of_the_run ${1%%=*}"; fi
        ;;
    esac
}

# Print the path of a table in the checkout, which has another path in the containers.
path_in_checkout() {
    case $1 in
    /app/*) echo "${1#/app/}" ;;
    "$(pwd -P)"/*) echo "${1#"$(pwd -P)"/}" ;;
    *) echo "${1#./}" ;;
    esac
}

is_table_of_the_run() {
    case $table_of_the_run in
    /inputs/*) [ "${1##*/}" = "${table_of_the_run##*/}" ] ;;
    *) [ "$(path_in_checkout "$1")" = "$(path_in_checkout "$table_of_the_run")" ] ;;
    esac
}

# The settings of the run about columns may not fit another table. A check of another table and target leaves them out.
leave_out_columns_of_the_run() {
    forgotten=''
    if is_given TRAINER_DATASET && is_given TRAINER_TARGET && ! is_table_of_the_run "$TRAINER_DATASET"; then
        forgotten=$columns_of_the_run
        for name in $forgotten; do export "$name="; done
    fi
}

# Print how to remove the settings of the run about the columns of another table.
explain_columns_of_the_run() {
    if [ -z "$columns_of_the_run" ] || ! is_given TRAINER_DATASET || is_table_of_the_run "$TRAINER_DATASET"; then return 0; fi
    removal=''
    for name in $columns_of_the_run; do
        case $name in TRAINER_TARGET) removal="$removal $name=…" ;; *) removal="$removal $name=" ;; esac
    done
    if [ -n "${forgotten:-}" ]; then
        echo "Left out, because the run has another table ($table_of_the_run):$forgotten." \
            "A retrain takes them from the run. It does not if you add:$removal"
    else
        echo "The run has another table ($table_of_the_run). Its settings of columns stay. To replace them, add:$removal"
    fi
}

# Print which settings come from this call ($given) and which from the run.
show_settings() {
    of_this_call='' of_the_run=''
    for name in $(given_settings); do
        eval "value=\$$name"
        if is_given "$name"; then
            of_this_call="$of_this_call, $name=$value"
        elif [ -n "$value" ]; then
            of_the_run="$of_the_run, $name=$value"
        fi
    done
    if [ -n "$of_the_run" ]; then echo "Settings of the run: ${of_the_run#, }"; fi
    if [ -n "$of_this_call" ]; then echo "Settings of this command: ${of_this_call#, }"; fi
    explain_columns_of_the_run
}

# --- The local stack

# Export the settings that the local run was started with. The variables of this call override them, also empty ones.
use_settings_of_the_run() {
    live_local >/dev/null || return 0
    while IFS= read -r line; do inherit "$line"; done <"$run_file"
}

run_python() {
    [ -x "$python" ] || fail "There is no $python. Make it with 'make run'."
    use_settings_of_the_run
    exec "$python" -m "$@"
}

retrain_locally() {
    [ -x "$python" ] || fail "There is no $python. Make it with 'make run'."
    given=$(given_settings)
    use_settings_of_the_run
    show_settings
    exec "$python" -m trainer "$@"
}

# Check a table, and write a page into the file $page. No stack needs to run.
check_locally() {
    [ -x "$python" ] || sh deploy/local/venv.sh local
    given=$(given_settings)
    use_settings_of_the_run
    leave_out_columns_of_the_run
    show_settings
    exec "$python" -m trainer.check_data --page "$page"
}

# Print the path of a file as the trainer's container has it, under the name of its variable.
path_in_container() {
    echo "/inputs/$1/$(basename -- "$2")"
}

publish_locally() {
    [ -x "$python" ] || fail "There is no $python. Make it with 'make run'."
    export TRAINER_DATASET="$HOLDOUT" TRAINER_TARGET="$TARGET"
    given=$(given_settings)
    use_settings_of_the_run
    leave_out_columns_of_the_run
    exec "$python" -m trainer.publish ${FITTED_ON:+--fitted-on "$FITTED_ON"} ${NAME:+--name "$NAME"} \
        ${OUTPUT:+--output "$OUTPUT"} ${CLASSES:+--classes "$CLASSES"} --holdout "$HOLDOUT" --target "$TARGET" "$@" -- "$MODEL"
}

publish_in_compose() {
    for name in MODEL HOLDOUT FITTED_ON; do
        eval "file=\${$name:-}"
        if [ -n "$file" ] && [ ! -e "$file" ]; then echo "error: $name=$file does not exist." >&2 && exit 2; fi
    done
    export TRAINER_DATASET="$HOLDOUT" TRAINER_TARGET="$TARGET"
    in_trainers_container run_until_stopped trainer.publish \
        ${FITTED_ON:+--fitted-on "$(path_in_container FITTED_ON "$FITTED_ON")"} ${NAME:+--name "$NAME"} \
        ${OUTPUT:+--output "$OUTPUT"} ${CLASSES:+--classes "$CLASSES"} \
        --holdout "$(path_in_container HOLDOUT "$HOLDOUT")" --target "$TARGET" "$@" -- "$(path_in_container MODEL "$MODEL")"
}

# Only this call says how the table to score is written: the run has another one.
score_locally() {
    [ -x "$python" ] || fail "There is no $python. Make it with 'make run'."
    form=${TRAINER_CSV:-}
    use_settings_of_the_run
    export TRAINER_CSV="$form"
    exec "$python" -m trainer.score ${VERSION:+--version "$VERSION"} ${KEEP:+--keep "$KEEP"} "$@" -- "$IN" "$OUT"
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

# Print a path. One that begins with ~ is in the home of this user, which no container has.
in_home() {
    case $1 in [~]/*) set -- "$HOME${1#[~]}" ;; esac
    printf '%s\n' "$1"
}

# Export the settings that the trainer's container was started with, unless .env or this call has them.
# Compose lists the container of another retraining too. It has the settings of that one, so its label leaves it out.
use_settings_of_the_container() {
    containers=$(docker compose ps --all --quiet trainer 2>/dev/null) || return 0
    [ -n "$containers" ] || return 0
    first='{{if ne (index .Config.Labels "com.docker.compose.oneoff") "True"}}'
    # shellcheck disable=SC2086 # each id is a word
    settings=$(docker inspect --format "$first{{range .Config.Env}}{{println .}}{{end}}{{end}}" $containers) || true
    while IFS= read -r line; do
        name=${line%%=*}
        is_setting_of_a_retraining "$name" || continue
        if grep -q "^$name=" .env 2>/dev/null; then remember_table "$line"; else inherit "$line"; fi
    done <<END
$settings
END
}

on_terminal() {
    [ -t 0 ] && [ -t 1 ]
}

# Run the trainer's container until it exits. When this script is stopped or its terminal is closed, stop the container
# too: docker compose leaves it running, and it would still publish.
run_until_stopped() {
    if on_terminal; then exec 3<&0; else exec 3</dev/null; fi
    docker compose "$@" <&3 &
    client=$!
    trap 'stop_container' HUP INT TERM
    status=0
    wait "$client" || status=$?
    exit "$status"
}

stop_container() {
    trap '' HUP INT TERM
    docker stop --time 10 "$container_name" >/dev/null 2>&1 || true
    kill -TERM "$client" 2>/dev/null || true
    wait "$client" 2>/dev/null || true
    docker rm --force "$container_name" >/dev/null 2>&1 || true
    echo "Stopped. The trainer's container has stopped too." >&2
    exit 143
}

# Call the function $1 with the arguments of `docker compose` that run the other arguments, a module and its options,
# with the trainer's settings and files. The container has its own store and addresses.
in_trainers_container() {
    action=$1
    shift
    module_of_call=$1
    given=$(given_settings)
    use_settings_of_the_container
    case $module_of_call in trainer.check_data | trainer.publish) leave_out_columns_of_the_run ;; esac
    if [ "$module_of_call" != trainer.publish ]; then show_settings; fi
    container_name=${COMPOSE_PROJECT_NAME:-modelgate}-retrain-$$
    set -- trainer "$@"
    if [ "$action" = check_in_compose ] || ! on_terminal; then set -- -T "$@"; fi

    here=$(pwd -P)
    case ${TRAINER_DATASET:-} in [~]/*) TRAINER_DATASET=$HOME${TRAINER_DATASET#[~]} ;; esac # not a home in the container
    if [ -e "${TRAINER_DATASET:-}" ]; then
        file=$(absolute "$TRAINER_DATASET")
        case $file in
        "$here"/data/* | "$here"/examples/*) TRAINER_DATASET=/app${file#"$here"} ;;
        *)
            TRAINER_DATASET=/inputs/$(basename -- "$file")
            set -- --volume "$file:$TRAINER_DATASET:ro" "$@"
            ;;
        esac
    fi

    module=${TRAINER_CANDIDATES:-}
    module=${module%%[.:]*}
    case $module in
    '' | examples | shared | trainer) ;;
    *)
        for path in "$module" "$module.py"; do
            if [ -e "$path" ]; then set -- --volume "$(absolute "$path"):/app/$path:ro" "$@"; fi
        done
        ;;
    esac

    if [ "$module_of_call" = trainer.publish ]; then
        for name in MODEL HOLDOUT FITTED_ON; do
            eval "file=\${$name:-}"
            if [ -n "$file" ]; then set -- --volume "$(absolute "$file"):$(path_in_container "$name" "$file"):ro" "$@"; fi
        done
    fi

    for name in $(given_settings | sort -r); do eval "set -- --env \"$name=\$$name\" \"\$@\""; done
    "$action" run --rm --no-deps --name "$container_name" "$@"
}

# The container cannot write on this machine: its page comes on standard output, and its text on standard error.
check_in_compose() {
    mkdir -p "$(dirname -- "$page")"
    part=$(dirname -- "$page")/.$(basename -- "$page")-$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    status=0
    (umask 077 && docker compose "$@" </dev/null >"$part") || status=$?
    if [ -s "$part" ]; then mv -- "$part" "$page" && echo "Page: $page"; fi
    exit "$status"
}

# The container runs as this user, who may write the folder of the table and read the rows. It only reads the store.
# A TRAINER_CSV of .env says how the table of trainings is written, and does not count here either.
score_in_compose() {
    IN=$(in_home "$IN") OUT=$(in_home "$OUT")
    if [ ! -e "$IN" ]; then echo "error: IN=$IN does not exist." >&2 && exit 2; fi
    mkdir -p "$(dirname -- "$OUT")"
    container_name=${COMPOSE_PROJECT_NAME:-modelgate}-score-$$
    set -- score trainer.score ${VERSION:+--version "$VERSION"} ${KEEP:+--keep "$KEEP"} --shown "$OUT" "$@" \
        -- "/inputs/$(basename -- "$IN")" "/outputs/$(basename -- "$OUT")"
    on_terminal || set -- -T "$@"
    run_until_stopped run --rm --no-deps --name "$container_name" --user "$(id -u):$(id -g)" \
        --env "TRAINER_CSV=${TRAINER_CSV:-}" --volume "$(absolute "$IN"):/inputs/$(basename -- "$IN"):ro" \
        --volume "$(dirname -- "$(absolute "$OUT")"):/outputs" "$@"
}

card_locally() {
    version=$1
    shift
    run_python gatekeeper.card "$version" ${OUT:+"$OUT"} "$@"
}

# The container cannot write on this machine: its card comes on standard output.
card_of_compose() {
    version=$1
    shift
    set -- docker compose run --rm --no-deps -T gatekeeper gatekeeper.card "$version" "$@"
    [ -n "${OUT:-}" ] || exec "$@" </dev/null
    OUT=$(in_home "$OUT")
    case $OUT:$* in
    *:*--format*) ;;
    *.[Mm][Dd]:*) set -- "$@" --format md ;;
    *.[Hh][Tt][Mm][Ll]:* | *.[Hh][Tt][Mm]:*) set -- "$@" --format html ;;
    *) fail "The name $OUT does not say the format of the card. End it with .md or .html, or add --format." ;;
    esac
    [ -d "$(dirname -- "$OUT")" ] || fail "The folder of $OUT does not exist. Make it, or name another file."
    part=$(dirname -- "$OUT")/.$(basename -- "$OUT")-$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    "$@" </dev/null >"$part" || exit
    mv -- "$part" "$OUT"
    echo "The card is $OUT." >&2
}

# --- Backups of both stacks

# Print the option for ROWS, which says whether a backup contains logged rows and labels.
rows_option() {
    case ${ROWS:-} in
    yes) echo --rows ;;
    '' | no) ;;
    *) fail "ROWS is '$ROWS'. Set it to yes or no." ;;
    esac
}

# The container writes the backup to its standard output. The file gets its name when the backup is complete.
backup_of_compose() {
    [ ! -e "$1" ] || fail "$1 exists already. Choose another name: FILE=…"
    mkdir -p "$(dirname -- "$1")"
    part=$(dirname -- "$1")/.$(basename -- "$1")-$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    umask 077 # the backup contains rows of the data
    docker compose run --rm --no-deps -T gatekeeper shared.maintenance.backup ${2:+"$2"} - </dev/null >"$part" || exit
    gzip -t "$part" || fail "The backup is incomplete. Free space on the disk and try again."
    sync "$part"
    mv -- "$part" "$1"
    sync "$(dirname -- "$1")"
    echo "The backup is $1."
    for left in "$(dirname -- "$1")"/.?*-[0-9]*; do
        if is_gzip "$left"; then echo "note: $left is the file of a backup that was killed, or that runs now. If none runs, delete it." >&2; fi
    done
}

is_gzip() {
    [ -f "$1" ] && [ "$(od -An -tx1 -N2 -- "$1" | tr -d ' ')" = 1f8b ]
}

# The container cannot write on this machine: its table comes on standard output, and its text on standard error.
predictions_of_compose() {
    [ ! -e "$1" ] || fail "$1 exists already. Name a new file: FILE=…"
    case $1 in
    *.parquet) format=parquet ;;
    *.csv) format=csv ;;
    *) fail "The name $1 does not say the format of the table. End it with .parquet or .csv: FILE=…" ;;
    esac
    mkdir -p "$(dirname -- "$1")"
    part=$(dirname -- "$1")/.$(basename -- "$1")-
    for left in "$part"[0-9]*; do # by killed exports
        case ${left#"$part"} in *[!0-9]*) ;; *) rm -f -- "$left" ;; esac
    done
    part=$part$$
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 1' HUP INT TERM
    umask 077 # the table contains rows of people
    file=$1
    shift
    docker compose run --rm --no-deps -T trainer shared.prediction_table.export - --format "$format" "$@" </dev/null >"$part" || exit
    [ -e "$part" ] || fail "$file was not written: its hidden file was removed meanwhile. Repeat this command."
    sync "$part"
    mv -- "$part" "$file"
    sync "$(dirname -- "$file")"
    echo "The table is $file."
}

# Print the option for REQUEST, which says whether an id is that of a request with several rows.
request_option() {
    case ${REQUEST:-} in
    yes) echo --rows-of-requests ;;
    '' | no) ;;
    *) fail "REQUEST is '$REQUEST'. Set it to yes or no." ;;
    esac
}

# Print each file of FILES on a line. Relative paths start in the folder $1.
exported_tables() {
    for file in ${FILES:-}; do
        case $file in /*) ;; *) file=$1/$file ;; esac
        [ -f "$file" ] || fail "FILES names $file, which is not a file."
        echo "$file"
    done
}

# Delete rows and labels with the ids that follow the folder of the caller.
forget_locally() {
    request=$(request_option)
    tables=$(exported_tables "$1")
    shift
    set -- -- "$@"
    for file in $tables; do set -- --table "$file" "$@"; done
    run_python shared.forgetting.forget ${request:+"$request"} ${IDS:+--ids "$IDS"} "$@"
}

# The container gets the ids of a file on its standard input, and the folder of each table as a mount.
forget_in_compose() {
    request=$(request_option)
    tables=$(exported_tables "$1")
    shift
    set -- forget ${request:+"$request"} ${IDS:+--ids -} ${tables:+$(number_tables)} -- "$@"
    number=0
    for file in $tables; do
        number=$((number + 1))
        set -- --volume "$(dirname -- "$(absolute "$file")"):/tables/$number" "$@"
    done
    exec docker compose run --rm --no-deps -T "$@" <"${IDS:-/dev/null}"
}

# Print the options for the tables in their mounts.
number_tables() {
    number=0
    for file in $tables; do
        number=$((number + 1))
        echo "--table /tables/$number/$(basename -- "$file")"
    done
}

# The container cannot read files of this machine: the labels come on its standard input.
feedback_in_compose() {
    case $1 in
    *.[Cc][Ss][Vv]) format=csv ;;
    *.[Jj][Ss][Oo][Nn]) format=json ;;
    *) fail "The name $1 does not say the format of the labels. End it with .csv or .json." ;;
    esac
    if ! [ -f "$1" ] || ! [ -r "$1" ]; then fail "Cannot read $1. Set FILE to the labels: FILE=…"; fi
    exec docker compose exec -T gatekeeper python -m gatekeeper.client feedback - --format "$format" <"$1"
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
# A restored store need not be the one that runs: a STORE_DIR that this call names is a store of this machine.
case $command:${STACK:-}:${STORE_DIR:-} in restore::?*) stack=local ;; esac
case $command in
check-data | down | fsck | probe-store | backup | restore | predictions | card | score | forget | notify-test) ;;
*) needs_a_stack ;;
esac
case $command:$stack in
gatekeeper:local) run_python gatekeeper.client "$@" ;;
gatekeeper:compose) exec docker compose exec -T gatekeeper python -m gatekeeper.client "$@" ;;
feedback:local) run_python gatekeeper.client feedback "$1" ;;
feedback:compose) feedback_in_compose "$1" ;;
predict:local) run_python predictor.client ;;
predict:compose) exec docker compose exec -T ${PREDICTOR_API_KEY:+--env "PREDICTOR_API_KEY=$PREDICTOR_API_KEY"} \
    predictor python -m predictor.client ;;
retrain:local) retrain_locally "$@" ;;
retrain:compose) in_trainers_container run_until_stopped trainer "$@" ;;
publish:local) publish_locally "$@" ;;
publish:compose) publish_in_compose "$@" ;;
check-data:compose) page=$1 && in_trainers_container check_in_compose trainer.check_data --page - ;;
check-data:*) page=$1 && check_locally ;;
fsck:compose) exec docker compose run --rm --no-deps -T gatekeeper shared.maintenance.fsck ;;
fsck:*) run_python shared.maintenance.fsck ;;
probe-store:compose) exec docker compose run --rm --no-deps -T gatekeeper shared.probe "$@" ;;
probe-store:*) run_python shared.probe "$@" ;;
notify-test:compose) exec docker compose run --rm --no-deps -T notifier gatekeeper.notify --test ;;
notify-test:*) run_python gatekeeper.notify --test ;;
backup:compose) rows=$(rows_option) && backup_of_compose "$1" "$rows" ;;
backup:*) rows=$(rows_option) && run_python shared.maintenance.backup ${rows:+"$rows"} "$1" ;;
predictions:compose) predictions_of_compose "$@" ;;
predictions:*) run_python shared.prediction_table.export "$@" ;;
card:compose) card_of_compose "$@" ;;
card:*) card_locally "$@" ;;
score:compose) score_in_compose "$@" ;;
score:*) score_locally "$@" ;;
forget:compose) forget_in_compose "$@" ;;
forget:*) forget_locally "$@" ;;
restore:compose) restore_in_compose "$1" ;;
restore:*) restore_locally "$1" ;;
logs:local) exec tail -n 200 -F "$run_log" ;;
logs:compose) exec docker compose logs --follow --tail 200 ;;
down:compose) exec docker compose down ;;
down:*) stop_local ;;
*) fail "'$command' is not a command of stack.sh." ;;
esac
