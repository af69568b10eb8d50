# SPDX-License-Identifier: GPL-3.0-or-later
"""What the check-*.py scripts share: finding files, saying what is wrong, and proving that they can."""

import atexit
import pathlib
import shutil
import sys
import tempfile

SKIP = 77


def files(root, folders, suffixes):
    """Paths below root/folder with one of the suffixes, in a stable order."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes:
                found.append(path)
    return found


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def sample(tree):
    """A folder in a temporary place, made of {relative path: text}; it goes when the script ends."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="chartroom-check-"))
    atexit.register(shutil.rmtree, root)
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def expect(complaints, wanted):
    """Fails unless every complaint holds the text wanted in its place, and there are no others."""
    fine = len(complaints) == len(wanted) and all(
        want in complaint for want, complaint in zip(wanted, complaints)
    )
    if not fine:
        print("expected:", *wanted, sep="\n  ")
        print("got:", *complaints, sep="\n  ")
        sys.exit(1)


def main(check, self_test):
    """check (root) returns the list of complaints; self_test () exits by itself when it fails."""
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        print("self-test passed")
        return
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} ROOT | --self-test")

    complaints = check(pathlib.Path(sys.argv[1]))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
