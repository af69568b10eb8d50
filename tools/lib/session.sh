# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tools/run and tools/test: display, bus and keyring. Needs $root and lib/setup.sh.

# make_work: $work, a private folder in a temporary place that goes when the script ends.
make_work () {
  work=$(mktemp -d /tmp/chartroom-XXXXXXXX) || die "No temporary folder could be made in /tmp."
  xvfb='' bus=''
  trap end_work EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

end_work () {
  for pid in $bus $xvfb; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  rm -rf "$work"
}

# wait_for FILE PID NAME: until the process has written the file.
wait_for () {
  tries=0
  until [ -s "$1" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 1200 ] || ! kill -0 "$2" 2>/dev/null; then
      cat "$work/$3.log" >&2
      die "$3 did not start; the lines above say why."
    fi
    sleep 0.05
  done
}

# start_display: a screen of our own, on a number that is free; sets DISPLAY.
start_display () {
  Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp -noreset 3>"$work/display" >"$work/Xvfb.log" 2>&1 &
  xvfb=$!
  wait_for "$work/display" $xvfb Xvfb
  DISPLAY=:$(cat "$work/display")
  export DISPLAY
  unset WAYLAND_DISPLAY XAUTHORITY
}

# has_display: whether a window can be opened, asked of the toolkit itself where its tool is installed.
has_display () {
  [ -n "${WAYLAND_DISPLAY:-}${DISPLAY:-}" ] || return 1
  if command -v gtk4-query-settings >/dev/null 2>&1; then
    timeout 20 gtk4-query-settings gtk-theme-name >/dev/null 2>&1
    return
  fi
  case "${WAYLAND_DISPLAY:-}" in
    '') ;;
    /*) [ -S "$WAYLAND_DISPLAY" ] && return ;;
    *) [ -S "${XDG_RUNTIME_DIR:-/nowhere}/$WAYLAND_DISPLAY" ] && return ;;
  esac
  case "${DISPLAY:-}" in
    '') return 1 ;;
    :*) number=${DISPLAY#:}; [ -S "/tmp/.X11-unix/X${number%%.*}" ] ;;
  esac
}

call_bus () { timeout 30 gdbus call --session --timeout 20 "$@" 2>/dev/null; }

# keyring_usable: whether the session has a keyring that can keep a secret now, or can ask the person at a
# display to unlock it. A service without a collection, or a locked one without a display, keeps nothing.
keyring_usable () {
  [ -n "${DBUS_SESSION_BUS_ADDRESS:-}" ] || [ -S "${XDG_RUNTIME_DIR:-/nowhere}/bus" ] || return 1
  alias=$(call_bus -d org.freedesktop.secrets -o /org/freedesktop/secrets \
    -m org.freedesktop.Secret.Service.ReadAlias default) || return 1
  case $alias in
    *"'/'"*) [ "$mode" = window ] && can_prompt ;;
    *)
      collection=$(printf '%s' "$alias" | sed "s/.*'\(.*\)'.*/\1/")
      locked=$(call_bus -d org.freedesktop.secrets -o "$collection" \
        -m org.freedesktop.DBus.Properties.Get org.freedesktop.Secret.Collection Locked)
      case $locked in
        *true*) [ "$mode" = window ] && can_prompt ;;
        *false*) true ;;
        *) false ;;
      esac ;;
  esac
}

can_prompt () {
  call_bus -d org.freedesktop.DBus -o /org/freedesktop/DBus -m org.freedesktop.DBus.ListActivatableNames |
    grep -q org.gnome.keyring.SystemPrompter
}

# start_bus: a session bus of our own, which can start the accessibility bus and dconf and nothing else; a stock
# one would start the desktop's portals and its keyring.
start_bus () {
  mkdir "$work/services"
  for name in org.a11y.Bus ca.desrt.dconf; do
    for folder in $(printf %s "${XDG_DATA_DIRS:-/usr/local/share:/usr/share}" | tr : ' '); do
      if [ -r "$folder/dbus-1/services/$name.service" ] && [ ! -e "$work/services/$name.service" ]; then
        ln -s "$folder/dbus-1/services/$name.service" "$work/services/"
      fi
    done
  done
  [ -e "$work/services/ca.desrt.dconf.service" ] || export GSETTINGS_BACKEND="${GSETTINGS_BACKEND:-keyfile}"
  if [ -z "${XDG_RUNTIME_DIR:-}" ] || [ ! -d "$XDG_RUNTIME_DIR" ]; then
    mkdir -m 700 "$work/runtime"
    export XDG_RUNTIME_DIR="$work/runtime"
  fi
  sed "s#@WORK@#$work#g" "$root/tools/lib/session.conf.in" >"$work/session.conf"
  dbus-daemon --config-file="$work/session.conf" --nofork --nopidfile --print-address=3 \
    3>"$work/bus-address" >"$work/dbus-daemon.log" 2>&1 &
  bus=$!
  wait_for "$work/bus-address" $bus dbus-daemon
  DBUS_SESSION_BUS_ADDRESS=$(head -n 1 "$work/bus-address")
  export DBUS_SESSION_BUS_ADDRESS
  unset DBUS_SESSION_BUS_PID
}

# start_keyring HOME PASSWORD_FILE: an unlocked keyring on that bus, kept below HOME. Every byte of the file is the
# password, so it has no newline. The daemon leaves with the bus.
start_keyring () {
  XDG_DATA_HOME=$1 gnome-keyring-daemon --unlock --components=secrets --control-directory="$work/keyring" \
    <"$2" >"$work/keyring.log" 2>&1
  if ! gdbus wait --session --timeout 90 org.freedesktop.secrets; then
    cat "$work/keyring.log" >&2
    die "The keyring did not start; the lines above say why."
  fi
}
