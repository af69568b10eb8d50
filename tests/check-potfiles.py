# SPDX-License-Identifier: GPL-3.0-or-later
"""po/POTFILES.in lists every file that has words to translate, and no other. `check-potfiles.py --write ROOT`
writes it anew."""

import pathlib
import re
import sys

import checklib

MARKED_C = re.compile(r'(?<![A-Za-z0-9_])(?:_|N_|C_|NC_|Q_|gettext|ngettext|g_dgettext|g_dngettext|g_dpgettext2) ?\(\s*"')
MARKED_UI = re.compile(r'\btranslatable="(?:yes|true|1)"')
HEAD = "# Files with words to translate; tests/check-potfiles.py --write ROOT writes this list.\n"


def marked(root):
    found = [path for path in checklib.files(root, ["data"], [".in"])]
    found += [path for path in checklib.files(root, ["src"], [".c", ".h"]) if MARKED_C.search(checklib.read(path))]
    found += [path for path in checklib.files(root, ["ui", "src"], [".ui"]) if MARKED_UI.search(checklib.read(path))]
    return sorted(path.relative_to(root).as_posix() for path in found)


def listed(root):
    lines = checklib.read(root / "po" / "POTFILES.in").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def check(root):
    should, does = set(marked(root)), set(listed(root))
    complaints = [f"po/POTFILES.in: {name} has words to translate and is missing" for name in sorted(should - does)]
    complaints += [f"po/POTFILES.in: {name} has none, or is not there" for name in sorted(does - should)]
    return complaints


def self_test():
    root = checklib.sample(
        {
            "po/POTFILES.in": "# comment\nsrc/app/listed.c\nsrc/app/gone.c\n",
            "data/x.desktop.in": "",
            "src/app/listed.c": 'a = _ ("Words");\n',
            "src/app/missing.c": 'a = ngettext ("%d word", "%d words", n);\n',
            "src/app/none.c": 'a = fine_ ("Words"); b = foo_("x");\n',
            "ui/page.ui": '<property name="label" translatable="yes">Words</property>\n',
        }
    )
    checklib.expect(check(root), ["data/x.desktop.in", "src/app/missing.c", "ui/page.ui", "src/app/gone.c has none"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"] and len(sys.argv) == 3:
        top = pathlib.Path(sys.argv[2])
        (top / "po" / "POTFILES.in").write_text(HEAD + "".join(name + "\n" for name in marked(top)), encoding="utf-8")
    else:
        checklib.main(check, self_test)
