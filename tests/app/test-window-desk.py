# SPDX-License-Identifier: GPL-3.0-or-later
"""A shared desk: who is on duty, the lock, the admins' sections, notices, and what goes on without a window."""
import os
import shutil
import subprocess
import sys
import time
import unittest

import desktop
from apptest import ready
from desktop import Notices, Polkit
from windowcase import BUCKET, HELD, PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

import windowcase
from ctltest import away_from_midnight, wait_for  # found by way of apptest

PIN = "2468"
ADMIN = "over the hills"


class Desk(Case):
    def setUp(self):
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = "unix:path=/nowhere"

    def lock_with(self, kind, secret):
        answer = self.folder.run("lock", "set", kind, before=("--sandbox", "--json"), secret=secret)
        self.assertEqual(answer.code, 0, answer.out)

    def who(self, action):
        return [e["person"] for e in self.ctl("audit", "list")["data"] if e["action"] == action]


class Person(Desk):
    def test_switch(self):
        """Taken over by name; the name stands on what is done next, in Activity and after a restart."""
        window = self.open_demo()
        window.says("Patients with access")
        window.do("win.other-person")
        window.says("Who Is on Duty?")
        window.type(*"Ana", "Return")
        window.find("On duty: Ana")
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: self.who("pull.start")[:1] == ["Ana"])
        self.assertEqual(self.who("person.duty"), ["Ana"])
        self.does_many_things(window, "Ana")
        self.ctl("person", "add", "Ben")
        self.assertEqual([p["name"] for p in self.ctl("person", "list")["data"] if p["on_duty"]], ["Ana"])
        wait_for(lambda: not window.walk(lambda node: node.name == "Who Is on Duty?"))
        window.type("ctrl+u")
        window.says("Somebody Else…")
        window.type("Down", "Return")
        window.find("On duty: Ben")
        window.do("win.section", "activity")
        window.says("Took over the desk")
        window.says("Ben")
        self.end(window)
        window = self.folder.sandbox()
        window.find("On duty: Ben")
        self.ctl("person", "remove", "Ben")
        self.assertEqual([p["name"] for p in self.ctl("person", "list")["data"]], ["Ana"])
        self.end(window)

    def test_room(self):
        """Where a long title would like all of the header, the name stays."""
        windowcase.desk.settings(window_width=760, window_height=740)
        self.addCleanup(windowcase.desk.settings)
        window = self.open_demo()
        self.ctl("patient", "add", "long", "--name", "Maria Fernanda Guadalupe González de la Vega Martínez", "--birth-date", "1980-05-21")
        self.ctl("person", "add", "Alexandra Weaver")
        window.do("win.take-duty", "Alexandra Weaver")
        window.do("win.show-patient", "long")
        window.says("Maria Fernanda")
        window.find("Connect a Patient", "push button")
        self.assertGreater(window.find("Alexandra Weaver", "label").size()[0], 100)
        self.end(window)

    def test_menu_stays_open(self):
        """While it is open a setting changes, and then the list itself: it goes on, with the new name, and takes it."""
        window = self.open_demo()
        window.says("Patients with access")
        self.ctl("person", "add", "Ana")
        window.type("ctrl+u")
        window.find("Ana", "menu item")
        self.ctl("config", "set", "notice-end", "no")
        self.ctl("person", "add", "Ben")
        window.find("Ben", "menu item")
        window.type("Down", "Return")
        wait_for(lambda: self.who("person.duty"))
        self.end(window)

    def looks(self):
        return {(look["person"], look["kind"]) for look in self.ctl("look", "list", PATIENT)["data"]}

    def test_who_looked(self):
        """Who opens a patient is kept, and who takes the desk over with the page open; the page lists both."""
        os.environ["CUPS_SERVER"] = "/nowhere"
        self.addCleanup(os.environ.pop, "CUPS_SERVER")
        here = os.getcwd()
        self.addCleanup(os.chdir, here)
        self.demo_room()
        os.chdir(self.folder.root)  # files are printed to where the program was started
        window = self.folder.sandbox()
        ready(self.folder)
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        before = self.looks()
        for name in ("Ada", "Ben"):
            self.ctl("person", "add", name)
        window.do("win.take-duty", "Ada")
        window.find("On duty: Ada")
        self.assertEqual(self.looks(), before)
        window.do("win.show-patient", PATIENT)
        wait_for(lambda: self.looks() - before == {("Ada", "patient")})
        window.do("win.show-record", PATIENT, source, "Condition", record["id"])
        wait_for(lambda: ("Ada", "record") in self.looks())
        window.do("win.take-duty", "Ben")
        wait_for(lambda: ("Ben", "record") in self.looks())
        self.assertNotIn(("Ben", "raw"), self.looks())
        window.type("ctrl+f")
        wait_for(lambda: ("Ben", "raw") in self.looks())
        self.assertNotIn(("Ben", "patient"), self.looks())
        window.do("win.back")
        wait_for(lambda: ("Ben", "patient") in self.looks())
        self.assertNotIn(("Ada", "raw"), self.looks())
        self.press_menu(window, "More for this patient", "Who Looked")
        window.find("Who Looked", "list")
        window.says("Ben", also=["Ada", "Looked the patient up", "Read records as they came", "Just now"])
        self.lists_live(window)
        self.prints(window)
        self.end(window)

    def press_menu(self, window, button, item):
        window.focus(button, "push button")
        window.type("space")
        window.find(item, "menu item").do_action(0)

    def lists_live(self, window):
        """Another program that reads stands in the list at once, and nothing of another patient's."""
        self.folder.run("record", "save", PATIENT, "--output", self.folder.root + "/all.ndjson", before=("--sandbox", "--as", "Nightly copy"))
        self.folder.run("record", "list", HELD, before=("--sandbox", "--as", "Somebody else"))
        window.says("Nightly copy", also=["Saved records or a document to a file"])
        self.assertNotIn("Somebody else", window.words())

    def prints(self, window):
        """To a file, as the toolkit's own dialog does; that is kept, too."""
        window.press("Print…")
        window.find("Print to File", "label")
        self.assertNotIn(("Ben", "print"), self.looks())
        window.type("Tab", "Down")
        window.press("Print")
        wait_for(lambda: ("Ben", "print") in self.looks())
        window.says("Printed a page")
        if shutil.which("pdftotext"):
            text = subprocess.run(["pdftotext", "-layout", "output.pdf", "-"], capture_output=True, check=True).stdout.decode()
            for words in ("For Amara Okafor", "Ada · Read records", "Nightly copy · Saved records", "Ben · Looked the patient up"):
                self.assertIn(words, text)
            self.assertNotIn("Somebody else", text)

    def does_many_things(self, window, name):
        """Whatever is done in the window from now on has that name in Activity."""
        bucket, source = self.destination(BUCKET)["id"], self.ctl("source", "list")["data"][0]["id"]
        hold = self.ctl("hold", "list")["data"][0]["id"]
        self.ctl("source", "suspend", source, "--reason", "Maintenance")
        for action, target, entry in (
                ("win.disable-destination", bucket, "destination.disable"), ("win.enable-destination", bucket, "destination.enable"),
                ("win.release-hold", hold, "hold.release"), ("win.resume-source", source, "source.resume")):
            window.do(action, target)
            wait_for(lambda entry=entry: self.who(entry))
            self.assertEqual(self.who(entry)[0], name, entry)


