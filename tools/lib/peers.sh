# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tools/test: the servers that others wrote, in a cache of their own.

# prepare_peers: sets CHARTROOM_PEERS, a folder with node_modules; leaves it unset where npm is not installed.
prepare_peers () {
  unset CHARTROOM_PEERS
  if ! command -v npm >/dev/null 2>&1; then
    say "npm is not installed here: what needs its servers is skipped."
    return
  fi
  install_groups no interop
  peers=${XDG_CACHE_HOME:-$HOME/.cache}/chartroom/peers
  mkdir -p "$peers" || die "The folder $peers could not be made."
  if [ ! -f "$peers/complete" ] || ! cmp -s "$root/tools/lib/peers/package-lock.json" "$peers/complete"; then
    say "Installing the servers to test against into $peers (a few minutes the first time)"
    rm -f "$peers/complete"
    cp "$root"/tools/lib/peers/package*.json "$peers/"
    log=$(mktemp)
    (cd "$peers" && timeout 900 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$log" 2>&1 || {
      tail -n 20 "$log" >&2
      die "npm could not install the servers to test against; the lines above say why."
    }
    rm -f "$log"
    cp "$root/tools/lib/peers/package-lock.json" "$peers/complete"
  fi
  export CHARTROOM_PEERS="$peers" NODE_PATH="$peers/node_modules"
}
