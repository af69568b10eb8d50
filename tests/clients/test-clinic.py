# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell script of tests/clients against a running engine and the sandbox's portal. Skipped where curl or jq is missing."""
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
for name in ("curl", "jq"):
    if not shutil.which(name):
        print("skipped:", name, "is not installed")
        sys.exit(77)

bench = ApiBench()
try:
    person = bench.people[0]
    env = dict(os.environ, CHARTROOM_API_KEY=bench.key, CHARTROOM_SIGN_IN=" ".join(
        [sys.executable, os.path.abspath(__file__), "sign-in", person["username"], person["password"]]))
    script = [os.path.join(HERE, "clinic.sh"), bench.url, person["clinic_id"], "sample"]
    done = subprocess.run(script, env=env, capture_output=True, text=True, timeout=120, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == list("12345678")
    # A second patient of the id is refused, in the envelope's words.
    again = subprocess.run(script, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 1 and again.stderr.startswith("external_id_already_exists: "), again.stderr
finally:
    bench.close()
