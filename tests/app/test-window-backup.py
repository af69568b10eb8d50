# SPDX-License-Identifier: GPL-3.0-or-later
"""Backing up and restoring in the window, by its keys and as a screen reader has it."""
import os
import sys
import unittest

from windowcase import PATIENT, Case, setUpModule, wait_for  # noqa: F401  (the runner calls setUpModule)

PHRASE = "fourwordsofmine"


class Backup(Case):
    def back_up(self, window, path):
        window.do("win.back-up")
        window.enter("File", path)
        window.enter("Passphrase", PHRASE)
        window.enter("Repeat", PHRASE + "x")
        window.type("Return")
        self.assertFalse(os.path.exists(path))
        window.enter("Repeat", PHRASE)
        window.type("Return")

    def look_into(self, window, path, phrase=PHRASE):
        window.enter("File", path)
        window.enter("Passphrase", phrase)
        window.type("Return")

    def has_changed(self):
        """A command that comes while one engine closes and the next opens may be told so."""
        answer = self.folder.run("patient", "list", before=("--sandbox", "--json"))
        return answer.code == 0 and "later" not in [p["id"] for p in answer.json()["data"]]

    def test_whole_way(self):
        """Made, looked into beside what is here, and put in place; the window opens what was restored."""
        window = self.open_demo()
        path = os.path.join(self.folder.root, "clinic.backup")
        window.do("win.preferences")
        window.says("never: make one today")
        window.type("Escape")
        self.back_up(window, path)
        window.says("Backed Up", 60)
        window.type("Return")
        wait_for(lambda: "Backed Up" not in window.words())
        self.ctl("patient", "add", "later", "--name", "Later Person")
        window.do("win.section", "patients")
        window.says("Later Person")
        window.do("win.restore-backup")
        self.look_into(window, path, "anotherphrase")
        window.says("passphrase is not the one", 60)
        self.assertIn("later", [p["id"] for p in self.ctl("patient", "list")["data"]])
        self.look_into(window, path)
        window.says("12 in the backup · 13 here now", 60, also=["All that is here now is replaced"])
        window.find("What is in the backup", "list")
        window.click("Replace What Is Here")
        wait_for(self.has_changed, 60)
        window.says("Patients with access", 60)
        self.assertEqual(self.ctl("audit", "list")["data"][0]["action"] in ("backup.restore", "sandbox.start"), True)
        wait_for(lambda: self.ctl("patient", "show", PATIENT)["records"] > 0)
        self.end(window)

    def test_undo(self):
        """In the preferences: back to what the restore put aside, with its date and counts; and deleted for good."""
        window = self.open_demo()
        path = os.path.join(self.folder.root, "b")
        before = ("--sandbox", "--json")
        self.assertEqual(self.folder.run("backup", "create", path, before=before, secret=PHRASE).code, 0)
        window.do("win.preferences")
        window.says("Backup and Retention")
        self.assertNotIn("Go back to the data before the restore", window.words())
        window.type("Escape")
        self.ctl("patient", "add", "later", "--name", "Later Person")
        self.assertEqual(self.folder.run("backup", "restore", path, before=before, secret=PHRASE).code, 0)
        wait_for(self.has_changed, 60)
        window.says("Patients with access", 60)
        window.do("win.preferences")
        window.says("Go back to the data before the restore")
        window.focus("Go Back…", "push button")
        window.type("Return")
        window.says("Patients: 13", 60, also=["Put aside: "])
        window.click("Go Back")
        wait_for(self.is_back, 60)
        window.says("Patients with access", 60)
        window.do("win.discard-aside")
        window.says("Delete the Earlier Data?")
        window.click("Delete")
        window.says("The data from before the restore are deleted")
        self.assertFalse(os.path.exists(os.path.join(self.folder.data, "chartroom.db.before-restore")))
        self.end(window)

    def is_back(self):
        answer = self.folder.run("patient", "list", before=("--sandbox", "--json"))
        return answer.code == 0 and "later" in [p["id"] for p in answer.json()["data"]]

    def test_store_that_does_not_open(self):
        """What the window says then has the way out on it."""
        window = self.open_demo()
        path = os.path.join(self.folder.root, "clinic.backup")
        self.back_up(window, path)
        window.says("Backed Up", 60)
        self.end(window)
        with open(os.path.join(self.folder.data, "chartroom.db"), "r+b") as file:
            file.write(b"\xff" * 8192)
        window = self.folder.sandbox()
        window.says("The Workspace Could Not Be Opened")
        window.click("Restore a Backup")
        self.look_into(window, path)
        window.click("Replace What Is Here")
        window.says("Patients with access", 60)
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
