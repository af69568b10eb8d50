# SPDX-License-Identifier: GPL-3.0-or-later
# tools/run starts the window where there is a display and the terminal's job where there is none, hands on the
# arguments and the exit status, and has a keyring ready: tried with programs that only say how they were called.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY XDG_DATA_HOME
export HOME="$work/home" XDG_RUNTIME_DIR="$work/run" CHARTROOM_BUILD_DIR="$work/build"
mkdir -p -m 700 "$HOME" "$XDG_RUNTIME_DIR" "$work/bin" "$work/build/src"
touch "$work/build/build.ninja"

stub () { printf '#!/bin/sh\n%s\n' "$2" >"$1"; chmod +x "$1"; }
stub "$work/bin/meson" 'exit 0'
stub "$work/bin/ninja" 'exit 0'
stub "$work/bin/dpkg-query" 'for name; do echo "installed $name"; done'
stub "$work/bin/rpm" 'exit 0'
told='echo "$(basename "$0")" "$@"
gdbus call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets \
  -m org.freedesktop.Secret.Service.ReadAlias default
exit 5'
stub "$work/build/src/chartroom" "$told"
stub "$work/build/src/chartroomctl" "$told"
export PATH="$work/bin:$PATH"

# expect FIRST-LINE COMMAND…
expect () {
  wanted=$1; shift
  "$@" </dev/null >"$work/out" 2>"$work/err"
  status=$?
  if [ $status != 5 ] || [ "$(head -n 1 "$work/out")" != "$wanted" ] || ! grep -q collection "$work/out"; then
    echo "wanted: $wanted, exit status 5, a collection; got: exit status $status"
    cat "$work/out" "$work/err"
    exit 1
  fi
}

expect 'chartroomctl demo --json' env -u DISPLAY sh "$root/tools/run" --json
expect 'chartroomctl demo' env DISPLAY=:8765 sh "$root/tools/run"
expect 'chartroomctl demo a b' sh "$root/tools/run" --terminal a b
if [ -n "${DISPLAY:-}" ]; then
  expect 'chartroom --sandbox' sh "$root/tools/run" --sandbox
fi

private=$HOME/.local/share/chartroom/private-keyring
[ "$(stat -c %a "$private")" = 700 ] || { echo "the keyring's folder is open to others"; exit 1; }
[ "$(stat -c %a "$private/password")" = 600 ] || { echo "the keyring's password is open to others"; exit 1; }
grep -q "$private" "$work/err" || { echo "nothing was said about the keyring"; exit 1; }
