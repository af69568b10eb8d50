# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs of tests/clients against a running engine and the sandbox's portal: test-clinic.py curl|node. Skipped where
curl, jq, Node or the library that verifies is missing; the script in shell then waits without a webhook."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
from apitest import ApiBench, Visitor  # noqa: E402

if len(sys.argv) == 5 and sys.argv[1] == "sign-in":
    Visitor().sign_in(sys.argv[4], {"username": sys.argv[2], "password": sys.argv[3]})
    sys.exit(0)

which = sys.argv[1]
NEEDED = {"curl": ("curl", "jq"), "node": ("node",)}[which]
can_verify = bool(shutil.which("node") and os.environ.get("CHARTROOM_CLIENTS"))
for name in NEEDED:
    if not shutil.which(name):
        print("skipped:", name, "is not installed")
        sys.exit(77)
if which == "node" and not can_verify:
    print("skipped: npm could not install standardwebhooks, or tools/test did not run this (CHARTROOM_CLIENTS)")
    sys.exit(77)

bench = ApiBench(sandbox=True)
try:
    person = bench.people[0]
    env = dict(os.environ, CHARTROOM_API_KEY=bench.key, CHARTROOM_SIGN_IN=" ".join(
        [sys.executable, os.path.abspath(__file__), "sign-in", person["username"], person["password"]]))
    env.pop("CHARTROOM_LISTEN", None)
    if can_verify:
        env["CHARTROOM_LISTEN"] = "node " + os.path.join(HERE, "listen.mjs")
    else:
        print("no webhook: node or standardwebhooks is missing")
    program = {"curl": [os.path.join(HERE, "clinic.sh")], "node": ["node", os.path.join(HERE, "clinic.mjs")]}[which]
    words = [*program, bench.url, "client-" + which, "sample"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    steps = [line.split()[0] for line in done.stdout.splitlines()]
    assert steps == list("12345678"), steps
    assert done.stdout.count("told by a verified") == (0 if not can_verify else 1 if which == "curl" else 2)
    # A second patient of the id is refused, in the envelope's words.
    again = subprocess.run(words, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 1 and again.stderr.startswith("external_id_already_exists: "), again.stderr
finally:
    bench.close()
