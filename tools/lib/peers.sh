# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tools/test: what others wrote and npm has, in caches of its own.

# install_modules NAME SECONDS: what tools/lib/NAME lists; sets $modules to the folder that holds its node_modules, or says
# why it cannot be had.
install_modules () {
  modules=${XDG_CACHE_HOME:-$HOME/.cache}/chartroom/$1
  mkdir -p "$modules" || die "The folder $modules could not be made."
  if [ -f "$modules/complete" ] && cmp -s "$root/tools/lib/$1/package-lock.json" "$modules/complete"; then
    return 0
  fi
  rm -f "$modules/complete"
  cp "$root/tools/lib/$1"/package*.json "$modules/"
  log=$(mktemp)
  if (cd "$modules" && timeout "$2" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$log" 2>&1; then
    cp "$root/tools/lib/$1/package-lock.json" "$modules/complete"
    rm -f "$log"
    return 0
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  return 1
}

# prepare_clients: sets CHARTROOM_CLIENTS, a folder with the node_modules that tests/clients needs; leaves it unset where
# they cannot be had, and those tests skip.
prepare_clients () {
  unset CHARTROOM_CLIENTS
  if ! command -v npm >/dev/null 2>&1; then
    say "npm is not installed here: the client in Node is skipped."
  elif install_modules clients 60; then
    export CHARTROOM_CLIENTS="$modules"
  else
    say "npm could not install what the client in Node needs; the lines above say why. It is skipped."
  fi
}

# prepare_peers: sets CHARTROOM_PEERS, a folder with node_modules; leaves it unset where npm is not installed.
prepare_peers () {
  unset CHARTROOM_PEERS
  if ! command -v npm >/dev/null 2>&1; then
    say "npm is not installed here: what needs its servers is skipped."
    return
  fi
  install_groups no interop
  [ -f "${XDG_CACHE_HOME:-$HOME/.cache}/chartroom/peers/complete" ] ||
    say "Installing the servers to test against (a few minutes the first time)"
  install_modules peers 900 || die "npm could not install the servers to test against; the lines above say why."
  export CHARTROOM_PEERS="$modules" NODE_PATH="$modules/node_modules"
}
