# SPDX-License-Identifier: GPL-3.0-or-later
"""A case that has the window on the twelve patients of the sandbox."""
import unittest

from apptest import Desk, Room, ready
from ctltest import wait_for

PATIENT = "user_42"
HELD = "user_47"
SERVER = "Sandbox FHIR server"
BUCKET = "Sandbox bucket"
desk = None
demo = None


def setUpModule():
    global desk, demo
    desk = Desk()
    unittest.addModuleCleanup(desk.close)
    demo = Room()
    unittest.addModuleCleanup(demo.close)
    demo.demo()


class Case(unittest.TestCase):
    def room(self, like=None):
        room = Room(like)
        self.addCleanup(room.close)
        if not like:
            room.ctl("config", "set", "listen", "127.0.0.1:0")
        self.ctl = room.ctl
        return room

    def demo_room(self):
        self.folder = self.room(demo)
        return self.folder

    def open_demo(self):
        """The window on the twelve patients, whose portal answers."""
        window = self.demo_room().sandbox()
        ready(self.folder)
        return window

    def end(self, window):
        """Quits; it had nothing to complain about."""
        # GTK 4.8 finds while it paints a long text how high it is, and moves the scrollbar then: for one frame that is not painted.
        text = "\n".join(line for line in window.quit().splitlines() if "Trying to snapshot GtkGizmo" not in line)
        for word in ("CRITICAL", "WARNING", "ERROR", "Sanitizer", "runtime error"):
            self.assertNotIn(word, text)

    def pull(self, status):
        return wait_for(lambda: [p for p in self.ctl("pull", "list", PATIENT)["data"] if p["status"] == status])[0]

    def destination(self, name):
        return [d for d in self.ctl("destination", "list")["data"] if d["name"] == name][0]

    def beside(self, window, bar):
        """→ what stands with the progress bar of that name"""
        return window.find(bar, "progress bar").parent.words()

    def runs(self, destination, *status):
        return [r for r in self.ctl("run", "list", destination)["data"] if r["status"] in status]

    def sent(self, *destination):
        """→ an export run that sent something: the last pulls of the demo may have brought nothing new"""
        return next(run for run in self.ctl("run", "list", *destination)["data"] if run["resources"])

    def connection(self, patient=PATIENT):
        return self.ctl("connection", "list", patient)["data"][0]