class List(Desk):
    def test_remove(self):
        """Who is taken from the list in the preferences is back by one press, as they were."""
        window = self.open_demo()
        for name in ("Ana", "Ben & Co", "Cleo"):
            self.ctl("person", "add", name)
        before = self.ctl("person", "list")
        window.do("win.preferences")
        window.press("Remove Ben & Co from the list")
        window.says("Ben & Co is not on the list any more")
        self.assertEqual([p["name"] for p in self.ctl("person", "list")["data"]], ["Ana", "Cleo"])
        window.press("Undo")
        wait_for(lambda: self.ctl("person", "list") == before)
        window.find("Remove Ben & Co from the list", "push button")
        window.type("Escape")
        self.end(window)

    def test_locks(self):
        """A lock that is taken away is gone: what that means is said first."""
        window = self.open_demo()
        self.lock_with("desk", PIN)
        window.do("win.preferences")
        window.find("Change what unlocks the window", "push button")
        window.find("Set the admin passphrase", "push button")
        window.find("Remove the lock of the window", "push button").do_action(0)
        window.says("Remove the Lock of the Window?", also=["whoever is at this desk sees the patients"])
        window.type("Return")  # the default is to leave it
        wait_for(lambda: "Remove the Lock of the Window?" not in window.words())
        self.assertEqual(self.who("lock.remove"), [])
        window.find("Remove the lock of the window", "push button").do_action(0)
        window.says("Remove the Lock of the Window?")
        window.type("alt+r")
        window.says("Not set: the window cannot be locked")
        self.end(window)

    def test_passphrase(self):
        """What only admins see closes for who sets the passphrase, too; and it is asked before it is taken away."""
        window = self.open_demo()
        window.do("win.preferences")
        window.find("Set the admin passphrase", "push button").do_action(0)
        for heading in ("At least 4 characters", "Once more"):
            window.says(heading)
            window.write(ADMIN)
            window.type("Return")
        window.says("The admin sections are closed from now on")
        wait_for(lambda: "Keys for Other Programs" not in window.words())
        window.do("win.open-admin")
        window.find("Admin passphrase", "text")
        window.write(ADMIN)
        window.type("Return")
        wait_for(lambda: window.can("edit-destination"))
        window.do("win.preferences")
        window.find("Remove the admin passphrase", "push button").do_action(0)
        window.says("Remove the Admin Passphrase?", also=["Everybody at this desk can then"])
        window.type("alt+r")
        window.says("Not set: everybody here may change")
        self.end(window)


