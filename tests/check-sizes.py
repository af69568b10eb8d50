# SPDX-License-Identifier: GPL-3.0-or-later
"""A function fits on a screen and a file has one subject: complains about functions of more than 100 lines
and files of more than 700, and prints the longest of each.

A table that is long because the world is may say so: `check-sizes: table` in a comment inside the function,
or in the first ten lines of a file, lifts its limit."""

import re

import checklib

FUNCTION_LINES = 100
FILE_LINES = 700
MARK = "check-sizes: table"
NAME = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*) ?\(")


def functions(lines):
    """(name, first line, lines) of every function laid out as clang-format does: name, { and } at column 0."""
    name, start, opened, before = None, 0, None, ""
    for number, line in enumerate(lines, 1):
        match = NAME.match(line)
        if match and opened is None:
            name, start = match.group(1), number
        elif line.startswith("{") and name is not None and before.endswith(")"):
            opened = number
        elif line.rstrip() == "}" and opened is not None:
            yield name, start, lines[start - 1 : number]
            name, opened = None, None
        elif opened is None and (line.startswith("}") or line.rstrip().endswith(";")):
            name = None
        before = line.rstrip()


def measure(root):
    complaints, longest_functions, longest_files = [], [], []
    for path in checklib.files(root, ["src", "tests"], [".c", ".h"]):
        label = path.relative_to(root).as_posix()
        lines = checklib.read(path).splitlines()
        longest_files.append((len(lines), label))
        if len(lines) > FILE_LINES and not any(MARK in line for line in lines[:10]):
            complaints.append(f"{label}:1: {len(lines)} lines; split it by meaning")
        for name, start, body in functions(lines):
            longest_functions.append((len(body), f"{label}:{start}: {name}"))
            if len(body) > FUNCTION_LINES and not any(MARK in line for line in body):
                complaints.append(f"{label}:{start}: {name} has {len(body)} lines; find its second idea")
    return complaints, longest_functions, longest_files


def check(root):
    complaints, longest_functions, longest_files = measure(root)
    for longest in (longest_functions, longest_files):
        for length, label in sorted(longest, reverse=True)[:5]:
            print(f"{length:5} {label}")
    return complaints


def self_test():
    body = "  step ();\n"
    root = checklib.sample(
        {
            "src/base/fine.c": "G_DEFINE_QUARK (CrA, cr_a)\n\nstruct _A\n{\n" + "  int a;\n" * 150 + "};\n\nvoid\nfine (int a)\n{\n" + body * 97 + "}\n",
            "src/base/long.c": "static void\ntoo_long (int a,\n          int b)\n{\n" + body * 97 + "}\n",
            "src/base/table.c": "static void\ntable (void)\n{\n  /* check-sizes: table */\n" + body * 200 + "}\n",
            "src/base/huge.c": "int a;\n" * 701,
            "tests/base/rows.c": "/* check-sizes: table */\n" + "int a;\n" * 701,
        }
    )
    checklib.expect(
        measure(root)[0],
        [
            "src/base/huge.c:1: 701 lines",
            "src/base/long.c:2: too_long has 101 lines",
        ],
    )


if __name__ == "__main__":
    checklib.main(check, self_test)
