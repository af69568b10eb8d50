# SPDX-License-Identifier: GPL-3.0-or-later
"""Dependencies point down: reads every #include under src/ and complains about one that points up or
sideways, and about a library that the folder is not meant to know."""

import re

import checklib

BELOW = ["base", "model", "fhir", "store", "net", "vault"]
FLOWS = ["connect", "pull", "export", "webhook"]

ALLOWED = {
    "base": [],
    "model": ["base"],
    "fhir": ["base", "model"],
    "store": ["base", "model"],
    "net": ["base"],
    "vault": ["base"],
    "connect": BELOW,
    "pull": BELOW,
    "export": BELOW,
    "webhook": ["base", "model", "store", "net", "vault"],
    "engine": BELOW + FLOWS,
    "api": ["base", "model", "fhir", "net", "engine"],
    "ctl": ["base", "model", "engine"],
    "app": ["base", "model", "engine"],
    "sandbox": ["base"],
}

# The two mains build the services and may include any folder; only the window's may know GTK.
MAINS = {
    "chartroom.c": list(ALLOWED),
    "chartroomctl.c": [folder for folder in ALLOWED if folder != "app"],
    "cr-demo.c": [folder for folder in ALLOWED if folder != "app"],
    "cr-demo.h": [folder for folder in ALLOWED if folder != "app"],
}

LIBRARIES = [
    ("GTK", re.compile(r"^(gtk|gdk|gsk|graphene)/|^(adwaita|graphene)\.h$"), ["app", "chartroom.c"]),
    ("SQLite", re.compile(r"^sqlite3"), ["store"]),
    ("libsoup", re.compile(r"^libsoup/"), ["net", "sandbox"]),
    ("libsecret", re.compile(r"^libsecret/"), ["vault"]),
]

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
GENERATED = re.compile(r"^(config|[a-z-]+-resources)\.h$")


def complain_folder(owner, allowed, name):
    if ".." in name.split("/"):
        return f'include "folder/file.h", not "{name}"'
    if "/" not in name:
        known = GENERATED.match(name) or (owner in MAINS and name in MAINS)
        return None if known else f'"{name}" names no folder'

    folder = name.split("/")[0]
    if folder not in ALLOWED:
        return f'"{name}": {folder}/ is not in the table of folders'
    if folder != owner and folder not in allowed:
        return f'"{name}": {owner} must not include {folder}/'
    return None


def complain_library(owner, name):
    for library, pattern, owners in LIBRARIES:
        if pattern.search(name) and owner not in owners:
            return f"<{name}>: {owner} must not know {library}"
    return None


def check_file(path, label, owner, allowed):
    text = checklib.read(path)
    complaints = []
    for match in INCLUDE.finditer(text):
        quote, name = match.groups()
        wrong = complain_library(owner, name)
        if wrong is None and quote == '"':
            wrong = complain_folder(owner, allowed, name)
        if wrong is not None:
            complaints.append(f"{label}:{checklib.line_of(text, match.start())}: {wrong}")
    return complaints


def check(root):
    complaints = []
    for path in checklib.files(root, ["src"], [".c", ".h"]):
        label = path.relative_to(root).as_posix()
        parts = label.split("/")
        if len(parts) == 2 and parts[1] in MAINS:
            complaints += check_file(path, label, parts[1], MAINS[parts[1]])
        elif len(parts) > 2 and parts[1] in ALLOWED:
            complaints += check_file(path, label, parts[1], ALLOWED[parts[1]])
        else:
            complaints.append(f"{label}:1: {parts[1]} is not in the table of folders")
    return complaints


def self_test():
    root = checklib.sample(
        {
            "src/base/a.c": '#include "base/a.h"\n#include "config.h"\n#include <gio/gio.h>\n',
            "src/base/b.c": '#include "model/m.h"\n',
            "src/chartroom.c": '#include <adwaita.h>\n#include "app/w.h"\n#include "store/s.h"\n',
            "src/chartroomctl.c": '#include "app/w.h"\n#include <gtk/gtk.h>\n',
            "src/ctl/c.c": '#include "ctl/c.h"\n\n# include "store/s.h"\n',
            "src/engine/e.c": '#include "pull/p.h"\n#include "api/a.h"\n#include <sqlite3.h>\n',
            "src/fhir/f.c": '#include "store/s.h"\n',
            "src/model/m.c": '#include "../base/a.h"\n#include "cr-a.h"\n',
            "src/new/n.c": '#include "base/a.h"\n',
            "src/pull/p.c": '#include "net/n.h"\n#include "export/e.h"\n#include <libsoup/soup.h>\n',
            "src/sandbox/s.c": '#include <libsoup/soup.h>\n#include "odd/o.h"\n',
            "src/stray.c": "",
            "src/webhook/w.c": '#include "fhir/f.h"\n#include <libsecret/secret.h>\n',
        }
    )
    checklib.expect(
        check(root),
        [
            'src/base/b.c:1: "model/m.h": base must not include model/',
            'src/chartroomctl.c:1: "app/w.h": chartroomctl.c must not include app/',
            "src/chartroomctl.c:2: <gtk/gtk.h>: chartroomctl.c must not know GTK",
            'src/ctl/c.c:3: "store/s.h": ctl must not include store/',
            'src/engine/e.c:2: "api/a.h": engine must not include api/',
            "src/engine/e.c:3: <sqlite3.h>: engine must not know SQLite",
            'src/fhir/f.c:1: "store/s.h": fhir must not include store/',
            'src/model/m.c:1: include "folder/file.h", not "../base/a.h"',
            'src/model/m.c:2: "cr-a.h" names no folder',
            "src/new/n.c:1: new is not in the table of folders",
            'src/pull/p.c:2: "export/e.h": pull must not include export/',
            "src/pull/p.c:3: <libsoup/soup.h>: pull must not know libsoup",
            'src/sandbox/s.c:2: "odd/o.h": odd/ is not in the table of folders',
            "src/stray.c:1: stray.c is not in the table of folders",
            'src/webhook/w.c:1: "fhir/f.h": webhook must not include fhir/',
            "src/webhook/w.c:2: <libsecret/secret.h>: webhook must not know libsecret",
        ],
    )


if __name__ == "__main__":
    checklib.main(check, self_test)
