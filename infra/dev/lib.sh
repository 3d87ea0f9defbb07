# shellcheck shell=bash
# Shared by the scripts that a person runs. Source it; it sets `root` and changes nothing else.
# Messages go to stderr, results to stdout.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# fail EXIT-CODE MESSAGE: 1 failed, 2 usage, 3 something is missing (as the binary's codes).
fail() {
  say "${0##*/}: $2"
  exit "$1"
}

# Where infra/up keeps its data unless told otherwise.
default_data() {
  if ((EUID == 0)); then echo /var/lib/flashpoll; else echo "$root/.flashpoll"; fi
}

# Moment a process was started, in ticks since boot; fails when there is none. With the pid this
# names a process for good: a pid alone may belong to another one by now.
started_at() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) } # the name before may hold spaces and parentheses
  [[ ${stat%% *} != Z ]] || return 1
  cut -d' ' -f20 <<<"$stat"
}

# remember FILE PID: notes a process that we started, all at once.
remember() {
  local start
  start=$(started_at "$2") || return 1
  echo "$2 $start" >"$1.$BASHPID"
  mv "$1.$BASHPID" "$1"
}

# remembered FILE: the pid noted there, if that very process still runs.
remembered() {
  local pid start
  read -r pid start 2>/dev/null <"$1" || return 1
  [[ $(started_at "$pid") == "$start" ]] || return 1
  printf '%s' "$pid"
}

# stop_remembered FILE SIGNAL SECONDS: sends the signal, after that time SIGKILL; forgets.
stop_remembered() {
  local file=$1 pid
  if pid=$(remembered "$file"); then
    kill "-$2" "$pid" 2>/dev/null || true
    if ! wait_until "$3" not remembered "$file"; then
      say "process $pid did not stop within $3 s: killed"
      kill -KILL "$pid" 2>/dev/null || true
      wait_until 5 not remembered "$file" || fail 1 "process $pid cannot be killed"
    fi
  fi
  rm -f "$file"
}

not() { ! "$@" >/dev/null; }

# wait_until SECONDS COMMAND…: asks 20 times a second, fails when the time is up.
wait_until() {
  local tries=$(($1 * 20))
  shift
  until "$@" >/dev/null 2>&1; do
    ((tries-- > 0)) || return 1
    sleep 0.05
  done
}

# random_hex BYTES
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }
