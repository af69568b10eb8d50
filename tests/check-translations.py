# SPDX-License-Identifier: GPL-3.0-or-later
"""Every language of po/LINGUAS has all words of po/POTFILES.in, none of them a guess of msgmerge, and what stands in for a
number or a name stands in the translation too. So do the sentences that the engine composes (base/cr-said.h): messages of
errors, and what is marked with CR_SAID(). `check-translations.py --write ROOT` takes new words into each language's file,
where they wait for somebody to translate them."""

import pathlib
import re
import subprocess
import sys
import tempfile

import checklib

KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "g_dngettext:2,3", "cr_language_get_n:2,3"]

# Where the engine says something: the window finds these again in what it said, in a context of their own.
ENGINE = ["base", "model", "fhir", "store", "net", "vault", "connect", "pull", "export", "webhook", "engine", "app"]
SAID = ["CR_SAID", "g_set_error:4", "g_set_error_literal:4", "g_error_new:3", "g_error_new_literal:3", "g_task_return_new_error:4",
        "g_prefix_error:2", "g_prefix_error_literal:2"]
# The labels of fields, which stand in what is said about them too.
LABELS = "src/export/cr-sender-kinds.c"
NOT_SAID = 'msgid "%s"'  # hands on what another said


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, **more)


def listed(root, name):
    return [line.strip() for line in checklib.read(root / "po" / name).splitlines() if line.strip() and not line.startswith("#")]


def extract(root, path, keywords, files, *more):
    keywords = ["--keyword=" + keyword for keyword in keywords]
    result = run("xgettext", "--from-code=UTF-8", "--force-po", *more, *keywords, "--output", str(path), *files, cwd=root)
    assert result.returncode == 0, result.stderr
    path.write_text(path.read_text(encoding="utf-8").replace("charset=CHARSET", "charset=UTF-8"), encoding="utf-8")


def entries(root, path, keywords, files):
    """The messages that stand in these calls, in the context of what the engine says."""
    if not files:
        return []
    extract(root, path, keywords, files, "--language=C", "--keyword", "--flag=CR_SAID:1:pass-c-format")
    found = path.read_text(encoding="utf-8").split("\n\n")[1:]
    return [re.sub(r"^msgid ", 'msgctxt "said"\nmsgid ', entry, flags=re.M) for entry in found if NOT_SAID not in entry]


def write_template(root, path):
    """The words of the window, and behind them what the engine says."""
    words, said = path.with_suffix(".words"), path.with_suffix(".said")
    files = [str(file.relative_to(root)) for folder in ENGINE for file in sorted((root / "src" / folder).glob("*.c"))]
    extract(root, words, KEYWORDS, listed(root, "POTFILES.in"), "--add-comments=Translators", "--flag=g_strdup_printf:1:c-format",
            "--flag=N_:1:pass-c-format")
    head = words.read_text(encoding="utf-8").split("\n\n")[0]
    more = entries(root, said, SAID, files) + entries(root, said, ["N_"], [file for file in files if file == LABELS])
    said.write_text("\n\n".join([head, *more]), encoding="utf-8")
    result = run("msgcat", "--use-first", "--force-po", "--output-file", str(path), str(words), str(said))
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
    words = 'msgid "Words"\nmsgstr "Worte"\n\nmsgctxt "said"\nmsgid "Nobody answers"\nmsgstr "Niemand antwortet"\n\n'
    lost = 'msgctxt "said"\nmsgid "Lost"\nmsgstr "Verloren"\n\n'
    root = checklib.sample(
        {
            "po/LINGUAS": "whole\nhalf\nguess\nwrong\n",
            "po/POTFILES.in": "# comment\nsrc/page.c\n",
            "po/whole.po": head + words + lost + 'msgid "%s waits"\nmsgstr "%s wartet"\n\nmsgid "Old"\nmsgstr "Alt"\n',
            "po/half.po": head + words,
            "po/guess.po": head + words + lost + '#, fuzzy\nmsgid "%s waits"\nmsgstr "%s geht"\n',
            "po/wrong.po": head + words + lost + '#, c-format\nmsgid "%s waits"\nmsgstr "%d wartet"\n',
            "src/net/ask.c": 'g_set_error (error, CR_ERROR, 1, "Nobody answers"); say (CR_SAID ("Lost"));',
            "src/page.c": 'a = _ ("Words"); b = g_strdup_printf (_ ("%s waits"), a);\n',
        }
    )
    checklib.expect(check(root), ["po/half.po: not translated: “%s waits”", "po/half.po: not translated: “Lost”",
                                   "po/guess.po: a guess: “%s waits”", "po/wrong.po: "])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"] and len(sys.argv) == 3:
        write(pathlib.Path(sys.argv[2]))
    else:
        checklib.main(check, self_test)
