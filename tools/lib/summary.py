# SPDX-License-Identifier: GPL-3.0-or-later
"""summary.py STATUS TESTLOG…: the closing line of a run of meson test, counted from its logs, and its exit
status: STATUS, or 1 when a test failed or none ran."""

import json
import pathlib
import sys

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP", "IGNORED")


def results(paths):
    for path in paths:
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                test = json.loads(line)
                yield test["name"], test["result"]


def main():
    status = int(sys.argv[1])
    found = list(results(map(pathlib.Path, sys.argv[2:])))
    failed = [f"{name}: {result}" for name, result in found if result not in PASSED + SKIPPED]
    skipped = [name for name, result in found if result in SKIPPED]
    passed = len(found) - len(failed) - len(skipped)

    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    if passed + len(failed) == 0:
        print("No test ran.")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    if failed or passed == 0:
        status = status or 1
    sys.exit(status)


if __name__ == "__main__":
    main()
