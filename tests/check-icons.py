# SPDX-License-Identifier: GPL-3.0-or-later
"""Every symbolic icon that is named is in the desktop's theme, or one of ours: a name nobody knows is drawn as a broken
picture. Skips where the theme is not installed."""

import pathlib
import re
import sys

import checklib

NAME = re.compile(r'["(>]([a-z0-9]+(?:-[a-z0-9]+)*-symbolic)["<]')
THEME = pathlib.Path("/usr/share/icons/Adwaita")
# In the theme of the oldest system we build on and no longer in later ones (adwaita-icon-theme 48).
DROPPED = re.compile(r"emblem-.*|network-wired-offline-symbolic|process-working-symbolic|power-profile-.*-rtl-symbolic")


def there(folder):
    return {path.stem for path in folder.rglob("*-symbolic.svg")}


def check_with(root, icons):
    complaints = []
    for path in checklib.files(root, ["src", "ui"], [".c", ".h", ".ui"]):
        text = checklib.read(path)
        for match in NAME.finditer(text):
            if match[1] not in icons or DROPPED.fullmatch(match[1]):
                complaints.append(f"{path.relative_to(root)}:{checklib.line_of(text, match.start())}: no icon {match[1]}")
    return complaints


def check(root):
    if not THEME.is_dir():
        print("the theme Adwaita is not installed: not checked")
        sys.exit(checklib.SKIP)
    return check_with(root, there(THEME) | there(root / "data" / "icons"))


def self_test():
    root = checklib.sample(
        {
            "src/app/a.c": 'a ("known-symbolic");\nb ("no-such-symbolic");\n',
            "ui/a.ui": "<property>emblem-ok-symbolic</property>\n<property>known-symbolic</property>\n",
        }
    )
    icons = {"known-symbolic", "emblem-ok-symbolic"}
    checklib.expect(check_with(root, icons), ["src/app/a.c:2: no icon no-such-symbolic", "ui/a.ui:1: no icon emblem-ok"])


if __name__ == "__main__":
    checklib.main(check, self_test)
