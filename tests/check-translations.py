# SPDX-License-Identifier: GPL-3.0-or-later
"""Every language of po/LINGUAS has all words of po/POTFILES.in, none of them a guess of msgmerge, and what stands in for a
number or a name stands in the translation too. `check-translations.py --write ROOT` takes new words into each language's
file, where they wait for somebody to translate them."""

import pathlib
import subprocess
import sys
import tempfile

import checklib

KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dngettext:2,3", "cr_language_get_n:2,3"]


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, **more)


def listed(root, name):
    return [line.strip() for line in checklib.read(root / "po" / name).splitlines() if line.strip() and not line.startswith("#")]


def write_template(root, path):
    keywords = ["--keyword=" + keyword for keyword in KEYWORDS]
    result = run("xgettext", "--from-code=UTF-8", "--force-po", "--add-comments=Translators", "--flag=g_strdup_printf:1:c-format",
                 "--flag=N_:1:pass-c-format", *keywords, "--output", str(path), *listed(root, "POTFILES.in"), cwd=root)
    assert result.returncode == 0, result.stderr


def check(root):
    complaints = []
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / "all.pot"
        write_template(root, template)
        for language in listed(root, "LINGUAS"):
            path = root / "po" / (language + ".po")
            merged = pathlib.Path(folder) / (language + ".po")
            result = run("msgmerge", "--quiet", "--no-fuzzy-matching", "--output-file", str(merged), str(path), str(template))
            result = result if result.returncode != 0 else run("msgfmt", "--check", "--output-file=/dev/null", str(merged))
            if result.returncode != 0:
                complaints.append(f"po/{language}.po: {result.stderr}")
            for what, option in (("not translated", "--untranslated"), ("a guess", "--only-fuzzy")):
                left = run("msgattrib", "--no-obsolete", option, str(merged)).stdout
                words = [line[7:-1] for line in left.splitlines() if line.startswith('msgid "')]
                complaints += [f"po/{language}.po: {what}: “{each or '…'}”" for each in words[1:]]
    return complaints


def write(root):
    with tempfile.TemporaryDirectory() as folder:
        template = pathlib.Path(folder) / "all.pot"
        write_template(root, template)
        for language in listed(root, "LINGUAS"):
            path = str(root / "po" / (language + ".po"))
            run("msgmerge", "--quiet", "--no-fuzzy-matching", "--update", "--backup=none", path, str(template), check=True)
            run("msgattrib", "--no-obsolete", "--add-location=file", "--width=100", "--output-file", path, path, check=True)


def self_test():
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    words = 'msgid "Words"\nmsgstr "Worte"\n\n'
    root = checklib.sample(
        {
            "po/LINGUAS": "whole\nhalf\nguess\nwrong\n",
            "po/POTFILES.in": "# comment\nsrc/page.c\n",
            "po/whole.po": head + words + 'msgid "%s waits"\nmsgstr "%s wartet"\n\nmsgid "Old"\nmsgstr "Alt"\n',
            "po/half.po": head + words,
            "po/guess.po": head + words + '#, fuzzy\nmsgid "%s waits"\nmsgstr "%s geht"\n',
            "po/wrong.po": head + words + '#, c-format\nmsgid "%s waits"\nmsgstr "%d wartet"\n',
            "src/page.c": 'a = _ ("Words"); b = g_strdup_printf (_ ("%s waits"), a);\n',
        }
    )
    checklib.expect(check(root), ["po/half.po: not translated: “%s waits”", "po/guess.po: a guess: “%s waits”", "po/wrong.po: "])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"] and len(sys.argv) == 3:
        write(pathlib.Path(sys.argv[2]))
    else:
        checklib.main(check, self_test)
