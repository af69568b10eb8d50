# SPDX-License-Identifier: GPL-3.0-or-later
"""The window at 360 pixels with text of twice the size: nothing in it needs more room than there is, in any language of po/LINGUAS. What
each window needs at least, and which words are cut, is written by the program itself after every frame (src/app/cr-meter.c)."""
import os
import sys
import time
import unittest

import windowcase
from apptest import Desk, Room, ready
from ctltest import wait_for
from receiver import Receiver
from windowcase import BUCKET, HELD, PATIENT, SERVER, Case

WIDTH = 360
# Alike but for the last letters: whoever sees a part of them only takes one for the other.
ALIKE = {"alike_1": "Maria Fernanda Guadalupe González de la Vega Martínez Echeverría",
         "alike_2": "Maria Fernanda Guadalupe González de la Vega Martínez Echevarría"}
# Where no word may be cut: who it is about, what a dialog is for, where one can go.
WHOLE = ("AdwHeaderBar", "AdwViewSwitcher", "CrPatientPage>AdwBin>GtkStack>AdwBin>GtkScrolledWindow>GtkViewport>AdwClamp>GtkBox>GtkBox",
         "CrPatientsPage", "CrReconnectPage", "CrPicker", "AdwEntryRow", "AdwPasswordEntryRow")


def setUpModule():
    windowcase.desk = Desk(f"{WIDTH}x740")  # a dialog is no wider than the screen
    unittest.addModuleCleanup(windowcase.desk.close)
    windowcase.desk.settings(window_width=WIDTH, window_height=740)
    windowcase.demo = Room()
    unittest.addModuleCleanup(windowcase.demo.close)
    windowcase.demo.demo()
    for ident, name in ALIKE.items():
        windowcase.demo.ctl("patient", "add", ident, "--name", name, "--birth-date", "1980-05-21")


