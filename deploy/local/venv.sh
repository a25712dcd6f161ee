#!/bin/sh
# sh deploy/local/venv.sh local|dev|audit|chart|mlflow-server: install requirements/NAME.txt into $VENV (.venv).
# With BOOSTERS=true it installs requirements/boosters.txt too, with DASK=true requirements/dask.txt, with OTEL=true
# requirements/otel.txt, with MLFLOW=true requirements/mlflow.txt, and with DATABASES=true requirements/databases.txt.
# It compares the lock with the one that was installed last, and does nothing if they are equal.
set -eu

wanted=$1
case ${BOOSTERS:-} in [Tt]*|1|[Yy]*|[Oo][Nn]) wanted="$wanted boosters" ;; esac
case ${DASK:-} in [Tt]*|1|[Yy]*|[Oo][Nn]) wanted="$wanted dask" ;; esac
case ${OTEL:-} in [Tt]*|1|[Yy]*|[Oo][Nn]) wanted="$wanted otel" ;; esac
case ${MLFLOW:-} in [Tt]*|1|[Yy]*|[Oo][Nn]) wanted="$wanted mlflow" ;; esac
case ${DATABASES:-} in [Tt]*|1|[Yy]*|[Oo][Nn]) wanted="$wanted databases" ;; esac
venv=${VENV:-.venv}
suitable='import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'

fail() {
    echo "error: $*" >&2
    exit 1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        "$PYTHON" -c "$suitable" 2>/dev/null ||
            fail "PYTHON=$PYTHON is not Python 3.11 to 3.14 with venv. Set PYTHON to Python 3.11, 3.12, 3.13 or 3.14."
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c "$suitable" 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Modelgate needs Python 3.11 to 3.14 with venv, and found none of them on the PATH." \
        "Install one (Debian, Ubuntu: apt install python3-venv), or set PYTHON: make PYTHON=/path/to/python3.12 …"
}

version_of() {
    "$1" -c 'import sys; print(sys.version_info[:2])' 2>/dev/null
}

is_usable() {
    "$venv/bin/python" -c "$suitable" 2>/dev/null &&
        { [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of "$venv/bin/python")" ]; }
}

# The development lock contains all packages of the local lock, in the same versions.
holds() {
    for lock in "$1" dev; do
        if cmp -s "requirements/$lock.txt" "$venv/installed-$lock.txt" && is_usable; then return 0; fi
    done
    return 1
}

missing=
for name in $wanted; do
    if ! holds "$name"; then missing="$missing $name"; fi
done
[ -n "$missing" ] || exit 0

# Without compilation this takes half the time. Python compiles a module at its first import.
install() {
    "$@" --disable-pip-version-check --quiet install --no-compile --require-hashes --requirement "$lock"
}

if ! is_usable || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "Making $venv with $("$python" --version)."
    "$python" -m venv --clear --without-pip "$venv"
    lock=requirements/pip.txt
    if "$python" -m pip --python "$venv/bin/python" --version >/dev/null 2>&1; then
        install "$python" -m pip --python "$venv/bin/python"
    else
        "$venv/bin/python" -m ensurepip >/dev/null
        install "$venv/bin/python" -m pip
    fi
fi
for name in $missing; do
    lock=requirements/$name.txt
    echo "Installing $lock into $venv. This takes about a minute."
    install "$venv/bin/python" -m pip
    cp "$lock" "$venv/installed-$name.txt"
done
