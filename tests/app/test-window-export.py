# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports: the window by its keys and as a screen reader has it."""
import json
import os
import re
import sqlite3
import sys
import time
import unittest

from apptest import GLib, ready
from ctltest import wait_for
from windowcase import BUCKET, PATIENT, SERVER, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)


class Export(Case):
    def rewind(self, window, destination, days=0):
        target = GLib.Variant("(si)", (destination, days))
        window.call(f"{window.path}/window/1", "Activate", GLib.Variant("(sava{sv})", ("rewind-destination", [target], {})))

    def take_away(self, kind, n):
        """Somebody deletes what was delivered, at the server."""
        portal, there = self.folder.find_portal(), self.folder.about()["fhir_destination"]
        base, signed = there["url"][len(portal):], {"Authorization": "Bearer " + there["token"]}
        for entry in json.loads(self.folder.http("GET", f"{base}/{kind}?_count={n}", None, signed))["entry"]:
            self.folder.http("DELETE", f"{base}/{kind}/" + entry["resource"]["id"], None, signed)

    def test_retry(self):
        """Failures stand together by cause, in words; a cause that is unchanged is said to be."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        self.folder.fault("dest-entry-status", status=422, types=["Observation"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        window.do("win.pull-now", PATIENT)
        run = wait_for(lambda: self.runs(server, "failed", "partial"))[0]
        window.do("win.show-run", run["id"])
        window.find("What Failed", "list")
        window.says("The cause of all 3 is unchanged.", also=["3 records"])
        window.says(SERVER + " · Pull completed")
        window.find("The record breaks a rule of the server (422)", "list item")
        window.find("Retry Failed", "push button")
        self.folder.no_faults()
        window.do("win.back")
        self.end(window)

    def test_seen(self):
        """A cause says since when it is seen and when last, exactly on hover."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        self.folder.fault("dest-entry-status", status=422, types=["Observation", "Condition"])
        self.folder.fault("changed-records", n=2, types=["Observation", "Condition"])
        window.do("win.pull-now", PATIENT)
        run = wait_for(lambda: self.runs(server, "failed", "partial"))[0]
        window.do("win.show-run", run["id"])
        self.assertRegex(window.find("4 records · seen ", "list item").name, r"seen (just now|\d minutes? ago) · such as")
        self.end(window)
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as db:
            db.execute("UPDATE export_item SET failed_ms = failed_ms - 1200000 WHERE item ="
                       " (SELECT min (item) FROM export_item WHERE failed_ms > 0)")
        db.close()
        window = self.folder.sandbox()
        window.says("Needs Someone")
        window.do("win.show-run", run["id"])
        row = window.find("4 records · first seen ", "list item")
        self.assertRegex(row.name, r"first seen 2\d minutes ago, last seen (just now|\d minutes? ago) · such as")
        self.assertRegex(row.described(), r"\d\d:\d\d:\d\d.*\n.*\d\d:\d\d:\d\d")
        self.end(window)

    def test_both(self):
        """Of failures of both kinds it is said of how many a retry takes on and of how many not, and it does so."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        self.folder.fault("dest-entry-status", status=422, types=["Observation", "Condition"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        window.do("win.pull-now", PATIENT)
        run = wait_for(lambda: self.runs(server, "failed", "partial"))[0]["id"]
        self.end(window)
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as db:
            db.execute("UPDATE export_entry SET is_retryable = 1, error_code = 'busy', error_message = 'Too much at once'"
                       " WHERE rid = (SELECT min (rid) FROM export_entry WHERE status = 'failed')")
        db.close()
        window = self.folder.sandbox()
        ready(self.folder)
        self.folder.no_faults()
        window.do("win.show-run", run)
        window.says("1 will be retried, 2 will not: the cause is unchanged.")
        found = [re.sub(r" · .* · ", " … ", row.name) for row in window.find("What Failed", "list").children if row.has("visible")]
        self.assertEqual(len(found), 2, found)
        self.assertRegex(found[0], "^The record breaks a rule of the server.*2 records … the cause is unchanged$")
        self.assertRegex(found[1], "^Too much at once.*1 record … will be retried$")
        window.press("Retry Failed")
        again = wait_for(lambda: [r for r in self.ctl("run", "list", server)["data"] if r["retry_of"] == run and r["status"] == "complete"])[0]
        self.assertEqual(again["resources"], 1)
        self.assertEqual(self.destination(SERVER)["failing"], 2)
        self.end(window)

    def test_pause(self):
        """Rewound to the start after a count, paused and resumed, with its state in words; Escape sends nothing."""
        window = self.open_demo()
        destination = self.destination(SERVER)
        server = destination["id"]
        before = len(self.ctl("run", "list", server)["data"])
        again = self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z", "--count")
        heading = f"Send {again['records']:,} Records Again?"
        self.rewind(window, server)
        self.assertGreater(again["held"], 0)
        window.says(heading, also=[f"{again['held']:,} more records are held"])
        window.type("Escape")
        wait_for(lambda: heading not in window.words())
        self.assertEqual(len(self.ctl("run", "list", server)["data"]), before)
        self.rewind(window, server, 7)
        window.says(re.compile(r"All that was stored since .*\d.* is sent to this destination"))
        window.type("Escape")
        wait_for(lambda: "Records Again?" not in window.words())
        self.folder.fault("dest-slow", delay_ms=3000)
        self.rewind(window, server)
        window.says(heading)
        window.press("Send")
        run = wait_for(lambda: self.runs(server, "running"))[0]
        window.do("win.show-run", run["id"])
        window.find("Running", "panel")
        window.do("win.pause-run", run["id"])
        window.says("The export pauses after this step")
        window.press("Undo")
        window.says("The export goes on")
        self.assertEqual([], self.runs(server, "waiting"))
        window.press("Pause")
        wait_for(lambda: self.runs(server, "waiting"))
        window.find("Paused", "panel")
        self.folder.no_faults()
        window.press("Resume")
        wait_for(lambda: self.ctl("run", "show", run["id"])["status"] == "complete")
        window.find("Complete", "panel")
        self.ctl("destination", "export", server, "--wait")
        window.do("win.show-destination", server)
        window.find("by hand, nothing was new", "list item")
        self.end(window)

    def test_list(self):
        """The list says how far an export is, what it waits for and until when, and offers to send again what failed."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        window.do("win.section", "destinations")
        window.find("Ready", "panel")
        self.folder.fault("dest-slow", delay_ms=3000)
        self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        window.find("Exporting", "panel")
        wait_for(lambda: re.search(r"[1-9]\d* of \d+ items · .* records · about .* left", self.beside(window, "Export to " + SERVER)), 60)
        run = self.runs(server, "running")[0]["id"]
        self.ctl("run", "pause", run)
        window.find("Paused", "panel")
        window.do("win.show-destination", server)
        window.says("The latest pull is still to be exported.", also=["A person paused it."])
        window.do("win.section", "overview")
        window.says("Paused · ", also=["Export to " + SERVER])
        self.folder.no_faults()
        self.ctl("run", "cancel", run)
        self.folder.fault("dest-entry-status", status=422, types=["Observation"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        window.do("win.pull-now", PATIENT)
        window.do("win.section", "destinations")
        wait_for(lambda: self.runs(server, "failed", "partial"), 60)
        window.focus("Retry Failed: " + SERVER, "push button")
        self.folder.no_faults()
        window.type("space")
        wait_for(lambda: [r for r in self.runs(server, "complete", "failed", "partial") if r["trigger"] == "manual_retry"], 60)
        self.end(window)

    def test_refused(self):
        """A server that does not accept what it is sent with: it says so everywhere, and Edit is offered, not to sign in."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        self.folder.fault("dest-status", status=401)
        self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        run = wait_for(lambda: self.runs(server, "failed"), 60)[0]
        advice = "answered 401 Unauthorized; correct the credentials in its settings"
        window.do("win.section", "overview")
        window.says(advice)
        window.find("Edit…: Export to " + SERVER, "push button")
        window.do("win.section", "destinations")
        window.find("Edit…: " + SERVER, "push button")
        window.do("win.show-destination", server)
        window.says(advice)
        window.do("win.show-run", run["id"])
        window.says(advice)
        window.find("Retry Failed", "push button")
        self.assertNotIn("sign in", window.words())
        self.assertIn(("push button", "Edit…"), window.tree())
        self.folder.no_faults()
        self.end(window)

    def test_no_items(self):
        """A run whose list is empty says why, and what to do."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        sent = next(run for run in self.runs(server, "complete") if run["resources"])
        window.do("win.show-run", sent["id"])
        window.find("Delivered", "panel")
        self.assertNotIn("Nothing was new", window.words())
        window.press("Failed Only")
        window.says("No item of this run has failed.")
        window.press("Failed Only")
        wait_for(lambda: "No item of this run has failed." not in window.words())
        window.do("win.back")
        self.ctl("destination", "export", server, "--wait")
        window.do("win.show-run", self.runs(server, "complete")[0]["id"])
        window.says("Nothing was new, so there was nothing to send.")
        self.assertNotIn("Failed Only", window.words())
        self.end(window)

    def test_cancelled(self):
        """A run that was cancelled before it began says that nothing was sent."""
        window = self.open_demo()
        far = self.ctl("destination", "add", "fhir", "--name", "Far away", "--url", "http://127.0.0.1:9/fhir", "--keep-failing")["id"]
        self.ctl("destination", "enable", far)
        run = wait_for(lambda: self.runs(far, "waiting"), 60)[0]
        self.ctl("run", "cancel", run["id"])
        window.do("win.show-destination", far)
        window.find("nothing was sent", "list item")
        window.says("The latest pull is still to be exported.", also=["Delivered here in all: nothing"])
        self.end(window)

    def test_replaced(self):
        """An item whose record changed while the run was paused says why it was not sent."""
        window = self.open_demo()
        server, types = self.destination(SERVER)["id"], ["Condition", "Encounter", "Procedure", "Observation"]
        self.folder.fault("dest-slow", delay_ms=12000)
        self.folder.fault("changed-records", n=1, types=types, round=1)
        self.ctl("pull", "start", PATIENT, "--wait")
        run = wait_for(lambda: self.runs(server, "running"), 60)[0]["id"]
        self.ctl("run", "pause", run)
        wait_for(lambda: self.runs(server, "waiting"), 60)
        self.folder.fault("changed-records", n=1, types=types, round=2)
        self.ctl("pull", "start", PATIENT, "--wait")
        self.folder.no_faults()
        self.ctl("run", "resume", run)
        window.do("win.show-run", run)
        window.find("A newer version of the same record is sent instead., Replaced", "list item")
        self.end(window)

    def test_progress(self):
        """The page of a destination has the bar of the list, and how much is there in all."""
        window = self.open_demo()
        server, delivered = (self.destination(SERVER)[name] for name in ("id", "delivered"))
        self.folder.fault("dest-slow", delay_ms=3000)
        self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        window.do("win.show-destination", server)
        window.says("The latest pull is being exported.", also=[f"Delivered here in all: {delivered:,} records of 11 patients"])
        wait_for(lambda: re.search(r"[1-9]\d* of \d+ items · .* records · about .* left", self.beside(window, "Export to " + SERVER)), 60)
        self.folder.no_faults()
        self.end(window)

    def test_waits(self):
        """One that cannot be reached says so, and when it is tried again, instead of that it exports."""
        window = self.open_demo()
        far = self.ctl("destination", "add", "fhir", "--name", "Far away", "--url", "http://127.0.0.1:9/fhir", "--keep-failing")["id"]
        self.ctl("destination", "enable", far)
        wait_for(lambda: self.runs(far, "waiting"), 60)
        for target in (("section", "destinations"), ("show-destination", far)):
            window.do("win." + target[0], target[1])
            window.find("No connection", "panel")
            window.says("Next attempt in ")
            self.assertNotIn("Exporting", [name for role, name in window.tree() if role == "panel"])
        window.says("The latest pull is still to be exported.")
        window.do("win.section", "overview")
        window.says("Export to Far away", also=["No connection · next attempt in "])
        self.end(window)

    def test_said_before(self):
        """What a button did before does not stay on screen, offering to undo it, once it is over."""
        window = self.open_demo()
        self.folder.fault("dest-slow", delay_ms=3000)
        # By itself it goes after ten seconds; a busy machine may take some of them.
        for cancel in (lambda run: window.do("win.cancel-run", run), lambda run: self.ctl("run", "cancel", run)):
            self.assertTrue(any(self.pause_and_cancel(window, cancel) < 9 for _ in range(3)))
        self.folder.no_faults()
        self.end(window)

    def pause_and_cancel(self, window, cancel):
        """→ for how many seconds the first of both was said"""
        server = self.destination(SERVER)["id"]
        self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        run = wait_for(lambda: self.runs(server, "running"))[0]["id"]
        begun = time.monotonic()
        window.do("win.pause-run", run)
        window.says("The export pauses after this step")
        cancel(run)
        wait_for(lambda: "The export pauses after this step" not in window.words())
        seconds = time.monotonic() - begun
        wait_for(lambda: not self.runs(server, "running", "waiting"), 60)
        return seconds

    def test_receipt(self):
        """What was withdrawn, what that answered and what is still there stand in a receipt; not opted in is the default."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        self.ctl("destination", "edit", server, "--withdrawals", "send")
        connection = self.ctl("connection", "list", PATIENT)["data"][0]["id"]
        self.folder.fault("dest-entry-status", status=403, types=["Encounter"], count=1)
        self.ctl("connection", "disconnect", connection)
        run = wait_for(lambda: [r for r in self.runs(server, "partial") if r["trigger"] == "withdrawal"])[0]
        window.do("win.show-run", run["id"])
        window.says(f"{run['resources']:,} withdrawn from “", also=["1 still there: it failed."])
        window.find("Save Receipt", "push button")
        window.find("Receipt", "list")
        window.find("Withdrawn", "panel")
        self.assertNotIn("Delivered", [name for role, name in window.tree() if role == "panel"])
        self.folder.no_faults()
        self.end(window)

    def test_compare(self):
        """What is there is counted; a copy comes disabled, and has one way to be enabled: its switch."""
        window = self.open_demo()
        window.do("win.compare-destination", self.destination(BUCKET)["id"])
        window.says("All is there, by checksums")
        self.take_away("Observation", 3)
        window.do("win.compare-destination", self.destination(SERVER)["id"])
        window.says("3 Records Are Missing There", also=["\nObservations: "])
        window.type("Escape")
        window.do("win.section", "destinations")
        window.do("win.duplicate-destination", self.destination(SERVER)["id"])
        wait_for(lambda: len(self.ctl("destination", "list")["data"]) == 3)
        window.find("Disabled", "panel")
        window.find("Enabled", "check box")
        self.assertFalse([name for role, name in window.tree() if role == "push button" and name.split(" ")[0] == "Enable"])
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