class Narrow(Case):
    language = None
    dpi = 192
    longest = 5  # seconds to look at one page

    def begin(self, room):
        self.path = os.path.join(room.root, "meter")
        self.folder, self.ctl, self.too_wide, self.cut = room, room.ctl, [], []
        windowcase.desk.write(".Xdefaults", f"Xft.dpi: {self.dpi}\n")
        more = {"LANGUAGE": self.language} if self.language else {}
        self.window = room.sandbox(env=dict(room.env, CHARTROOM_METER=self.path, CHARTROOM_METER_WIDTHS="1", GTK_A11Y="none", **more))
        return self.window

    def widths(self, begun):
        """→ what each window needed since then, with the widgets that need it"""
        with open(self.path) as file:
            lines = [line.split(" ", 3) for line in file if line.startswith("least ") and line.endswith("\n")]
        # The window itself has a frame around what is in it.
        return [(int(words[3].split(">")[1].split(":")[0]), words[3].strip()) for words in lines
                if int(words[1]) >= begun and ">" in words[3]]

    def cuts(self, begun):
        with open(self.path) as file:
            lines = [line.split() for line in file if line.startswith("cut ") and line.endswith("\n")]
        # The header of the window has the title of a page once more, and its tooltip all of it.
        return {words[2] for words in lines if int(words[1]) >= begun and any(part in words[2] for part in WHOLE) and
                not (words[2].startswith("CrWindow>") and "AdwHeaderBar" in words[2])}

    def look(self, name, action=None, *target, pause=0.7, of=None):
        """Takes the action and looks at what is painted: @of a window of that type, and all others there are."""
        begun = time.monotonic_ns() // 1000
        if action:
            self.window.do(action, *target)
        else:
            self.window.type("F5")
        wait_for(lambda: [each for each in self.widths(begun) if each[1].startswith(of or "CrWindow")])
        time.sleep(min(pause, self.longest))
        widest = max(self.widths(begun))
        if widest[0] > WIDTH:
            self.too_wide.append(f"{name} needs {widest[0]}: {widest[1]}")
            print(self.too_wide[-1], file=sys.stderr, flush=True)
        for place in self.cuts(begun):
            self.cut.append(f"{name}: cut in {place}")
            print(self.cut[-1], file=sys.stderr, flush=True)

    def dialog(self, name, of, action, *target, pause=0.7):
        self.look(name, action, *target, pause=pause, of=of)
        self.window.type("Escape")
        time.sleep(0.4)

    def done(self):
        self.end(self.window)
        self.assertEqual([], self.too_wide, "\n".join(self.too_wide))
        self.assertEqual([], self.cut, "\n".join(self.cut))

    def test_first(self):
        """Before anything is there."""
        room = self.room()
        self.begin(room)
        for section in ("overview", "patients", "reconnect", "sources", "destinations", "webhooks", "activity"):
            self.look("empty " + section, "win.section", section)
        self.done()

    def test_pages(self):
        self.begin(self.demo_room())
        ready(self.folder)
        ctl = self.ctl
        for section in ("overview", "patients", "reconnect", "sources", "destinations", "webhooks", "activity"):
            self.look(section, "win.section", section)
        self.look("search", "win.show-patients", "all")
        self.look("held patients", "win.show-patients", "held")
        self.look("patient", "win.show-patient", PATIENT, pause=2)
        self.look("patient of a long name", "win.show-patient", "alike_1", pause=2)
        self.look("pulls", "win.show-pulls", PATIENT)
        self.look("deliveries", "win.show-deliveries", PATIENT)
        self.look("looks", "win.show-looks", PATIENT)
        source = ctl("source", "list")["data"][0]["id"]
        for record in ctl("record", "list", PATIENT, "--type", "Observation", "--limit", "1")["data"]:
            self.look("record", "win.show-record", PATIENT, source, record["type"], record["id"])
        for pull in ctl("pull", "list", PATIENT)["data"][:1]:
            self.look("changes", "win.show-pull-changes", pull["id"])
        self.look("held patient", "win.show-patient", HELD, pause=2)
        for name in (SERVER, BUCKET):
            self.look(name, "win.show-destination", self.destination(name)["id"])
        self.look("run", "win.show-run", ctl("run", "list")["data"][0]["id"])
        self.done()

    def test_failing(self):
        """What a bad day adds: records that changed, a request that fails, a portal that does not answer."""
        self.begin(self.demo_room())
        ready(self.folder)
        self.folder.find_portal()
        source = self.ctl("source", "list")["data"][0]["id"]
        for fault in (("changed-records", {"types": ["Condition"]}), ("status", {"status": 500, "types": ["Immunization"]}),
                      ("status", {"status": 503})):
            self.folder.fault(fault[0], **fault[1])
            self.look(f"patient, {fault[1]}", "win.show-patient", PATIENT)
            self.look("pulling", "win.pull-now", PATIENT, pause=3)
            self.look(f"pulls, {fault[1]}", "win.show-pulls", PATIENT)
        for pull in self.ctl("pull", "list", PATIENT)["data"]:
            for change in self.ctl("pull", "changes", pull["id"])["data"][:1]:
                self.look("versions", "win.compare-versions", PATIENT, source, change["type"], change["id"])
        for section in ("overview", "sources", "reconnect"):
            self.look(section + " of a bad day", "win.section", section, pause=2)
        self.folder.no_faults()
        self.done()

    def test_exports(self):
        """Destinations of which one is on its way, one waits and one has failed."""
        self.begin(self.demo_room())
        ready(self.folder)
        server = self.destination(SERVER)["id"]
        far = self.ctl("destination", "add", "fhir", "--name", "The server of the hospital far away", "--url", "http://127.0.0.1:9/fhir",
                       "--keep-failing")["id"]
        self.folder.fault("dest-entry-status", status=422, types=["Observation"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        self.window.do("win.pull-now", PATIENT)
        wait_for(lambda: self.runs(server, "partial", "failed"), 60)
        self.ctl("destination", "enable", far)
        wait_for(lambda: self.runs(far, "waiting"), 60)
        self.look("failing", "win.section", "destinations", pause=2)
        self.look("failing, its page", "win.show-destination", server, pause=2)
        self.look("waiting", "win.show-destination", far, pause=2)
        self.folder.fault("dest-slow", delay_ms=3000)
        self.ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        wait_for(lambda: self.runs(server, "running"), 60)
        for section in ("destinations", "overview"):
            self.look(section + " at work", "win.section", section, pause=4)
        self.folder.no_faults()
        self.done()

    def test_dialogs(self):
        self.begin(self.demo_room())
        ready(self.folder)
        ctl = self.ctl
        source = ctl("source", "list")["data"][0]["id"]
        connection = self.connection()["id"]
        self.dialog("pick a patient", "CrConnectDialog", "win.connect-patient")
        self.dialog("link", "CrConnectDialog", "win.connect-for", PATIENT, pause=2)
        self.dialog("link of a long name", "CrConnectDialog", "win.connect-for", "alike_1", pause=2)
        self.dialog("remove a long name", "AdwMessageDialog", "win.remove-patient", "alike_1")
        self.dialog("decide", "AdwMessageDialog", "win.decide-patient-hold", HELD)
        self.dialog("add a patient", "CrPatientDialog", "win.add-patient")
        self.dialog("edit a patient", "CrPatientDialog", "win.edit-patient", PATIENT)
        self.dialog("note", "CrNoteDialog", "win.note-connection", connection)
        self.dialog("add a source", "CrSourceDialog", "win.add-source")
        self.dialog("edit a source", "CrSourceDialog", "win.edit-source", source)
        self.dialog("test a source", "CrSourceDialog", "win.test-source", source, pause=3)
        self.dialog("suspend a source", "CrSuspendDialog", "win.suspend-source", source)
        self.dialog("vendors", "CrVendorsDialog", "win.vendor-clients")
        self.dialog("add a destination", "CrDestinationDialog", "win.add-destination")
        for name in (SERVER, BUCKET):
            self.dialog("edit " + name, "CrDestinationDialog", "win.edit-destination", self.destination(name)["id"])
            self.dialog("test " + name, "CrDestinationDialog", "win.test-destination", self.destination(name)["id"], pause=2)
        for action in ("disconnect", "remove-data", "remove-connection"):
            self.dialog(action, "AdwMessageDialog", "win." + action, connection)
        self.dialog("remove a patient", "AdwMessageDialog", "win.remove-patient", PATIENT)
        self.dialog("back up", "CrBackupDialog", "win.back-up")
        self.dialog("shortcuts", "CrShortcutsDialog", "win.show-help-overlay")
        self.dialog("help", "CrHelpDialog", "win.help")
        self.dialog("preferences", "CrPreferencesDialog", "win.preferences")
        self.dialog("text", "CrTextDialog", "win.show-text", "A Title", '{"resourceType":"Observation","status":"final"}')
        self.done()

    def test_webhooks(self):
        receivers = [Receiver() for _ in range(2)]
        for receiver in receivers:
            self.addCleanup(receiver.close)
        receivers[1].answer = (500, {}, b"<h1>Internal error</h1>\nThe disk is full", 0)
        self.begin(self.demo_room())
        ready(self.folder)
        ids = [self.ctl("webhook", "add", receiver.url, "--description", about)["id"]
               for receiver, about in zip(receivers, ("Front desk", "Laboratory of the clinic"))]
        ids.append(self.ctl("webhook", "add", "https://hooks.clinic.example/chartroom/events", "--events", "records.sync.completed")["id"])
        self.window.do("win.pull-now", PATIENT)
        wait_for(lambda: all(receiver.got for receiver in receivers))
        self.look("webhooks", "win.section", "webhooks", pause=2)
        for ident in ids:
            self.look("webhook", "win.show-webhook", ident, pause=2)
        self.dialog("add a webhook", "CrWebhookDialog", "win.add-webhook")
        self.dialog("edit a webhook", "CrWebhookDialog", "win.edit-webhook", ids[0])
        self.dialog("new secret", "AdwMessageDialog", "win.rotate-webhook", ids[0])
        self.dialog("remove a webhook", "AdwMessageDialog", "win.remove-webhook", ids[0])
        self.done()


class Usual(Narrow):
    """Text of the usual size, in which more is beside each other."""
    dpi = 96
    longest = 0.5
    test_first = test_failing = test_webhooks = None


class German(Narrow):
    """Words are longer, pages and dialogs the same: those are looked at again, and not what happens on them."""
    language = "de"
    longest = 0.5
    test_first = test_failing = test_webhooks = None


class Spanish(German):
    language = "es"


class UsualGerman(Usual):
    language = "de"


class UsualSpanish(Usual):
    language = "es"


if __name__ == "__main__":
    unittest.main()
