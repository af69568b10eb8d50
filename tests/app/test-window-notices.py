# SPDX-License-Identifier: GPL-3.0-or-later
"""A click on a notice opens what it is about, whatever the program does at that time: it runs, its window is closed, it is
locked, it is opening, it is closing, it does not run at all."""
import os
import re
import subprocess
import sys
import unittest

from started import Home
from windowcase import BUCKET, PATIENT, SERVER, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

import windowcase
from apptest import CHARTROOM, GLib
from ctltest import wait_for

PIN = "2468"
ADMIN = "1357"


class Click(Case):
    def setUp(self):
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nowhere"
        windowcase.desk.settings()
        self.addCleanup(windowcase.desk.settings)

    def is_there(self, window, page):
        return window.walk(lambda node: node.name == page)

    def opens(self, window, page):
        wait_for(lambda: self.is_there(window, page))

    def need(self, window, action, target, is_second=False):
        window.call(window.path, "Activate",
                    GLib.Variant("(sava{sv})", ("show-need", [GLib.Variant("(bss)", (is_second, action, target))], {})))

    def lock_with(self, kind, secret):
        answer = self.folder.run("lock", "set", kind, before=("--sandbox", "--json"), secret=secret)
        self.assertEqual(answer.code, 0, answer.out)


class Running(Click):
    def test_window_closed(self):
        """The engine goes on without a window: a click brings it back, with the page."""
        windowcase.desk.settings(goes_on="true", told_goes_on="true")
        window = self.open_demo()
        window.says("Patients with access")
        window.type("ctrl+w")
        wait_for(lambda: "Patients with access" not in window.words())
        self.need(window, "win.show-destination", self.destination(BUCKET)["id"])
        self.opens(window, "CrDestinationPage")
        self.end(window)

    def test_twice(self):
        """Another click on the same leaves one page: the way back leads to where somebody was."""
        window = self.open_demo()
        window.do("win.section", "patients")
        self.opens(window, "CrPatientsPage")
        bucket = self.destination(BUCKET)["id"]
        for _ in range(2):
            self.need(window, "win.show-destination", bucket)
            self.opens(window, "CrDestinationPage")
            self.destination(BUCKET)  # the engine has answered the click by then, too
        window.do("win.back")
        wait_for(lambda: not self.is_there(window, "CrDestinationPage"), 10)
        self.assertTrue(self.is_there(window, "CrPatientsPage"))
        self.end(window)

    def test_locked(self):
        """Nothing is shown before it is unlocked, and then what was clicked last."""
        window = self.open_demo()
        name = self.ctl("patient", "show", PATIENT)["name"]
        window.says("Patients with access")
        self.lock_with("desk", PIN)
        window.do("win.lock")
        wait_for(lambda: not window.walk(lambda node: node.name == "Main Menu"))
        self.need(window, "win.show-patients", "all")
        self.need(window, "win.show-destination", self.destination(BUCKET)["id"])
        window.says("PIN or passphrase")
        self.assertNotIn(name, str(window.tree()))
        self.assertNotIn("CrDestinationPage", str(window.tree()))
        window.type(*PIN, "Return")
        self.opens(window, "CrDestinationPage")
        window.do("win.lock")
        window.says("PIN or passphrase")
        self.need(window, "win.show-patients", "all")
        self.end(window)  # with a click that was never carried out

    def test_for_admins(self):
        """An endpoint is for admins: their section is shown, and when they open it, the endpoint."""
        window = self.open_demo()
        hook = self.ctl("webhook", "add", "https://hooks.example.org/in")["id"]
        self.lock_with("admin", ADMIN)
        self.need(window, "win.show-webhook", hook)
        window.says("For Admins")
        window.do("win.open-admin")
        window.find("Admin passphrase", "text")
        window.type(*ADMIN, "Return")
        self.opens(window, "CrWebhookPage")
        window.do("win.close-admin")
        window.says("For Admins")
        self.end(window)

    def test_gone(self):
        """What is not there any more is said, over the overview."""
        window = self.open_demo()
        for action, target, words in (("win.show-destination", "dst_0", "That destination is not there any more"),
                                      ("win.show-webhook", "whk_0", "That endpoint is not there any more"),
                                      ("win.show-patients", "failing", "Nobody is on that list now")):
            window.do("win.section", "activity")
            wait_for(lambda: not self.is_there(window, "CrOverviewPage"))
            self.need(window, action, target)
            window.says(words)
            self.opens(window, "CrOverviewPage")
        self.end(window)

    def test_closing(self):
        """While the engine finishes its last step a click is kept: the window comes back when that is done."""
        window = self.open_demo()
        window.says("Patients with access")
        bucket = self.destination(BUCKET)["id"]
        wish = GLib.Variant("(bss)", (False, "win.show-destination", bucket))
        for action, target in (("quit", []), ("show-need", [wish])):  # both before it can have ended
            window.bus.call(window.id, window.path, "org.gtk.Actions", "Activate", GLib.Variant("(sava{sv})", (action, target, {})),
                            None, 0, -1, None, None)
        window.number = 2
        wait_for(window.here)
        self.opens(window, "CrDestinationPage")
        self.end(window)


