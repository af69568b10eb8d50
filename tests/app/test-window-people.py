# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to call, whose records to remove, whose to release: the window by its keys and as a screen reader has it."""
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

import windowcase
from apptest import ready
from ctltest import away_from_midnight, wait_for
from tongue import environment
from windowcase import HELD, PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

DAY_MS = 24 * 60 * 60 * 1000


class Patients(Case):
    def open_list(self, width, language=None):
        windowcase.desk.settings(window_width=width, window_height=740)
        self.addCleanup(windowcase.desk.settings)
        self.demo_room()
        self.ctl("patient", "add", "no_portal_yet", "--name", "Zacharias Aalto", "--birth-date", "1980-12-24")
        if language:
            self.folder.env.update(environment(language, self.folder.root))
        window = self.folder.sandbox()
        ready(self.folder)
        window.do("win.section", "patients")
        window.says("Dolores Whitfield")
        return window

    def resize(self, window, width):
        subprocess.run(["xdotool", "search", "--onlyvisible", "--maxdepth", "1", "--name", ".*", "windowsize", "%@", str(width), "740"],
                       check=True, timeout=10)

    def test_width(self):
        """The list is as narrow as its rows need, whatever stands beside it: no date of birth is cut."""
        window = self.open_list(1100)
        about = "user_42 · 24 Dec 1946"
        wide, narrow = (lambda: "Born" in window.words() and about not in window.words(),
                        lambda: "Born" not in window.words() and about in window.words())
        for width in (1100, 860, 760, 1100, 860):
            self.resize(window, width)
            wait_for(narrow if width < 1100 else wide)
            window.find("Overview", "list item")  # the sections are beside it
        time.sleep(1)
        self.assertTrue(narrow(), "it stays so")
        self.end(window)

    def test_drawn(self):
        """A column that somebody draws wider than there is room for stays, to be scrolled to."""
        window = self.open_list(1100)

        def place():
            return window.walk(lambda node: node.name == "Id" and node.parent.place())
        x, y, _, height = place()
        steps = []
        for way in (0, 100, 300):  # from the edge, which is left of the title
            steps += ["mousemove", x - 8 + way, y + height // 2, "sleep", 0.1, *([] if way else ["mousedown", 1])]
        subprocess.run(["xdotool", *map(str, steps), "mouseup", "1"], check=True, timeout=10)
        time.sleep(1)
        self.assertGreater(place()[0], x + 200)
        self.assertLess(place()[0], window.find("Born", "label").place()[0])  # it was not moved there
        self.end(window)

    def test_rows(self):
        """A state of more letters makes its column wider, and no row higher."""
        window = self.open_list(1100, "de")
        rows = [node.size()[1] for node in window.top().walk() if node.role == "table row"][1:]  # below the titles
        self.assertGreater(len(rows), 10)
        self.assertEqual(1, len(set(rows)), rows)
        self.end(window)


class Reconnect(Case):
    def open_ended(self):
        """Amara Okafor's access has ended, José Luis Núñez Ortega's ends in six days: no clock of a test goes so far."""
        away_from_midnight()
        room = self.demo_room()
        now = int(time.time() * 1000)
        with sqlite3.connect(os.path.join(room.data, "chartroom.db")) as database:
            for patient, status, left in ((PATIENT, "expired", -3), ("user_43", "active", 6)):
                database.execute("UPDATE connection SET status = ?, has_refresh = 0, access_expires_ms = ? WHERE patient_id = ?",
                                 (status, now + int(left * DAY_MS), patient))
        database.close()
        window = room.sandbox()
        ready(room)
        return window

    def buttons(self, window):
        return [name for role, name in window.tree() if role == "push button"]

    def test_list(self):
        """By key to the list; each button says whose it is; a call is noted, and the called are told from the others."""
        window = self.open_ended()
        window.do("win.section", "patients")
        window.says("12 patients")
        window.type("alt+3")
        window.says("2 to sign in again")
        window.find("Patients who must sign in again", "tree table")
        window.find("ended 3 days ago", "panel")
        window.find("Reconnect Amara Okafor", "push button")
        window.click("Call and note: Amara Okafor")
        window.focus("The patient was called", "check box")
        window.type("space")
        window.enter("Note", "Rings back on Monday")
        window.press("Save")
        called = wait_for(lambda: [c for c in self.ctl("connection", "list", "--reconnect")["data"] if c["called_by"]], 60)
        self.assertEqual([(c["patient_id"], c["note"]) for c in called], [(PATIENT, "Rings back on Monday")])
        window.says("Rings back on Monday")
        self.end(window)

    def test_filter(self):
        """What is typed finds one; then a link for that one; Escape leaves the dialog and the search."""
        window = self.open_ended()
        window.do("win.section", "reconnect")
        window.says("2 to sign in again")
        window.type("ctrl+f", *"jos")
        window.says("1 to sign in again")
        wait_for(lambda: "Reconnect Amara Okafor" not in " ".join(self.buttons(window)))
        window.click("Reconnect José Luis Núñez Ortega")
        window.says("Hand over the link")
        session = wait_for(lambda: self.ctl("session", "list", "user_43")["data"])[0]
        window.says(session["url"])
        window.type("Escape")
        window.type("Escape")
        window.says("2 to sign in again")
        self.end(window)

    @unittest.skipUnless(shutil.which("pdftotext"), "pdftotext is not installed")
    def test_printed(self):
        """The sheet for the patient, by the print dialog into a file: whose it is, of which portal, and the link."""
        room = self.demo_room()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(room.root)  # where the dialog puts it
        window = room.sandbox()
        ready(room)
        window.do("win.reconnect", self.connection()["id"])
        window.says("Hand over the link")
        session = wait_for(lambda: [s for s in self.ctl("session", "list", PATIENT)["data"] if s["status"] == "open"])[0]
        window.press("Print…")
        window.find("Print to File", "label")
        for _ in range(25):
            if window.walk(lambda node: node.role == "table row" and node.has("focused"), window.top()):
                break
            window.type("Tab")
        window.type("Down", "space")
        window.press("Print")
        wait_for(lambda: os.path.exists("output.pdf") and os.path.getsize("output.pdf"))
        text = wait_for(lambda: subprocess.run(["pdftotext", "output.pdf", "-"], capture_output=True, text=True, check=False).stdout)
        for words in ("For Amara Okafor", "Portal: Sandbox Community Health", session["url"], "works until"):
            self.assertIn(words, text)
        self.end(window)


class Removal(Case):
    def test_three(self):
        """Each choice says what it takes and who keeps a copy; Escape takes nothing; the receipt has the count."""
        window = self.open_demo()
        connection = self.connection()
        n = self.ctl("patient", "show", PATIENT)["records"]
        window.do("win.show-patient", PATIENT)
        window.find("Amara Okafor", "label")
        for action, heading in (("disconnect", "Disconnect This Source?"), ("remove-data", "Remove This Connection’s Records?"),
                                ("remove-connection", "Disconnect and Remove the Records?")):
            with self.subTest(action):
                window.do("win." + action, connection["id"])
                window.says(heading, also=["Amara Okafor · Sandbox Community Health", f"Here now: {n} records in",
                                           f"“Sandbox bucket” keeps the {n} records it has."])
                window.type("Escape")
                wait_for(lambda heading=heading: heading not in window.words())
        self.assertEqual(self.connection()["status"], "active")
        self.assertEqual(self.ctl("patient", "show", PATIENT)["records"], n)
        window.do("win.remove-connection", connection["id"])
        window.press("Remove")
        wait_for(lambda: self.ctl("patient", "show", PATIENT)["records"] == 0)
        self.assertEqual(self.connection()["status"], "disconnected")
        window.press("Receipt")
        window.says(f"Removed: {n} records in")
        window.type("Escape")
        window.says("No records here.")
        self.end(window)


class Hold(Case):
    def test_reject(self):
        """Rejected, it stays held, and nothing offers to decide what is decided."""
        window = self.open_demo()
        window.do("win.show-patient", HELD)
        window.find("Decide…", "push button")
        window.do("win.decide-patient-hold", HELD)
        window.says("Is This the Right Patient?")
        window.press("Reject")
        window.says("What Should Become of the Connection?")
        window.type("Escape")
        wait_for(lambda: not self.ctl("hold", "list")["data"])
        self.assertEqual(self.ctl("hold", "list", "--all")["data"][0]["status"], "rejected")
        window.find("Held", "panel")
        window.says("Rejected: this is not the right patient.")
        wait_for(lambda: not any(role == "push button" and "Decide…" in name for role, name in window.tree()))
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
