# SPDX-License-Identifier: GPL-3.0-or-later
"""The C files are laid out as .clang-format says. Versions of clang-format differ in what they make of one
configuration, so only the one the project uses counts; without it the test is skipped."""

import re
import shutil
import subprocess
import sys

import checklib

VERSION = 14


def find_tool():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path is None:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        if re.search(rf"version {VERSION}\.", said):
            return path
    print(f"clang-format {VERSION} is not installed")
    sys.exit(checklib.SKIP)


def check(root):
    tool = find_tool()
    paths = checklib.files(root, ["src", "tests"], [".c", ".h"])
    if not paths:
        return ["no files"]
    command = [tool, "--dry-run", "--Werror", "--ferror-limit=1", "--style=file"]
    result = subprocess.run(command + [str(path) for path in paths], capture_output=True, text=True, check=False)
    lines = [line.replace(f"{root}/", "") for line in result.stderr.splitlines() if ": error: " in line]
    if result.returncode != 0 and not lines:
        lines = [result.stderr]
    return lines


def self_test():
    style = "BasedOnStyle: GNU\n"
    fine = "int\nf (int a)\n{\n  return a;\n}\n"
    root = checklib.sample({".clang-format": style, "src/a.c": fine, "src/b.c": "int f(int a) { return a; }\n"})
    checklib.expect(check(root), ["src/b.c:1"])


if __name__ == "__main__":
    checklib.main(check, self_test)
