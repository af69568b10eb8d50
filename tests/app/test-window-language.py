# SPDX-License-Identifier: GPL-3.0-or-later
"""A window in German or Spanish has no English sentence on it: its own words, and what the engine composed; nor has
one in Arabic letters, which is laid out from the right. What programs read stays English."""
import json
import os
import re
import sqlite3
import sys
import unittest

from apptest import ready
from windowcase import BUCKET, HELD, PATIENT, SERVER, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

from ctltest import wait_for  # found by way of apptest
from tongue import catalog_of, environment

CONVERSION = re.compile(r"%(?:\d+\$)?[-+ #0-9.*lzhjq]*[sdiux]")


def words_of(text):
    return len(re.findall(r"[A-Za-z]{2,}", CONVERSION.sub("", text)))


def fits(text, form):
    """Whether the text is those pieces, in order, with anything between them."""
    first, *middle, last = form
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return at <= end


class English:
    """What the catalog has another word for: whole texts, and those with something filled in."""

    def __init__(self, language, localedir=None):
        self.said, self.whole, self.forms = {}, set(), []
        for key, value in catalog_of(language, localedir).items():
            text = key[0] if isinstance(key, tuple) else key
            context, _, text = text.rpartition("\x04")
            if text and value != text:
                self.add(text.replace("_", ""))
                if not context or text not in self.said:
                    self.said[text] = value

    def add(self, text):
        if not CONVERSION.search(text):
            if words_of(text) > 1:
                self.whole.add(text.strip())
        elif words_of(text) > 2:
            self.forms.append(CONVERSION.split(text.strip().replace("%%", "%")))

    def find(self, text):
        """→ the sentence of it that should have been in the other language"""
        text = re.sub("[\u200f\u2068\u2069]", "", text)
        for part in [text, *text.split("\n"), *text.split(" · "), *re.split(r"(?<=[.!?]) ", text)]:
            part = part.strip()
            if part in self.whole or (words_of(part) > 2 and any(fits(part, form) for form in self.forms)):
                return part
        return None


