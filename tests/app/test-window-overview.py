# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview and the lists it leads to: what needs somebody, what runs, the charts in words, whom to show."""
import os
import sqlite3
import subprocess
import sys
import time
import unittest

from apptest import ready
from ctltest import away_from_midnight, wait_for
from windowcase import HELD, PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

DAY = 24 * 60 * 60 * 1000


class Month(Case):
    def change(self, room, *lines):
        """What months would bring, before anybody has the folder open."""
        with sqlite3.connect(os.path.join(room.data, "chartroom.db")) as database:
            for line in lines:
                database.execute(*line)
        database.close()

    def connections(self, room):
        with sqlite3.connect(os.path.join(room.data, "chartroom.db")) as database:
            ids = [row[0] for row in database.execute("SELECT id FROM connection ORDER BY n")]
        database.close()
        return ids

class Overview(Month):
    def test_needs(self):
        """Each cause once, with the one button that helps; what is done goes."""
        room = self.demo_room()
        now = int(time.time() * 1000)
        ids = self.connections(room)
        self.change(room,
                    ("UPDATE connection SET status = 'refresh_failed', failure_code = 'refresh_refused', failure_ms = ?,"
                     " sealed_tokens = NULL WHERE id IN (?, ?)", (now - 2 * DAY, ids[0], ids[1])),
                    ("UPDATE connection SET has_refresh = 0, access_expires_ms = ? WHERE id = ?", (now + 3 * DAY, ids[2])))
        window = room.sandbox()
        window.says("Ask to sign in again: 2 patients")
        window.says("Access ends within a week: 1 patient")
        window.find("Is this the right patient? Dolores Whitfield · Nothing leaves until somebody decides", "list item")
        window.click("Reconnect List: Ask to sign in again")
        window.says("3 to sign in again")

        window.do("win.section", "overview")
        window.click("Decide…: Is this the right patient?")
        window.says("Is This the Right Patient?")
        window.do("win.release-hold", self.ctl("hold", "list")["data"][0]["id"])
        wait_for(lambda: "Decide…" not in window.words().splitlines())
        self.ctl("connection", "note", ids[2], "--called")
        wait_for(lambda: "Access ends within a week" not in window.words())
        window.type("Escape")
        self.end(window)

    def test_failures(self):
        """A pull that fails in part is on the list at once, and leads to its history; a good one takes it away."""
        window = self.open_demo()
        self.folder.find_portal()
        self.folder.fault("status", status=500, types=["Immunization"])
        self.folder.run("pull", "start", PATIENT, "--wait", before=("--sandbox",))
        window.find("Pull History: Some kinds of records fail at Sandbox Community Health", "push button")
        window.says("1 of 12 get only some kinds")
        window.click("Pull History: Some kinds")
        window.says("1 type failed")
        window.do("win.section", "overview")
        self.folder.no_faults()
        self.folder.run("pull", "start", PATIENT, "--wait", before=("--sandbox",))
        wait_for(lambda: "Some kinds of records fail" not in window.words())
        self.end(window)

    def test_running(self):
        """A pull under way is there with its progress, and can be cancelled there."""
        window = self.open_demo()
        self.folder.find_portal()
        self.folder.fault("slow", delay_ms=6000)
        window.do("win.pull-now", PATIENT)
        window.says("Running now: 1")
        window.find("Amara Okafor · Sandbox Community Health", "list item")
        window.press("Cancel")
        self.assertEqual(self.pull("cancelled")["patient_id"], PATIENT)
        wait_for(lambda: "Running now" not in window.words())
        self.end(window)

    def test_charts(self):
        """A chart says in words what it shows, day by day by the arrow keys, and is a table too."""
        away_from_midnight()
        room = self.demo_room()
        now = int(time.time() * 1000)
        self.change(room, ("DELETE FROM slot_count", ()),
                    ("INSERT INTO slot_count VALUES (?, 'landed', 1234), (?, 'landed', 3), (?, 'pull.failed', 7)",
                     (now // 900000, (now - DAY) // 900000, (now - DAY) // 900000)))
        window = room.sandbox()
        window.find("Records Landed, 30 Days. 30 days: 1,237 records", "image")
        window.find("0 complete · 0 partial · 7 failed · 0 cancelled", "image")
        subprocess.run(["xdotool", "mousemove", "1279", "899"], check=False, timeout=10)
        window.focus("Records Landed, 30 Days.", "image")
        window.type("Left")
        today = time.strftime("%A, %-d %B", time.localtime(now / 1000))
        window.find(today + ": 1,234 records", "image")
        window.type("Left")
        window.find(": 3 records", "image")
        window.click("Show as a table")
        window.says(today)
        window.says("1,234")
        self.end(window)

    def test_first_start(self):
        """From nothing, one click leads to patients."""
        window = self.room().sandbox()
        window.says("Welcome to Chartroom")
        window.press("Patients")
        wait_for(lambda: len(self.ctl("patient", "list")["data"]) == 12, 60)
        window.find("Patients with access", "label")
        self.end(window)


class Groups(Month):
    @staticmethod
    def listed(window):
        """→ the names in the list"""
        rows = [node.name.split(", ") for node in window.screen().walk() if node.role == "table row"]
        return sorted(words[0] for words in rows if len(words) > 1)

    def test_groups(self):
        """Whom to show: each group has those whose row says so and no others, and a way back to everyone."""
        room = self.demo_room()
        now = int(time.time() * 1000)
        ids = self.connections(room)
        self.change(room, ("UPDATE connection SET status = 'expired', sealed_tokens = NULL WHERE id = ?", (ids[0],)),
                    ("UPDATE patient_standing SET good_ms = ? WHERE n IN (SELECT n FROM patient WHERE id = ?)",
                     (now - 9 * DAY, HELD)))
        self.ctl("patient", "add", "new-one")
        window = room.sandbox()
        ready(room)
        window.says("Patients with access")
        patients = {p["id"]: p["name"] for p in self.ctl("patient", "list")["data"]}
        part, failed, running = [each for each in patients if each not in (PATIENT, HELD, "new-one")][:3]
        for patient, status, fault, more in ((part, "partial", "status", {"status": 500, "types": ["Immunization"]}),
                                             (failed, "failing", "html-page", {}), (running, "pulling", "slow", {"delay_ms": 20000})):
            room.no_faults()
            room.fault(fault, **more)
            self.ctl("pull", "start", patient)
            wait_for(lambda patient=patient, status=status: self.ctl("patient", "show", patient)["record_status"] == status)
        expected = {"held": {HELD}, "reconnect": {PATIENT}, "failing": {failed}, "partial": {part}, "stale": {HELD}, "not-connected": {"new-one"},
                    "waiting": set(), "pulling": {running}, "all": set(patients)}
        expected["current"] = set(patients) - set().union(*(expected[group] for group in expected if group != "all"))
        for group, ids in expected.items():
            with self.subTest(group):
                window.do("win.show-patients", group)
                wait_for(lambda ids=ids: self.listed(window) == sorted(patients[each] or each for each in ids), 20)
        window.do("win.show-patients", "waiting")
        window.says("Nobody in This List")  # nobody searched
        window.says("No patient is listed under “Waiting for the first pull” now.")
        window.press("Everyone")
        window.says("13 patients")
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
