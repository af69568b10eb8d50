# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window says in another language where it would say this in English."""
import gettext
import json
import os
import re
import shutil
import subprocess

CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0-9.*lzhjq]*[sdiux]")

COUNTRIES = {"de": "de_DE.UTF-8", "es": "es_ES.UTF-8", "ar": "ar_EG.UTF-8"}

# What stays as it is where each letter becomes an Arabic one: conversions, of dates too, tags and entities.
KEPT = re.compile(r"(%(?:\d+\$)?[-+ #0-9.*'lzhjq]*[A-Za-z%]|<[^>]*>|&\w+;)")
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابثدعفغهيجكلمنوپقرستطڤشخىز")
SAID_BY_CODE = {"direction of writing": "rtl", "language of these words": "ar"}


def arabic(text):
    return "".join(part if i % 2 else part.lower().translate(LETTERS) for i, part in enumerate(KEPT.split(text)))


def catalog_of(language, localedir=None):
    """→ each text of the program, with its context, and what the language says for it"""
    with open(os.path.join(localedir or os.environ["CHARTROOM_LOCALEDIR"], language, "LC_MESSAGES", "chartroom.mo"), "rb") as file:
        return gettext.GNUTranslations(file)._catalog


def make_arabic(folder):
    """→ what makes a program speak a language that no one speaks: written in Arabic letters, from right to left. The words of the window
    are in a folder, those of the engine and of records lie over the catalogs that are built in."""
    lines = ['msgid ""', 'msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"']
    catalog = catalog_of("de")
    for key in catalog:
        context, _, text = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")
        if not text or (isinstance(key, tuple) and key[1]):
            continue
        said = json.dumps(SAID_BY_CODE.get(context) or arabic(text), ensure_ascii=False)
        lines += ["", *([f"msgctxt {json.dumps(context)}"] if context else []), f"msgid {json.dumps(text, ensure_ascii=False)}"]
        if isinstance(key, tuple):
            lines += [f"msgid_plural {json.dumps(text, ensure_ascii=False)}", f"msgstr[0] {said}", f"msgstr[1] {said}"]
        else:
            lines.append(f"msgstr {said}")
    made, built_in = os.path.join(folder, "words", "ar", "LC_MESSAGES"), os.path.join(folder, "built-in")
    os.makedirs(made, exist_ok=True)
    os.makedirs(built_in, exist_ok=True)
    subprocess.run(["msgfmt", "-o", os.path.join(made, "chartroom.mo"), "-"], input="\n".join(lines) + "\n", text=True, encoding="utf-8", check=True)
    shutil.copy(os.path.join(made, "chartroom.mo"), os.path.join(built_in, "ar.mo"))
    return {"CHARTROOM_LOCALEDIR": os.path.join(folder, "words"), "G_RESOURCE_OVERLAYS": f"/io/github/chartroom/pages/words={built_in}"}


def environment(language, folder):
    if language == "ar":
        return dict(country_of(language, folder), **make_arabic(folder), CHARTROOM_TEST_DIRECTION="rtl")
    return country_of(language, folder)


def country_of(language, folder):
    """→ what a desktop in this language sets: its words, and the names of days and months, which come with the system. Where
    this machine has not got them they are made in the folder, if it can make them."""
    country = COUNTRIES.get(language)
    if not country:
        return {"LANGUAGE": language}
    env = {"LANGUAGE": language, "LANG": country, "LC_ALL": country}
    there = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.lower()
    if country.lower().replace("-", "") in there.replace("-", ""):
        return env
    made = os.path.join(folder, "locale")
    os.makedirs(made, exist_ok=True)
    if not shutil.which("localedef") or subprocess.run(["localedef", "-i", country.split(".")[0], "-f", "UTF-8", os.path.join(made, country)],
                                                       capture_output=True, check=False).returncode:
        return {"LANGUAGE": language}
    return dict(env, LOCPATH=made)


class Tongue:
    def __init__(self, language=None, localedir=None):
        self.texts = {}
        if not language:
            return
        catalog = catalog_of(language, localedir)
        of_window, of_something = [], []
        for key, value in catalog.items():
            context, _, text = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")
            if text:
                (of_something if context else of_window).append((text.replace("_", ""), value.replace("_", "")))
        for text, value in of_window + of_something:
            self.texts.setdefault(text, []).append(value)

    def ways(self, words):
        """→ a whole text; or, of each that has these words in it, the longest piece that nothing is filled into"""
        words = words.replace("_", "")
        if words in self.texts:
            return self.texts[words]
        return [max(CONVERSION.split(text), key=len).strip()
                for english, texts in self.texts.items() if words in english for text in texts] or [words]

    def say(self, words):
        return self.ways(words)[0]
