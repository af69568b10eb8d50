# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window says in another language where it would say this in English."""
import gettext
import os
import re
import shutil
import subprocess

CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0-9.*lzhjq]*[sdiux]")

COUNTRIES = {"de": "de_DE.UTF-8", "es": "es_ES.UTF-8"}


def environment(language, folder):
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
    def __init__(self, language=None):
        self.texts = {}
        if not language:
            return
        with open(os.path.join(os.environ["CHARTROOM_LOCALEDIR"], language, "LC_MESSAGES", "chartroom.mo"), "rb") as file:
            catalog = gettext.GNUTranslations(file)._catalog
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
