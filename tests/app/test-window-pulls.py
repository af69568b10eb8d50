# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window says of pulls: a portal that does not answer, a pull that is stopped, what a portal said, and the log that is saved."""
import json
import os
import re
import sqlite3
import stat
import sys
import time
import unittest

from apptest import ready
from windowcase import PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

from ctltest import wait_for  # noqa: E402  (windowcase adds the path)


class Pulls(Case):
    def open_history(self):
        window = self.open_demo()
        window.do("win.show-pulls", PATIENT)
        window.says("After connecting")
        return window

    def expand(self, window, words):
        """Opens the row of the pull that says so, by the keyboard."""
        window.says(words)
        for _ in range(60):
            if window.walk(lambda node: node.role == "list item" and node.has("focused") and words in node.words()):
                window.type("Return")
                return
            window.type("Tab")
        raise AssertionError(f"Tab does not lead to “{words}”: {window.tree()}")

    def test_outage(self):
        """One banner for the portal, with when it is tried again; Try Now ends it as soon as the portal answers."""
        window = self.open_history()
        self.folder.fault("status", status=503)
        window.do("win.pull-now", PATIENT)
        window.says("1 patient waits; next try", 60, also=["Stopped answering"])
        waiting = self.pull("waiting")
        before = self.next_try()
        window.click("Try Now")
        wait_for(lambda: self.next_try() > before)  # it was tried, and still does not answer
        window.says("Stopped answering")
        self.folder.no_faults()
        window.click("Try Now")
        wait_for(lambda: "Stopped answering" not in window.words(), 30)
        self.assertEqual(waiting["waiting_for"], "source_outage")
        self.assertEqual(self.pull("complete")["id"], waiting["id"])
        self.end(window)

    def test_slow(self):
        """A portal that wants to be asked less says so in its row, with who waits and until when."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]
        window.do("win.section", "sources")
        window.find(source["name"] + ", ", "list item")
        self.assertNotIn("Asked to slow down", window.words())
        self.folder.fault("rate-limit", retry_after="300")
        window.do("win.pull-now", PATIENT)
        waiting = self.pull("waiting")
        self.assertEqual(waiting["waiting_for"], "rate_limit")
        window.find("Asked to slow down", "panel", 60)
        window.says("1 patient waits; goes on in ")
        quota = wait_for(lambda: self.quota(source, "slowed_at"))
        self.assertGreater(quota["requests_today"], 100)  # of the pulls of twelve patients
        window.find(f"{quota['requests_today']:,} requests today", "list item")
        window.do("win.edit-source", source["id"])
        window.says(f"{quota['requests_today']:,} so far. The count begins anew at midnight.")
        window.says("4 requests, for all patients together", also=["As fast as the portal answers: no limit is set."])
        window.says(f"Just now, after {quota['slowed_after_requests']:,} requests that day, for 5 min")
        window.type("Escape")
        self.folder.no_faults()
        self.ctl("pull", "cancel", waiting["id"])
        wait_for(lambda: "1 patient waits" not in window.words(), 60)
        self.end(window)

    def quota(self, source, needed):
        quota = self.ctl("source", "show", source["id"])["quota"]
        return quota if needed in quota else None

    def test_never_given(self):
        """What a portal gives to nobody is its way: the source says so, counted, and no patient is told to reconnect for it."""
        room = self.demo_room()
        with sqlite3.connect(os.path.join(room.data, "chartroom.db")) as database:
            database.execute("UPDATE pull_query SET status = 'not_granted' WHERE type = 'Goal'")
            database.execute("DELETE FROM tally WHERE type NOT IN (SELECT n FROM rtype WHERE name IN ('Patient', 'DocumentReference'))")
        database.close()
        window = room.sandbox()
        source = self.ctl("source", "list")["data"][0]["id"]
        window.do("win.edit-source", source)
        window.says("Documents only, so far", also=["What it sends is counted over the 12 patients pulled so far."])
        window.says("None of 12 patients: Goals", also=["Granted to nobody"])
        window.says("Never sent, though asked for")
        window.type("Escape")
        window.do("win.show-patient", PATIENT)
        window.focus("Asked, granted, received", "push button")
        window.type("space")
        window.says("This portal has granted this kind of record to none of 12 patients", also=["Not granted"])
        self.assertNotIn("ask the patient to reconnect", window.words())
        self.end(window)

    def next_try(self):
        return self.ctl("status")["outages"][0]["outage"]["next_try_at"]

    def test_why_nothing_came(self):
        """Why a kind of record did not come stands below it on the patient's page, for everybody to read."""
        window = self.open_demo()
        self.folder.fault("status", status=500, types=["Immunization"])
        window.do("win.pull-now", PATIENT)
        self.pull("partial")
        window.do("win.show-patient", PATIENT)
        window.focus("Asked, granted, received", "push button")
        window.type("space")
        window.says("The portal did not deliver this kind of record.", also=["Immunizations"])
        self.folder.no_faults()
        self.end(window)

    def test_stopped(self):
        """Cancel says what it does while it does it, and then how much was kept."""
        window = self.open_history()
        self.folder.http("DELETE", "/_sandbox/log")
        self.folder.fault("slow", delay_ms=9500)  # a pull that is to stop waits ten seconds for its page
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: any(re.match("/portal/fhir/[A-Z]", path) for path in self.asked()), 60)
        wait_for(lambda: self.cancel(window).do_action(0), 20)
        window.says("Stopping after this page", also=["Stop Now"])
        stopped = self.pull("cancelled")
        n = stopped["received"]
        self.assertGreater(n, 0)
        window.says(f"stopped, {n:,} record{'' if n == 1 else 's'} kept")
        wait_for(lambda: "Stopping after this page" not in window.words(), 20)
        self.folder.no_faults()
        self.end(window)

    def test_under_way(self):
        """What runs says how long still, and its connection's menu offers to stop it and not to begin it once more."""
        window = self.open_history()
        self.folder.fault("slow", delay_ms=2500)
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: re.search(r"\d+ of \d+ queries · .* records? · about .* left", self.beside(window, "Progress of the pull")), 60)
        running = self.pull("running")["id"]
        window.focus("More for this source", "push button")
        window.type("space")
        window.find("Cancel Pull", "menu item")
        self.assertNotIn(("menu item", "Pull Now"), window.tree())
        window.find("Cancel Pull", "menu item").do_action(0)
        wait_for(lambda: self.ctl("pull", "show", running)["status"] == "cancelled", 60)
        self.folder.no_faults()
        window.type("space")
        window.find("Pull Now", "menu item")
        self.end(window)

    def test_no_access(self):
        """F5 pulls; where there is no access it says what comes first, and offers it."""
        window = self.open_demo()
        self.ctl("patient", "add", "desk_9", "--name", "Nobody Yet")
        window.do("win.show-patient", "desk_9")
        window.find("Not connected", "panel")
        window.type("F5")
        window.says("No portal is connected yet to pull from")
        self.ctl("connection", "disconnect", self.connection()["id"])
        window.do("win.show-patient", PATIENT)
        window.find("Disconnected", "panel")
        window.type("F5")
        window.says("Access has ended: reconnect before pulling")
        self.assertNotIn("The pull could not be started", window.words())
        self.end(window)

    def test_ages(self):
        """What was “just now” is so no more after a minute, though nothing happens."""
        room = self.demo_room()
        with sqlite3.connect(os.path.join(room.data, "chartroom.db")) as database:
            database.execute("UPDATE pull SET created_ms = ?", (int(time.time() * 1000) - 45000,))
        database.close()
        window = room.sandbox()
        ready(room)
        window.do("win.show-pulls", PATIENT)
        window.says("1 minute ago · Sandbox Community Health", 60)
        self.end(window)

    def test_history(self):
        """All there is to know of a pull with waits, retries and a portal's own words; its log is saved, and tells nobody of whom."""
        window = self.open_history()
        self.folder.fault("rate-limit", retry_after="6", types=["Condition"], count=1)
        self.folder.fault("status", status=500, types=["Immunization"])
        window.do("win.pull-now", PATIENT)
        partial = self.pull("partial")
        shown = self.ctl("pull", "show", partial["id"])
        failed = [q for q in shown["queries"] if q["status"] == "failed"][0]
        self.assertEqual(json.loads(failed["raw"])["resourceType"], "OperationOutcome")
        self.expand(window, "1 type failed")
        window.says("Requests and waits", also=[
            "By hand", f"{shown['requests']} requests", re.compile(r"[1-9]\d* retr"), re.compile(r"[1-9]\d* pages"),
            re.compile(r"Asked to slow down: \d+ s"), failed["error"]["message"], "unchanged",
            re.compile(r"Only what changed since \d+ \w+ \d{4} was asked for")])
        window.click("Raw Answer")
        window.says('"OperationOutcome"')
        window.type("Escape")
        wait_for(lambda: '"OperationOutcome"' not in window.words(), 20)

        path = os.path.join(self.folder.root, "of-a-pull.txt")
        window.click("Save Log…")
        window.find("Save the Log of Requests")
        window.says("pull-log.txt")
        window.type("ctrl+a")
        window.write(path)
        window.type("Return")
        window.says("Log saved")  # before anything else: it goes by itself
        self.assertGreater(os.path.getsize(path), 0)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.check_log(path, shown)
        self.end(window)

    def cancel(self, window):
        """The button beside the progress."""
        box = window.find("Progress of the pull", "progress bar").parent.parent
        button = [node for node in box.children if node.role == "push button"][0]
        self.assertEqual(button.name, "Cancel")
        return button

    def asked(self):
        return {line["path"] for line in json.loads(self.folder.http("GET", "/_sandbox/log"))["requests"]}

    def check_log(self, path, shown):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(len(text.splitlines()), shown["requests"])
        for words in ("429", "500", "Immunization?patient=…"):
            self.assertIn(words, text)
        person = [p for p in self.folder.about()["patients"] if p["clinic_id"] == PATIENT][0]
        words = {PATIENT, person["name"], person["family"], person["birth_date"], "Bearer", "127.0.0.1",
                 *(str(v) for k, v in person.items() if k.endswith("_id") or k in ("username", "email"))}
        words |= {r["id"] for r in self.ctl("record", "list", PATIENT)["data"]}
        self.assertGreater(len(words), 50)
        for word in words:
            self.assertNotIn(word.lower(), text.lower())


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
