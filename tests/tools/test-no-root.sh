# SPDX-License-Identifier: GPL-3.0-or-later
# Without root and sudo, tools/run names what is missing in one line to type, and stops with exit status 1.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

stub () { printf '#!/bin/sh\n%s\n' "$2" >"$work/$1"; chmod +x "$work/$1"; }
stub id 'echo 1000'
stub sudo 'exit 1'
stub apt-get 'echo "apt-get was called" >&2; exit 1'
stub apt-cache 'exit 0'
# Everything is installed but for two.
stub dpkg-query 'for name; do case $name in ninja-build | librsvg2-common) ;; *) echo "installed $name" ;; esac; done'

PATH=$work:$PATH CHARTROOM_BUILD_DIR=$work/build sh "$root/tools/run" </dev/null >"$work/out" 2>"$work/err"
status=$?
cat "$work/err"
[ $status = 1 ] || { echo "exit status $status"; exit 1; }
grep -qx '  apt-get update && apt-get install --no-install-recommends -y ninja-build librsvg2-common' "$work/err" ||
  { echo "the line to type is not there"; exit 1; }
[ ! -e "$work/build" ] || { echo "it went on"; exit 1; }
! grep -q 'apt-get was called' "$work/err"
