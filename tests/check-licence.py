# SPDX-License-Identifier: GPL-3.0-or-later
"""Every source file says its licence at the top."""

import checklib

TAG = "SPDX-License-Identifier: GPL-3.0-or-later"


def sources(root):
    yield from checklib.files(root, ["src", "tests"], [".c", ".h", ".py", ".sh", ".css"])
    for path in checklib.files(root, ["tools", ".ci"], ["", ".sh", ".py"]):
        if checklib.read(path).startswith("#"):
            yield path


def check(root):
    complaints = []
    for path in sources(root):
        head = checklib.read(path).splitlines()[:3]
        wrong = not head or TAG not in head[0] if path.suffix in (".c", ".h") else TAG not in "\n".join(head)
        if wrong:
            complaints.append(f"{path.relative_to(root).as_posix()}:1: does not begin with {TAG}")
    return complaints


def self_test():
    root = checklib.sample(
        {
            "src/base/fine.c": f"/* {TAG} */\nint a;\n",
            "src/base/late.c": f"int a;\n/* {TAG} */\n",
            "src/base/none.h": "",
            "tests/fine.py": f"#!/usr/bin/python3\n# {TAG}\n",
            "tools/bad": "#!/bin/sh\n",
            "tools/fine": f"#!/bin/sh\n# {TAG}\n",
        }
    )
    checklib.expect(check(root), ["src/base/late.c:1", "src/base/none.h:1", "tools/bad:1"])


if __name__ == "__main__":
    checklib.main(check, self_test)
