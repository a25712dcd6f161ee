#!/bin/sh
# sh deploy/server/nightly.sh: fetch fresh data, train, and back up. Send an alert unless production has the new model.
# Its exit status is that of ./modelgate retrain --require-promotion. nightly.env explains its settings.
set -eu
cd "$(dirname -- "$(readlink -f -- "$0")")/../.."

settings=${NIGHTLY_ENV:-/etc/modelgate/nightly.env}
if [ -r "$settings" ]; then
    set -a
    # shellcheck source=/dev/null # a file of the machine
    . "$settings"
    set +a
fi
backups=${BACKUPS:-backups}
report=$(mktemp)
part=
trap 'rm -f -- "$report" ${part:+"$part"}' EXIT
trap 'exit 1' HUP INT TERM

# Usage: finish STATUS MESSAGE
finish() {
    cat "$report"
    echo "$2"
    if [ "$1" -ne 0 ] && [ -n "${ALERT:-}" ]; then
        { echo "Modelgate on $(uname -n): $2" && echo && tail -n 40 "$report"; } | sh -c "$ALERT" ||
            echo "error: The alert could not be sent: $ALERT" >&2
    fi
    exit "$1"
}

mkdir -p data "$backups"
exec 9>data/.nightly
flock --nonblock 9 || finish 1 "Another nightly run has not ended. Nothing was done."

if [ -n "${FETCH:-}" ]; then
    TRAINER_DATASET=${TRAINER_DATASET:-data/train.csv}
    part=$(dirname -- "$TRAINER_DATASET")/.fetched-$$
    sh -c "$FETCH" >"$part" 2>"$report" || finish 1 "Fresh data could not be fetched. Production stays."
    [ -s "$part" ] || finish 1 "The fresh data is empty. Production stays."
    chmod 644 "$part" # the trainer's container is another user
    mv -- "$part" "$TRAINER_DATASET"
    export TRAINER_DATASET
fi

status=0
./modelgate retrain --require-promotion >>"$report" 2>&1 || status=$?

if ./modelgate backup "$backups/nightly-$(date -u +%Y%m%dT%H%M%SZ).tar.gz" >>"$report" 2>&1; then
    find "$backups" -name 'nightly-*.tar.gz' -mtime +"${KEEP_DAYS:-14}" -delete
else
    finish 1 "The store could not be backed up. The training ended with status $status."
fi

case $status in
0) finish 0 "Production has the model of this run." ;;
2) finish 2 "The settings or the data are bad. Production stays." ;;
3) finish 3 "The new model was not promoted. Production stays." ;;
4) finish 4 "The candidate was not decided in time: the gatekeeper does not run, or a person must approve it." ;;
*) finish "$status" "The training failed. Production stays." ;;
esac
