# SPDX-License-Identifier: GPL-3.0-or-later
"""The closing line of tools/test counts every result, and its exit status never hides a failure."""

import json
import pathlib
import subprocess
import sys
import tempfile

SCRIPT = pathlib.Path(__file__).parents[2] / "tools" / "lib" / "summary.py"

ROWS = [
    # status of meson test, results, exit status, closing line
    (0, ["OK", "OK", "EXPECTEDFAIL"], 0, "3 passed, 0 failed, 0 skipped"),
    (0, ["OK", "SKIP"], 0, "1 passed, 0 failed, 1 skipped"),
    (1, ["OK", "FAIL"], 1, "1 passed, 1 failed, 0 skipped"),
    (0, ["OK", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"], 1, "1 passed, 4 failed, 0 skipped"),
    (0, ["SKIP"], 1, "0 passed, 0 failed, 1 skipped"),
    (0, [], 1, "0 passed, 0 failed, 0 skipped"),
    (2, ["OK"], 2, "1 passed, 0 failed, 0 skipped"),
]


def run(status, results):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as log:
        for number, result in enumerate(results):
            log.write(json.dumps({"name": f"test-{number}", "result": result}) + "\n")
        log.flush()
        command = [sys.executable, str(SCRIPT), str(status), log.name, "/nowhere.json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-1]


for given, outcome, wanted_status, wanted_line in ROWS:
    got = run(given, outcome)
    if got != (wanted_status, wanted_line):
        sys.exit(f"{given} {outcome}: {got}")
