# shellcheck shell=bash
# Functions to install Debian's packages. Other scripts source this file.
# Packages come from the mirror of the machine's apt configuration.

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Refreshes the package lists, once in a run of all scripts.
update_lists() {
  [[ -z ${MODELGATE_LISTS_FRESH:-} ]] || return 0
  command -v apt-get >/dev/null || fail "packages are missing, and apt-get (Debian 12 or newer) is needed to install them"
  [[ $EUID == 0 ]] || fail "packages are missing, and only root can install them. Run this script as root"
  apt-get update -qq </dev/null
  export MODELGATE_LISTS_FRESH=1
}

# Installs missing packages without starting their services.
install_packages() {
  local package policy=/usr/sbin/policy-rc.d missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  update_lists
  say "installing ${missing[*]}"
  if [[ -e $policy ]]; then
    policy=
  else
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  local status=0
  DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null || status=$?
  [[ -z $policy ]] || rm -f "$policy"
  ((status == 0)) || fail "apt-get could not install ${missing[*]} (see its message above)"
}

# Prints the address of this machine's Debian archive.
mirror() {
  local address
  update_lists
  # shellcheck disable=SC2016 # apt's own placeholder
  address=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
    grep -m 1 -E '^https?://') || fail "apt's configuration has no Debian archive with an http or https address"
  printf '%s\n' "${address%/}"
}

# Unpacks packages of another release into a directory, with separate lists:
# the machine's sources, lists and installed packages do not change.
# Usage: unpack_from RELEASE DIRECTORY PACKAGE...
unpack_from() {
  local release=$1 directory=$2 package address state
  shift 2
  update_lists
  install_packages debian-archive-keyring
  address=$(mirror)
  state=$(mktemp -d)
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$address" "$release" >"$state/sources.list"
  local apt=(apt-get -qq
    -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$state/lists" -o "Dir::Cache=$state/cache"
    -o APT::Sandbox::User=root -o Acquire::Languages=none)
  "${apt[@]}" update </dev/null
  (cd "$state" && "${apt[@]}" download "$@" </dev/null)
  for package in "$state"/*.deb; do dpkg -x "$package" "$directory"; done
  rm -rf "$state"
}