class Lock(Desk):
    def locked(self, window, seconds=60):
        """The lock's page is one side of a stack, and among the words on screen at any time: the rest has to be gone."""
        wait_for(window.screen)
        return wait_for(lambda: not self.has_menu(window), seconds)

    def has_menu(self, window):
        return window.walk(lambda node: node.name == "Main Menu")

    def test_lock(self):
        """By key: nothing of a patient is left to see or hear, no action works, a wrong PIN is told, the right one gives it all back."""
        window = self.open_demo()
        name = self.ctl("patient", "show", PATIENT)["name"]
        window.do("win.show-patient", PATIENT)
        window.says(name)
        window.do("win.edit-patient", PATIENT)
        window.find("Birth date", "text")
        window.type("Escape")
        window.do("win.lock")
        window.says("Nothing Would Open It Again")
        window.type("Escape")
        self.lock_with("desk", PIN)
        window.do("win.edit-patient", PATIENT)
        window.find("Birth date", "text")
        window.do("win.lock")
        self.locked(window)
        wait_for(lambda: name not in window.words())
        self.assertNotIn(name, str(window.tree()))
        for action in (("win.section", "patients"), ("win.show-patient", PATIENT), ("win.search-patients",)):
            window.do(*action)
        window.type(*"1111", "Return")
        window.says("That was not right.")
        self.assertNotIn(name, window.words())
        window.type(*PIN, "Return")
        window.find("Birth date", "text")
        window.says(name)
        window.type("Escape")
        self.end(window)
        with open(os.path.join(self.folder.data, "chartroom.db"), "rb") as file:
            self.assertNotIn(PIN.encode() + b"\x00", file.read())
        window = self.folder.sandbox()
        self.locked(window)
        self.assertNotIn(name, window.words())
        self.ctl("lock", "remove", "desk")
        self.end(window)

    def test_toast(self):
        """Nothing is said over a locked window: what was there goes, and what comes waits for the end of it."""
        window = self.open_demo()
        self.lock_with("desk", PIN)
        window.do("win.say", "Said before")
        window.says("Said before")
        window.do("win.lock")
        self.locked(window)
        wait_for(lambda: "Said before" not in window.words(), 1)  # by itself it would stay for five seconds
        window.do("win.say", "Said meanwhile")
        self.assertNotIn("Said meanwhile", window.words())
        window.type(*PIN, "Return")
        window.says("Said meanwhile")
        self.end(window)

    def test_restored_meanwhile(self):
        """A backup is restored by command while it is locked: what is opened then has its own lock, here none."""
        window = self.open_demo()
        window.says("Patients with access")
        phrase, path = "four words of mine", os.path.join(self.folder.root, "b")
        words = ("backup", "create", path)
        self.assertEqual(self.folder.run(*words, before=("--sandbox", "--json"), secret=phrase).code, 0)
        self.lock_with("desk", PIN)
        window.do("win.edit-patient", PATIENT)
        window.find("Birth date", "text")
        window.do("win.lock")
        self.locked(window)
        words = ("backup", "restore", path)
        self.assertEqual(self.folder.run(*words, before=("--sandbox", "--json"), secret=phrase).code, 0)
        wait_for(lambda: "Patients with access" in window.words() and not self.is_visible(window, "PIN or passphrase"))
        wait_for(lambda: window.walk(lambda node: node.name == "Main Menu"))
        self.end(window)

    def is_visible(self, window, name):
        return window.walk(lambda node: node.name == name and node.has("showing"))

    def is_typed(self, window):
        """GTK 4.8 tells a screen reader what is in the entry, later versions that there are so many letters."""
        return not {"0000", "••••"}.isdisjoint(window.words().splitlines())

    def test_too_many(self):
        window = self.open_demo()
        self.lock_with("desk", PIN)
        window.do("win.lock")
        self.locked(window)
        for _ in range(5):  # Return does nothing while the last one is looked at, and then the entry is empty
            window.type(*"0000")
            wait_for(lambda: self.is_typed(window))
            window.type("Return")
            wait_for(lambda: not self.is_typed(window))
        window.says("That was not right.")
        window.type(*PIN, "Return")
        window.says("Too many were wrong")
        self.end(window)

    def test_idle(self):
        """After the minutes that were set without a key or a move of the mouse, and not before."""
        window = self.open_demo()
        self.lock_with("desk", PIN)
        window.says("Patients with access")
        window.type("Shift_L")
        begun = time.monotonic()
        self.ctl("config", "set", "lock-minutes", "1")
        wait_for(lambda: time.monotonic() - begun > 20)
        self.assertTrue(self.has_menu(window))
        touched = time.monotonic()
        window.type("Shift_L")
        self.locked(window, 150)
        self.assertGreater(time.monotonic() - touched, 58)
        self.end(window)