class Language(Case):
    def open_in(self, language):
        self.demo_room()
        more = environment(language, self.folder.root)
        self.english = English(language, more.get("CHARTROOM_LOCALEDIR"))
        self.folder.env.update(more)
        self.window = self.folder.sandbox()
        ready(self.folder)
        return self.window

    def look(self, where, *expected):
        """Once the page says what it is waited for, nothing of it is English."""
        for each in expected:
            self.window.says(self.english.said.get(each, each))
        for text in self.window.words().split("\n"):
            found = self.english.find(text)
            self.assertIsNone(found, f"{where}: “{found}”")

    def break_things(self):
        """A pull that fails in part, an export whose secret is wrong."""
        folder = self.folder
        folder.fault("status", status=500, types=["Immunization"])
        folder.run("pull", "start", PATIENT, "--full", "--wait", before=("--sandbox",))
        folder.no_faults()
        bucket = self.destination(BUCKET)
        answer = folder.run("destination", "edit", bucket["id"], "--keep-failing", "--secret-stdin", before=("--sandbox", "--json"),
                            secret="wrong")
        self.assertEqual(answer.code, 0, answer.out)
        self.ctl("destination", "enable", bucket["id"])
        # What enabling it caught up on may be at work yet.
        wait_for(lambda: folder.run("destination", "rewind", bucket["id"], "--to", "2020-01-01", before=("--sandbox",)).code == 0)
        folder.run("destination", "export", bucket["id"], "--wait", before=("--sandbox",))

    def walk(self, language):
        window = self.open_in(language)
        self.break_things()
        bucket = self.destination(BUCKET)
        failed = wait_for(lambda: [run for run in self.ctl("run", "list", bucket["id"])["data"] if run["errors"]])[0]
        window.do("win.section", "overview")
        self.look("overview", "Needs Someone", BUCKET)
        sections, page = (self.window.find(self.english.said[words], role) for words, role in (("Patients", "list item"), ("Needs Someone", None)))
        self.assertEqual(language == "ar", sections.place()[0] > page.place()[0], "which side the sections are on")
        window.do("win.section", "patients")
        self.look("patients", "Dolores Whitfield")
        self.assertIn(" 1946", window.words())
        if "LC_ALL" in self.folder.env and self.folder.env["LC_ALL"] != "C.UTF-8":
            self.assertNotIn("Dec 1946", window.words())
        window.do("win.show-pulls", PATIENT)
        self.look("pull history", "Pull History")
        self.expand("Sandbox Community Health")
        self.look("pull", self.english.said["Requests and waits"])
        window.do("win.show-patient", HELD)
        self.look("patient held", "Held")
        window.do("win.decide-patient-hold", HELD)
        self.look("hold", "Is This the Right Patient?")
        window.type("Escape")
        window.do("win.section", "reconnect")
        self.look("reconnect")
        window.do("win.show-destination", bucket["id"])
        self.look("destination", "Export Runs")
        window.do("win.show-run", failed["id"])
        self.look("run", self.local("The secret key was not accepted to %s; enter it again", "write files"))
        window.do("win.section", "sources")
        self.look("sources", "Sandbox Community Health")
        window.do("win.test-source", self.ctl("source", "list")["data"][0]["id"])
        self.look("source test", "The address may be used.")
        window.type("Escape")
        window.do("win.section", "webhooks")
        self.look("webhooks")
        window.do("win.section", "activity")
        self.look("activity", "Activity")
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        window.do("win.show-record", PATIENT, record["source"], "Condition", record["id"])
        self.look("record", "Category")
        window.do("win.show-record", *self.ranged()[:2], "Observation", self.ranged()[2])
        self.look("trend", "Over Time")
        if language == "ar":  # a value and its unit stay together
            self.assertRegex(window.words(), "\u2068[0-9.]+ [A-Za-z][^\u2069]*\u2069\u2069")
        window.do("win.preferences")
        self.look("preferences", "Shared Desk")
        window.type("Escape")
        # What programs read is as it was.
        self.assertIn("was not accepted", str(self.ctl("run", "show", failed["id"])))
        self.end(window)

    def local(self, form, filling):
        return self.english.said.get(form, form).replace("%s", self.english.said.get(filling, filling))

    def expand(self, words):
        """Opens the row of a pull that says so, by the keyboard."""
        self.window.find(words, "list item")
        for _ in range(60):
            if self.window.walk(lambda node: node.role == "list item" and words in node.name and node.has("focused")):
                self.window.type("Return")
                return
            self.window.type("Tab")
        raise AssertionError(f"Tab does not lead to “{words}”: {self.window.tree()}")

    def test_numbers(self):
        """Counts are written as the locale writes numbers, whatever language the words are in; a portal's values as it wrote them; what
        programs read as ever."""
        country = environment("de", self.demo_room().root)
        if "LC_ALL" not in country:
            self.skipTest("no German locale here, and none can be made")
        asked = (("record", "list", PATIENT, "--limit", "20"), ("patient", "list"), ("source", "list"), ("run", "list"), ("pull", "list", PATIENT))
        before = [self.folder.run(*words, before=("--sandbox", "--json")).out for words in asked]
        self.folder.env.update(country, LANGUAGE="C")
        self.assertEqual(before, [self.folder.run(*words, before=("--sandbox", "--json")).out for words in asked])
        window = self.window = self.folder.sandbox()
        ready(self.folder)
        self.assertEqual(before, [self.folder.run(*words, before=("--sandbox", "--json")).out for words in asked])
        window.do("win.section", "destinations")
        wait_for(lambda: re.search(r"\d\.\d{3} of \d+\.\d{3} delivered", window.words()))
        self.assertNotRegex(window.words(), r"\d,\d{3}\b")
        patient, source, ident = self.ranged()
        window.do("win.show-record", patient, source, "Observation", ident)
        window.find("reference range", "image")
        self.assertRegex(window.words(), r"reference range.* \d+\.\d")
        self.assertNotRegex(window.words(), r"reference range.* \d+,\d")
        self.end(window)

    def ranged(self):
        """→ patient, source and id of an observation that comes with the range its value should be in"""
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            rows = database.execute("SELECT s.patient_id, v.body FROM stream s JOIN record r ON r.sid = s.sid JOIN version v ON v.seq = r.seq").fetchall()
        database.close()
        found = [(patient, json.loads(body)["id"]) for patient, body in rows
                 if re.search(rb'"low": ?\{"value": ?\d+\.0*[1-9]', body)]
        return found[0][0], self.ctl("source", "list")["data"][0]["id"], found[0][1]

    def test_german(self):
        self.walk("de")

    def test_spanish(self):
        self.walk("es")

    def test_arabic(self):
        """A language that is written from right to left, made up."""
        self.walk("ar")

    def test_back(self):
        """From right to left the way back is to the right; the list of keys says so."""
        window = self.open_in("ar")
        for key in ("alt+Right", "alt+Left"):
            window.do("win.section", "patients")
            window.do("win.show-patient", PATIENT)
            window.find(self.english.said["Back"], "push button")
            window.type(key)
            wait_for(lambda: not window.walk(lambda node: node.role == "push button" and node.name == self.english.said["Back"]))
        window.do("win.show-help-overlay")
        window.find("Alt+Right, Alt+Left", "list item")
        window.type("Escape")
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