class Announced(Click):
    """What comes up beside the focus, to a screen reader: GTK can since 4.14, and a module that is preloaded hears it here."""

    def said(self, window, words):
        return f"announced 1: {words}\n" in window.said()

    def hear(self):
        preload = os.environ.get("CHARTROOM_PRELOAD", "")
        os.environ["CHARTROOM_PRELOAD"] = (preload + " " + os.environ["ANNOUNCED"]).strip()
        self.addCleanup(os.environ.__setitem__, "CHARTROOM_PRELOAD", preload) if preload else self.addCleanup(
            os.environ.pop, "CHARTROOM_PRELOAD")

    def mistakes(self):
        """Three forms that cannot be done. → the window, and for each what it is told and where it has the focus"""
        window = self.open_demo()
        self.lock_with("desk", PIN)
        window.do("win.lock")
        window.find("PIN or passphrase", "password text")
        window.type(*"9999", "Return")
        window.says("That was not right.")
        yield window, "That was not right.", "PIN or passphrase"
        window.type(*PIN, "Return")
        window.find("Main Menu", "push button")
        window.do("win.add-destination")
        window.find("Name, for your list", "text")
        window.press("Save")
        window.says("is missing.")
        yield window, "“FHIR base URL” is missing.", "FHIR base URL"
        window.type("Escape")
        wait_for(lambda: "Name, for your list" not in window.words())
        window.do("win.add-patient")
        window.find("Patient id", "text")
        window.type("alt+a")
        window.says("id must have")
        yield window, None, None
        window.type("Escape")
        self.end(window)

    def test_problem(self):
        """Why a form cannot be done, as often as it is so."""
        self.hear()
        for window, words, _ in self.mistakes():
            if words:
                wait_for(lambda words=words: self.said(window, words))
            else:
                wait_for(lambda: re.search("announced 1: .*id must have", window.said()))

    def test_problem_unannounced(self):
        """Where nothing is announced the focus is on what is to be mended, which says what is wrong with it, or on the words."""
        def look(node):
            return node if node.has("focused") and node.role in ("text", "password text", "alert", "notification") else None
        for window, words, field in self.mistakes():
            node = wait_for(lambda: window.walk(look, window.top()))
            if words:
                self.assertIn(field, node.name)
                self.assertEqual(node.described(), words)
            else:
                self.assertIn("id must have", node.words())

    def test_toast_and_banner(self):
        """A toast as it comes, but over a locked window only when that is opened; a banner once."""
        self.hear()
        window = self.open_demo()
        window.says("Patients with access")
        window.do("win.say", "One thing")
        wait_for(lambda: self.said(window, "One thing"))
        self.lock_with("desk", PIN)
        window.do("win.lock")
        wait_for(lambda: not window.walk(lambda node: node.name == "Main Menu"))
        window.do("win.say", "Another thing")
        wait_for(window.words)
        self.assertFalse(self.said(window, "Another thing"))
        window.type(*PIN, "Return")
        wait_for(lambda: self.said(window, "Another thing"))
        self.lock_with("admin", ADMIN)
        window.do("win.show-destination", self.destination(BUCKET)["id"])
        window.says("Administrator screens are locked.")
        wait_for(lambda: "announced 1: Administrator screens are locked." in window.said())
        self.end(window)

    def heard(self, window, about):
        """→ what was said of that, in its order"""
        return re.findall(f"announced 1: {re.escape(about)}: (.*)", window.said())

    def test_pull(self):
        """How a pull ends, and what one waits for, once each; nothing of what a page showed from the start, or is not shown."""
        self.hear()
        window = self.open_demo()
        patient = self.ctl("patient", "show", PATIENT)
        about, portal = "Records of " + patient["name"], "Pull from " + self.ctl("source", "list")["data"][0]["name"]
        window.do("win.show-patient", PATIENT)
        window.find("Up to date", "panel")
        self.folder.fault("status", status=500, types=["Observation"])
        for n in (1, 2):
            window.do("win.pull-now", PATIENT)
            wait_for(lambda n=n: self.heard(window, about) == ["Partly up to date"] * n, 60)
        self.assertEqual(self.heard(window, portal), [])  # the only one: said with the records
        self.folder.no_faults()
        self.folder.fault("status", status=503)
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: self.heard(window, portal) == ["Portal is not answering"], 60)
        window.do("win.section", "overview")
        self.folder.no_faults()
        window.click("Try Now")
        wait_for(lambda: self.ctl("patient", "show", PATIENT)["record_status"] == "current", 60)
        window.do("win.show-patient", PATIENT)
        window.find("Up to date", "panel")
        self.assertEqual(self.heard(window, about), ["Partly up to date"] * 2)
        self.assertEqual(self.heard(window, portal), ["Portal is not answering"])
        self.end(window)

    def test_export(self):
        """How an export ends, on its own page and on that of its destination."""
        self.hear()
        window = self.open_demo()
        server, about = self.destination(SERVER)["id"], "Export to " + SERVER
        window.do("win.show-destination", server)
        window.find("Complete", "panel")
        self.assertEqual(self.heard(window, about), [])
        self.ctl("destination", "export", server, "--wait")
        wait_for(lambda: self.heard(window, about) == ["Complete"])
        self.folder.fault("dest-slow", delay_ms=2000)
        self.folder.fault("dest-entry-status", status=422, types=["Observation"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        self.ctl("pull", "start", PATIENT)
        run = wait_for(lambda: self.runs(server, "running"), 60)[0]["id"]
        window.do("win.show-run", run)
        window.find("Running", "panel")
        wait_for(lambda: len(self.heard(window, about)) > 1, 60)
        self.assertRegex(self.heard(window, about)[1], r"(Partial|Failed) .* items? failed$")
        window.do("win.back")
        window.find("Retry Failed", "push button")
        self.assertEqual(len(self.heard(window, about)), 2)
        self.end(window)


class Installed(Click):
    """As it is installed: the bus starts it."""

    def home(self):
        home = Home(windowcase.desk, self.demo_room())
        self.addCleanup(home.close)
        return home

    def test_not_running(self):
        """The desktop kept the notice, the program had ended: it starts and shows the page, also of the sandbox beside."""
        home = self.home()
        files = home.ctl("destination", "add", "folder", "--name", "Files", "--path", home.root)["id"]
        for target in ((False, files), (True, self.destination(BUCKET)["id"])):
            self.assertFalse(home.is_running())
            window = home.click("show-need", target[0], "win.show-destination", target[1])
            self.opens(window, "CrDestinationPage")
            self.end(window)
            wait_for(lambda: not home.is_running())
        window = home.click("show-window")
        window.says("Welcome to Chartroom")
        self.end(window)

    def test_gone(self):
        """It starts, says so and shows what there is."""
        home = self.home()
        window = home.click("show-need", False, "win.show-destination", "dst_0")
        window.says("That destination is not there any more")
        self.opens(window, "CrOverviewPage")
        self.end(window)

    def test_locked(self):
        """It starts with its lock, and keeps the wish until that is opened."""
        home = self.home()
        home.ctl("patient", "add", "p1", "--name", "Amara Okafor", "--birth-date", "1980-01-01")
        home.ctl("lock", "set", "desk", secret=PIN)
        window = home.click("show-need", False, "win.show-patients", "not-connected")
        window.says("PIN or passphrase")
        wait_for(lambda: not window.walk(lambda node: node.name == "Main Menu"))
        self.assertNotIn("Okafor", str(window.tree()) + window.words())
        window.type(*PIN, "Return")
        window.says("Okafor")
        self.opens(window, "CrPatientsPage")
        self.end(window)

    def test_launched(self):
        """From the list of programs, and once more by its line: one program, one window."""
        home = self.home()
        window = home.launch()
        window.says("Welcome to Chartroom")
        again = subprocess.run([CHARTROOM], env=home.env, timeout=60, check=False)
        self.assertEqual(again.returncode, 0)
        with open(home.log + ".words") as file:
            self.assertEqual(file.read().splitlines(), ["--gapplication-service"])
        self.assertTrue(home.is_running())
        self.end(window)

    def test_options(self):
        """Asking for help needs no display and no bus; a word that is not known is refused."""
        env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
        told = subprocess.run([CHARTROOM, "--help"], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(told.returncode, 0)
        self.assertIn("--background", told.stdout)
        told = subprocess.run([CHARTROOM, "--sandbx"], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(told.returncode, 2)
        told = subprocess.run([CHARTROOM, "--gapplication-service"], env=env, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(told.returncode, 1)
        self.assertIn("There is no display", told.stderr)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