class Admin(Desk):
    def test_passphrase(self):
        """Sections and what changes them are behind the passphrase; patients are not; a change of person closes it again."""
        window = self.open_demo()
        window.do("win.section", "sources")
        source = self.ctl("source", "list")["data"][0]
        window.find("Test " + source["name"], "push button")
        changes = ("edit-source", "rewind-destination", "duplicate-destination", "rotate-webhook", "disable-webhook", "back-up")
        self.assertEqual([each for each in changes if not window.can(each)], [])
        self.lock_with("admin", ADMIN)
        window.says("For Admins")
        self.assertEqual([each for each in (*changes, "retry-run", "show-destination") if window.can(each)],
                         ["retry-run", "show-destination"])
        wait_for(lambda: source["name"] not in window.words())
        window.do("win.edit-source", source["id"])
        window.do("win.section", "patients")
        window.says(self.ctl("patient", "show", PATIENT)["name"])
        window.do("win.preferences")
        window.says("Shared Desk")
        for title in ("Where the Patient Pages Answer", "Pulls That Start by Themselves"):
            self.assertNotIn(title, window.words())
        window.type("Escape")
        window.do("win.section", "destinations")
        window.says("For Admins")
        window.do("win.open-admin")
        window.find("Admin passphrase", "text")
        window.type(*"wrong", "Return")
        window.says("That was not right.")
        window.type("Escape")
        window.do("win.open-admin")
        window.find("Admin passphrase", "text")
        window.type(*ADMIN.replace(" ", "\0").split("\0")[0], "space", *"the", "space", *"hills", "Return")
        window.says(BUCKET)
        window.do("win.take-duty", "Ana")
        window.says("For Admins")
        self.end(window)

    def test_says_why(self):
        """Where something is grey the window says why, and how it opens, by the keyboard too; so do the preferences."""
        window = self.open_demo()
        self.lock_with("admin", ADMIN)
        window.do("win.show-destination", self.destination(BUCKET)["id"])
        window.says("Administrator screens are locked.")
        window.focus("Unlock…", "push button")
        window.type("Return")
        window.find("Admin passphrase", "text")
        window.type(*"over", "space", *"the", "space", *"hills", "Return")
        wait_for(lambda: window.can("edit-destination"))
        wait_for(lambda: "Administrator screens are locked." not in window.words())
        window.do("win.close-admin")
        window.says("Administrator screens are locked.")
        window.do("win.section", "patients")
        window.says(self.ctl("patient", "show", PATIENT)["name"])
        wait_for(lambda: "Administrator screens are locked." not in window.words())
        window.do("win.preferences")
        window.says("Administrator screens are locked")
        window.focus("Unlock…", "push button")
        window.type("Return")
        window.find("Admin passphrase", "text")
        window.type("Escape")
        self.end(window)

    def test_says_why_of_a_row_that_comes_late(self):
        """Rows are loaded after the page is there: what is grey in them is explained too."""
        window = self.open_demo()
        self.folder.find_portal()
        window.says("Patients with access")
        self.lock_with("admin", ADMIN)
        wait_for(lambda: not window.can("edit-destination"))
        self.assertNotIn("Administrator screens are locked.", window.words())
        self.folder.fault("status", status=503)
        window.do("win.pull-now", PATIENT)
        window.find("Test…: ", "push button", 60)
        window.says("Administrator screens are locked.")
        self.folder.no_faults()
        self.ctl("pull", "cancel", self.pull("waiting")["id"])
        wait_for(lambda: "Administrator screens are locked." not in window.words(), 60)
        self.end(window)

    def test_switch_of_a_destination(self):
        """Behind the lock the switch of a destination stays as the destination is, and takes no press."""
        window = self.open_demo()
        window.do("win.show-destination", self.destination(BUCKET)["id"])
        self.assertTrue(window.find("Enabled", "check box").has("sensitive"))
        self.lock_with("admin", ADMIN)
        window.says("Administrator screens are locked.")
        wait_for(lambda: not window.find("Enabled", "check box").has("sensitive"))
        window.find("Enabled", "check box").do_action(0)
        window.says("Administrator screens are locked.")
        self.assertTrue(window.find("Enabled", "check box").has("checked"))
        self.assertTrue(self.destination(BUCKET)["enabled"])
        self.ctl("lock", "remove", "admin")
        wait_for(lambda: window.find("Enabled", "check box").has("sensitive"))
        self.end(window)

    def test_dialogs_close(self):
        """What was open for an admin is not left open for whoever comes next; what is for everybody stays."""
        window = self.open_demo()
        window.says("Patients with access")
        self.lock_with("admin", ADMIN)
        for action, words in ((("win.edit-destination", self.destination(BUCKET)["id"]), "Secret key"),
                              (("win.preferences",), "Keys for Other Programs")):
            wait_for(lambda: not window.can("edit-destination"))
            window.do("win.open-admin")
            window.find("Admin passphrase", "text")
            window.type(*"over", "space", *"the", "space", *"hills", "Return")
            wait_for(lambda: window.can("edit-destination"))
            window.do(*action)
            window.says(words)
            window.do("win.close-admin")
            wait_for(lambda words=words: words not in window.words())
        window.do("win.edit-patient", PATIENT)
        window.find("Birth date", "text")
        window.do("win.take-duty", "Ana")
        wait_for(lambda: self.who("person.duty"))
        window.find("Birth date", "text")
        window.type("Escape")
        self.end(window)

    def test_dialogs_come_late(self):
        """What is read for an admin is not shown any more when the sections closed meanwhile."""
        window = self.open_demo()
        window.says("Patients with access")
        self.lock_with("admin", ADMIN)
        bucket = self.destination(BUCKET)["id"]
        for action, words in (("edit-destination", "Secret key"), ("remove-destination", "Remove This Destination?")):
            wait_for(lambda: not window.can("edit-destination"))
            window.do("win.open-admin")
            window.find("Admin passphrase", "text")
            window.type(*"over", "space", *"the", "space", *"hills", "Return")
            wait_for(lambda: window.can("edit-destination"))
            window.at_once((action, bucket), ("close-admin",))
            time.sleep(2)
            self.assertNotIn(words, window.words())
        self.end(window)

    def test_polkit(self):
        """Where the system knows administrators it asks for one; where it refuses, the passphrase is asked for."""
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"]
        polkit = Polkit(True)
        self.addCleanup(polkit.close)
        self.demo_room()
        self.folder.env["DBUS_SYSTEM_BUS_ADDRESS"] = os.environ["DBUS_SESSION_BUS_ADDRESS"]
        window = self.folder.sandbox()
        windowcase.ready(self.folder)
        self.lock_with("admin", ADMIN)
        window.do("win.section", "destinations")
        window.says("For Admins")
        window.do("win.open-admin")
        window.says(BUCKET)
        self.assertEqual(polkit.asked[0][1], "io.github.chartroom.Chartroom.administer")
        self.assertEqual(polkit.asked[0][0][1]["pid"], window.child.pid)
        window.do("win.close-admin")
        window.says("For Admins")
        polkit.answer = False
        window.do("win.open-admin")
        window.find("Admin passphrase", "text")
        window.type("Escape")
        self.end(window)


