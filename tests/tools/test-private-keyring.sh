# SPDX-License-Identifier: GPL-3.0-or-later
# test-private-keyring.sh PYTHON: what is kept in the keyring of one session is there in the next, and is not on the
# disk in clear; nothing of the sessions is left.
set -u
python=$1
root=$(cd "$(dirname "$0")/../.." && pwd -P)
"$python" -c 'import gi; gi.require_version ("Secret", "1")' 2>/dev/null || { echo "no libsecret for Python"; exit 77; }

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
printf 'a password' >"$home/password"

cat >"$home/ask.py" <<'END'
import sys
import gi
gi.require_version("Secret", "1")
from gi.repository import Secret
schema = Secret.Schema.new("io.github.chartroom.Test", Secret.SchemaFlags.NONE, {"of": Secret.SchemaAttributeType.STRING})
if sys.argv[1:] == ["store"]:
    Secret.password_store_sync(schema, {"of": "test"}, None, "test", "clear-words", None)
print(Secret.password_lookup_sync(schema, {"of": "test"}, None))
END

session () (
  . "$root/tools/lib/setup.sh"
  . "$root/tools/lib/session.sh"
  make_work
  start_bus
  start_keyring "$home" "$home/password"
  printf '%s' "$work" >"$home/work"
  "$python" "$home/ask.py" "$@"
)

fail () { echo "$*"; exit 1; }

[ "$(session store)" = clear-words ] || fail "the secret could not be stored"
[ ! -e "$(cat "$home/work")" ] || fail "the session left its folder"
[ "$(session look-up)" = clear-words ] || fail "the secret was gone in the next session"
[ -s "$home/keyrings/login.keyring" ] || fail "the keyring is not where it should be"
! grep -rq clear-words "$home/keyrings" || fail "the secret lies on the disk in clear"
