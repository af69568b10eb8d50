# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window says in another language where it would say this in English."""
import gettext
import os
import re

CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0-9.*lzhjq]*[sdiux]")


class Tongue:
    def __init__(self, language=None):
        self.texts = {}
        if not language:
            return
        with open(os.path.join(os.environ["CHARTROOM_LOCALEDIR"], language, "LC_MESSAGES", "chartroom.mo"), "rb") as file:
            catalog = gettext.GNUTranslations(file)._catalog
        for key, value in catalog.items():
            text = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]
            if text:
                self.texts.setdefault(text.replace("_", ""), value.replace("_", ""))

    def say(self, words):
        """→ a whole text; or, of one that has these words in it, the longest piece that nothing is filled into"""
        if words in self.texts:
            return self.texts[words]
        for english, text in self.texts.items():
            if words in english:
                return max(CONVERSION.split(text), key=len).strip()
        return words
