# SPDX-License-Identifier: GPL-3.0-or-later
"""Every language of po/LINGUAS that has words for patients has all of them: a page half in another language looks like
a fraud. The sentences for patients of src/model/cr-explain.c are checked by tests/connect/test-languages.c."""

import pathlib
import subprocess
import tempfile

import checklib

MARK = 'msgctxt "language of these words"'
KEYWORDS = ["_", "C_:1c,2", "cr_language_get_n:2,3"]


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"})


def write_template(root, path):
    """The words of the pages. An empty folder leaves none."""
    sources = [str(file) for file in checklib.files(root, ["src/connect"], [".c"])]
    keywords = ["--keyword"] + ["--keyword=" + keyword for keyword in KEYWORDS]
    result = run("xgettext", "--from-code=UTF-8", "--force-po", *keywords, "--output", path, *sources)
    assert result.returncode == 0, result.stderr


def check(root):
    complaints = []
    languages = [line for line in checklib.read(root / "po" / "LINGUAS").splitlines() if line and not line.startswith("#")]
    with tempfile.TemporaryDirectory() as folder:
        template = str(pathlib.Path(folder) / "pages.pot")
        write_template(root, template)
        for language in languages:
            path = root / "po" / (language + ".po")
            if MARK not in checklib.read(path):
                continue
            result = run("msgcmp", "--no-fuzzy-matching", str(path), template)
            missing = [line for line in result.stderr.splitlines() if "translat" in line or "defined" in line]
            if result.returncode != 0:
                complaints += [f"po/{language}.po: {line.split(': ', 1)[-1]}" for line in missing or [result.stderr]]
    return complaints


def self_test():
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    mark = MARK + '\nmsgid "en"\nmsgstr "xx"\n\n'
    root = checklib.sample(
        {
            "po/LINGUAS": "whole\nhalf\nempty\nwindow\n",
            "po/whole.po": head + mark + 'msgid "Words"\nmsgstr "Worte"\n\nmsgid "Old"\nmsgstr "Alt"\n',
            "po/half.po": head + mark,
            "po/empty.po": head + mark + 'msgid "Words"\nmsgstr ""\n',
            "po/window.po": head,
            "src/connect/page.c": 'a = C_ ("language of these words", "en"); b = _ ("Words");\n',
        }
    )
    checklib.expect(check(root), ["po/half.po", "po/empty.po"])


if __name__ == "__main__":
    checklib.main(check, self_test)
