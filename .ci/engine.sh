# shellcheck shell=bash
# Directories and functions of the engine that .ci/engine-up starts. Other scripts source this file.
# The directories are separate, so an installed engine that is not running loses nothing.

readonly ENGINE_STATE=/run/modelgate-engine
readonly ENGINE_DATA=/var/lib/modelgate-engine
readonly ENGINE_PID=$ENGINE_STATE/dockerd.pid

# Prints the process id of the engine that engine-up started, or fails.
engine_pid() {
  local pid
  pid=$(cat "$ENGINE_PID" 2>/dev/null) && [[ $(cat "/proc/$pid/comm" 2>/dev/null) == dockerd ]] && printf '%s\n' "$pid"
}

# dockerd changes forwarding, its default policy, rules and a bridge, and does not undo that.
remember_network() {
  [[ ! -e $ENGINE_STATE/forward_policy ]] || return 0
  cat /proc/sys/net/ipv4/ip_forward >"$ENGINE_STATE/ip_forward"
  iptables -S FORWARD | head -n 1 >"$ENGINE_STATE/forward_policy"
}

forget_network() {
  local policy
  ip link delete docker0 2>/dev/null || true
  iptables-save | grep -v -E 'DOCKER|docker0' | iptables-restore
  read -ra policy <"$ENGINE_STATE/forward_policy"
  iptables "${policy[@]}"
  cat "$ENGINE_STATE/ip_forward" >/proc/sys/net/ipv4/ip_forward
}

unmount_leftovers() {
  local target
  tac /proc/self/mounts | cut -d ' ' -f 2 | grep -E "^($ENGINE_STATE|$ENGINE_DATA)(/|\$)" | while read -r target; do
    umount -l "$target"
  done || true
}
