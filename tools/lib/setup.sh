# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by tools/run and tools/test: words, packages, configure and build. Needs $root, the checkout.

build=${CHARTROOM_BUILD_DIR:-$root/build}
case $build in
  /*) ;;
  *) build=$PWD/$build ;;
esac
installed_now=no
also_wanted=''

say () { printf '%s\n' "$*" >&2; }
die () { say "$*"; exit 1; }

# A machine without any setting of a locale writes ASCII; what we print has more.
case "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" in
  '' | C | POSIX) LC_CTYPE=C.UTF-8; export LC_CTYPE ;;
esac
if [ -z "${HOME:-}" ]; then
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  export HOME
fi

# list_packages COLUMN GROUP…: the names of the groups in that column of the table.
list_packages () {
  column=$1; shift
  for group; do
    awk -v group="$group" -v column="$column" \
      '$1 == group && $column != "-" { print $column }' "$root/tools/lib/packages"
  done
}

# as_root COMMAND…: runs it as root; 126 when that cannot be had.
as_root () {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif can_sudo; then
    sudo "$@"
  else
    return 126
  fi
}

can_sudo () {
  command -v sudo >/dev/null 2>&1 || return 1
  sudo -n true 2>/dev/null || { [ -t 0 ] && [ -t 2 ]; }
}

# need_root LINE: stops with the exact line to type when root cannot be had.
need_root () {
  if [ "$(id -u)" = 0 ]; then return; fi
  if can_sudo && sudo -v; then return; fi
  rm -f "$log"
  say "Chartroom needs packages that are not installed, and neither root nor sudo is at hand."
  say "Type this line as root, or have somebody do it, then start $0 again:"
  say ""
  say "  $1"
  say ""
  exit 1
}

missing_debs () {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null \
    | sed -n 's/^installed //p')
  for package; do
    printf '%s\n' "$installed" | grep -qx -- "$package" || printf '%s\n' "$package"
  done
}

missing_rpms () {
  for package; do
    rpm -q --whatprovides "$package" >/dev/null 2>&1 || printf '%s\n' "$package"
  done
}

# known_debs NAME…: those that a package source offers.
known_debs () {
  for package; do
    apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]' && printf '%s\n' "$package"
  done
  return 0
}

# also_debs: what the caller will ask for next, so that one line to type is enough.
also_debs () {
  also=$(known_debs $(missing_debs $(list_packages 2 $also_wanted)))
  [ -z "$also" ] || printf ' %s' $also
}

apt_get () {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq "$@"
}

# install_debs STRICT NAME…: with STRICT "yes" every name must be had, else what is unknown is left out.
install_debs () {
  strict=$1; shift
  missing=$(missing_debs "$@")
  [ -n "$missing" ] || return 0
  missing=$(echo $missing)
  need_root "apt-get update && apt-get install --no-install-recommends -y $missing$(also_debs)"
  say "Installing: $missing"
  installed_now=yes
  apt_get update || say "The lists of packages could not be refreshed; trying with those that are there."
  if [ "$strict" = no ]; then
    wanted=$missing
    missing=$(known_debs $wanted)
    for package in $wanted; do
      printf '%s\n' "$missing" | grep -qx -- "$package" || say "Not in this distribution, left out: $package"
    done
    [ -n "$missing" ] || return 0
  fi
  apt_get install --no-install-recommends -y $missing >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "Some packages could not be installed; the lines above say why."
  }
}

# Written for Fedora and not tried: no mirror of it could be reached where this was made.
install_rpms () {
  strict=$1; shift
  missing=$(missing_rpms "$@")
  [ -n "$missing" ] || return 0
  missing=$(echo $missing)
  need_root "dnf install -y --setopt=install_weak_deps=False $missing"
  say "Installing: $missing"
  installed_now=yes
  skip=
  [ "$strict" = yes ] || skip=--skip-unavailable
  as_root dnf install -y -q --setopt=install_weak_deps=False $skip $missing >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    die "Some packages could not be installed; the lines above say why."
  }
}

# install_groups STRICT GROUP…
install_groups () {
  strict=$1; shift
  log=$(mktemp)
  if command -v apt-get >/dev/null 2>&1; then
    install_debs "$strict" $(list_packages 2 "$@")
  elif command -v dnf >/dev/null 2>&1; then
    install_rpms "$strict" $(list_packages 3 "$@")
  else
    say "No apt-get and no dnf here: going on with what is installed. tools/lib/packages lists what is needed."
  fi
  rm -f "$log"
}

# configure DIR OPTION…: sets the folder up, or changes the options that differ.
configure () {
  dir=$1; shift
  log=$(mktemp)
  if [ ! -f "$dir/build.ninja" ]; then
    say "Configuring $dir"
    # What a set-up that was broken off left behind would be taken for a finished one.
    rm -rf "$dir/meson-private"
    meson setup "$dir" "$root" "$@" >"$log" 2>&1 || show_and_die "configured"
  elif [ $installed_now = yes ]; then
    # What was missing when the folder was set up may be here now.
    meson setup --reconfigure "$dir" "$root" "$@" >"$log" 2>&1 || show_and_die "configured"
  elif [ $# -gt 0 ] && [ "$*" != "$(cat "$dir/.chartroom-options" 2>/dev/null)" ]; then
    meson configure "$dir" "$@" >"$log" 2>&1 || show_and_die "configured"
  fi
  # The list of targets is read next: it must know of what was added to the sources since.
  ninja -C "$dir" build.ninja >"$log" 2>&1 || show_and_die "configured"
  [ $# -eq 0 ] || printf '%s' "$*" >"$dir/.chartroom-options"
  rm -f "$log"
}

# targets DIR: what a run needs of the build: programs, data and translations, not the tests.
targets () {
  ninja -C "$1" -t targets all 2>/dev/null |
    sed -n 's/^\(\(src\|data\|po\)\/[^:]*\): [A-Za-z_]*\(LINKER\|CUSTOM_COMMAND\).*/\1/p'
}

# compile DIR TARGET…: quiet when all goes well, but for a line that says what it does.
compile () {
  dir=$1; shift
  log=$(mktemp)
  ninja -C "$dir" -n "$@" 2>/dev/null | grep -q 'no work to do' || say "Building (a few minutes the first time)"
  ninja -C "$dir" "$@" >"$log" 2>&1 || show_and_die "built"
  rm -f "$log"
}

show_and_die () {
  tail -n 60 "$log" >&2
  rm -f "$log"
  die "Chartroom could not be $1; the lines above say why."
}