class Told(Desk):
    def setUp(self):
        super().setUp()
        self.notices = Notices()
        self.addCleanup(self.notices.close)

    def said(self, words):
        return [n for n in self.notices.got if words in n[1]]

    def break_bucket(self, secret):
        bucket = self.destination(BUCKET)
        answer = self.folder.run("destination", "edit", bucket["id"], "--keep-failing", "--secret-stdin",
                                 before=("--sandbox", "--json"), secret=secret)
        self.assertEqual(answer.code, 0, answer.out)
        return bucket

    def send_again(self, id):
        """What enabling it caught up on may be at work yet."""
        self.ctl("destination", "enable", id)
        wait_for(lambda: self.folder.run("destination", "rewind", id, "--to", "2020-01-01", before=("--sandbox",)).code == 0)

    def test_incident(self):
        """One notice when it begins, none when it fails again or after a restart, one when it is over; no patient in any."""
        window = self.open_demo()
        wait_for(lambda: self.said("Is this the right patient?"))
        bucket = self.break_bucket("wrong")
        self.send_again(bucket["id"])
        begun = wait_for(lambda: self.said(BUCKET))[0]
        self.assertIn("does not go through", begun[1])
        # Before the restart: the desktop tells a click to the program that asked for the notice.
        self.notices.click(begun[0])
        wait_for(lambda: self.is_there(window, "CrDestinationPage"), 60)
        self.notices.click(self.said("Is this the right patient?")[0][0])
        wait_for(lambda: self.is_there(window, "CrPatientsPage"), 60)
        self.folder.run("destination", "export", bucket["id"], "--wait", before=("--sandbox",))
        self.end(window)
        window = self.folder.sandbox()
        windowcase.ready(self.folder)
        window.says("Export to " + BUCKET)
        self.assertEqual(len(self.said(BUCKET)), 1)
        self.assertEqual(len(self.said("Is this the right patient?")), 1)
        hold = self.ctl("hold", "list")["data"][0]["id"]
        self.ctl("hold", "reject", hold)
        wait_for(lambda: self.said("Over: Is this the right patient?"))
        self.names_nobody()
        self.end(window)

    def is_there(self, window, page):
        return window.walk(lambda node: node.name == page)

    def names_nobody(self):
        """Neither by name, in part or whole, nor by the clinic's id."""
        told = "\n".join(title + "\n" + body for _, title, body, _ in self.notices.got)
        for patient in self.ctl("patient", "list", "--limit", "100")["data"]:
            for part in (patient["id"], *patient["name"].split()):
                self.assertNotRegex(told, rf"\b{part}\b")

    def test_digest(self):
        """Once a day, in counts alone, and not twice."""
        away_from_midnight()
        self.demo_room()
        self.ctl("config", "set", "notice-digest", "00:00")
        self.ctl("config", "set", "notice-begin", "no")
        window = self.folder.sandbox()
        digest = wait_for(lambda: self.said("Today"))[0]
        self.assertIn("Records that came in since yesterday", digest[2])
        self.end(window)
        self.ctl("config", "set", "notice-begin", "yes")
        window = self.folder.sandbox()
        windowcase.ready(self.folder)
        bucket = self.break_bucket("wrong")
        self.send_again(bucket["id"])
        wait_for(lambda: self.said(BUCKET))  # what came before it was looked at long since
        self.assertEqual(len(self.said("Today")), 1)
        self.names_nobody()
        self.end(window)


class Background(Desk):
    def setUp(self):
        super().setUp()
        windowcase.desk.settings()  # none, and not what another test chose
        self.addCleanup(windowcase.desk.settings)

    def test_goes_on(self):
        """Chosen: the window closes, it is said once, the engine answers; the same program shows it again, and Quit ends it."""
        notices = Notices()
        self.addCleanup(notices.close)
        window = self.open_demo()
        window.do("win.preferences")
        window.says("Notices and Background")
        window.focus("Go on when the window is closed", "check box")
        window.type("space", "Escape")
        wait_for(lambda: windowcase.desk.read_settings().get("goes-on") == "true")
        wait_for(lambda: "Notices and Background" not in window.words())
        window.type("ctrl+w")
        told = wait_for(lambda: [n for n in notices.got if "goes on with its window closed" in n[1]])
        self.assertIsNone(window.child.poll())
        self.assertTrue(self.ctl("status")["public_url"])
        notices.click(told[0][0])
        window.says("Patients with access")
        window.type("ctrl+w")
        wait_for(lambda: "Patients with access" not in window.words())
        self.assertEqual(self.start_again("--background"), 0)
        self.assertNotIn("Patients with access", window.words())
        self.assertEqual(len([n for n in notices.got if "goes on with its" in n[1]]), 1)
        self.end(window)

    def start_again(self, *words):
        """What the first one has to do for it is done when it ends."""
        return subprocess.run([os.environ["CHARTROOM"], "--data-dir", self.folder.data, "--sandbox", *words], env=self.folder.env,
                              timeout=120, check=False).returncode

    def test_autostart(self):
        """By a file of its own in the autostart folder, which goes again. A portal would not know its name, and is not asked."""
        portal, notices = desktop.Background(), Notices()
        self.addCleanup(portal.close)
        self.addCleanup(notices.close)
        window = self.open_demo()
        path = os.path.join(windowcase.desk.root, "config/autostart/io.github.chartroom.Chartroom.desktop")
        for is_there in (True, False):
            window.do("win.preferences")
            window.focus("Start without a window when I sign in", "check box")
            window.type("space")
            wait_for(lambda: os.path.exists(path) == is_there)
            if is_there:
                with open(path) as file:
                    self.assertIn("Exec=chartroom --background", file.read())
            window.type("Escape")
        self.assertEqual(portal.asked, [])
        self.end(window)

    def open_confined(self):
        """As in a sandbox, which has nothing but portals."""
        self.demo_room()
        self.folder.env["SNAP"] = "/snap/chartroom/1"
        window = self.folder.sandbox()
        windowcase.ready(self.folder)
        return window

    def autostart(self, window):
        """Presses the switch. → whether it is on afterwards"""
        window.focus("Start without a window when I sign in", "check box")
        window.type("space")

        def look(node):
            is_it = "Start without a window" in node.name and node.role == "check box"
            return (node.has("checked"),) if is_it else None
        return lambda: window.walk(look)[0]

    def test_portal(self):
        """In a sandbox the portal is asked, with the line to start; its yes is kept and no file is made."""
        portal, notices = desktop.Background(), Notices()
        self.addCleanup(portal.close)
        self.addCleanup(notices.close)
        window = self.open_confined()
        path = os.path.join(windowcase.desk.root, "config/autostart/io.github.chartroom.Chartroom.desktop")
        for wanted in (True, False):
            window.do("win.preferences")
            is_on = self.autostart(window)
            wait_for(lambda: len(portal.asked) == (1 if wanted else 2))
            wait_for(lambda: windowcase.desk.read_settings().get("autostart") == str(wanted).lower())
            self.assertEqual(is_on(), wanted)
            window.type("Escape")
        self.assertEqual([(each["autostart"], each["commandline"]) for each in portal.asked],
                         [(True, ["chartroom", "--background"]), (False, ["chartroom", "--background"])])
        self.assertFalse(os.path.exists(path))
        self.end(window)

    def test_portal_refuses(self):
        """Its no, or a person's, is told, and the switch is off again; where the portal has no such part the file is made."""
        portal, notices = desktop.Background(), Notices()
        self.addCleanup(portal.close)
        self.addCleanup(notices.close)
        window = self.open_confined()
        path = os.path.join(windowcase.desk.root, "config/autostart/io.github.chartroom.Chartroom.desktop")
        for answer in ((0, False), (1, False)):
            portal.answer = answer
            window.do("win.preferences")
            is_on = self.autostart(window)
            window.says("The desktop does not let Chartroom start by itself.")
            self.assertFalse(is_on())
            self.assertFalse(os.path.exists(path))
            window.type("Escape", "Escape")
            wait_for(lambda: "Notices and Background" not in window.words())
        portal.answer = "no such portal"
        window.do("win.preferences")
        self.autostart(window)
        wait_for(lambda: os.path.exists(path))
        os.unlink(path)
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
