# SPDX-License-Identifier: GPL-3.0-or-later
"""The window from the outside: its actions over the bus, their effects by commands handed over to its engine."""
import os
import sqlite3
import sys
import unittest

import windowcase
from apptest import ready
from ctltest import Visitor, wait_for, without_keyring
from windowcase import HELD, PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)


class Start(Case):
    def test_samples(self):
        """From the first start to patients in the list."""
        room = self.room()
        window = room.sandbox()
        window.says("Welcome to Chartroom")
        self.assertEqual(self.ctl("source", "list")["data"], [])
        window.do("win.try-samples")
        ready(room)
        window.says("Patients with access")
        window.do("win.section", "patients")
        window.says("12 patients")
        window.do("win.section", "sources")
        window.says("Sandbox Community Health")
        self.assertEqual(len(self.ctl("source", "list")["data"]), 1)
        self.assertEqual(len(self.ctl("patient", "list")["data"]), 12)
        self.assertEqual(len(self.ctl("destination", "list")["data"]), 2)
        self.end(window)

    def test_size(self):
        """A window comes back as large as it was."""
        windowcase.desk.settings(window_width=777, window_height=555)
        room = self.room()
        window = room.sandbox()
        for side, asked in zip(self.size(window), (777, 555)):
            self.assertAlmostEqual(side, asked, delta=20)  # without the frame
        self.end(window)
        kept = windowcase.desk.read_settings()
        self.assertEqual((kept["window-width"], kept["window-height"]), ("777", "555"))

    def size(self, window):
        found = wait_for(window.top)
        return wait_for(lambda: (size := found.size())[0] and size)

    def test_no_gl(self):
        """Painted without OpenGL, none is loaded; what was said for that is not said to the programs that are started."""
        room = self.room()
        window = room.sandbox(env=dict(room.env, GSK_RENDERER="cairo"))
        window.says("Welcome to Chartroom")
        window.do("win.try-samples")
        ready(room)
        with open(f"/proc/{window.child.pid}/maps") as file:
            loaded = file.read()
        self.assertIn("libgtk-4", loaded)
        for name in ("_dri.so", "libLLVM", "libgallium"):
            self.assertNotIn(name, loaded)
        with open(f"/proc/{window.child.pid}/task/{window.child.pid}/children") as file:
            children = file.read().split()
        self.assertTrue(children)
        for child in children:
            with open(f"/proc/{child}/environ") as file:
                self.assertNotIn("GDK_D", file.read())
        self.end(window)

    def test_second_start(self):
        """The same folder again shows the window there is; by another name of it, says what is in the way."""
        room = self.room()
        window = room.sandbox()
        again = room.spawn(os.environ["CHARTROOM"], "--sandbox", "--data-dir", room.data)
        self.assertEqual(again.wait(120), 0)
        other = room.sandbox(name=os.path.join(room.data, "."))
        other.says("Close the other Chartroom")
        self.end(window)
        other.do("win.retry-open")
        wait_for(lambda: self.ctl("status"))
        other.says("Welcome to Chartroom")
        self.end(other)

    def test_newer(self):
        """What a newer version wrote is left alone."""
        room = self.room()
        path = os.path.join(room.data, "chartroom.db")
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 9999")
        database.close()
        with open(path, "rb") as file:
            before = file.read()
        window = room.sandbox()
        window.says("Install the newer Chartroom")
        self.end(window)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_no_keyring(self):
        """What needs a secret says that there is no keyring, and can be tried again."""
        room = self.demo_room()
        env = dict(without_keyring(room.root), DBUS_SESSION_BUS_ADDRESS=os.environ["DBUS_SESSION_BUS_ADDRESS"])
        window = room.sandbox(env=env)
        window.says("Needs Someone")
        window.do("win.pull-now", PATIENT)
        window.says("No keyring service answers")
        window.find("No keyring · There is no keyring service", "list item")
        window.find("Check Keyring: No keyring", "push button")
        self.assertNotIn("Unlock…", window.words())
        window.do("win.unlock-keyring")
        window.says("Try Again")
        self.end(window)

    def test_takeover(self):
        """A server gives the folder to the window, and takes it back."""
        room = self.room()
        room.serve("--sandbox")
        window = room.sandbox()
        window.says("Patients with access")
        window.do("win.section", "patients")
        window.says("12 patients")
        self.assertIsNone(room.server.poll())
        self.ctl("patient", "add", "one")
        window.says("one")
        self.end(window)
        room.listening(room.server)
        self.assertIn("one", [p["id"] for p in self.ctl("patient", "list")["data"]])
        self.assertEqual(room.end(room.server), 0)


class Work(Case):
    def test_pages(self):
        """Every page there is, with words of its own."""
        window = self.open_demo()
        run = self.sent()
        record = self.ctl("record", "list", PATIENT, "--type", "Observation", "--limit", "1")["data"][0]
        source = self.ctl("source", "list")["data"][0]
        bucket = self.destination("Sandbox bucket")
        for action, target, words in (
                ("section", ["overview"], "Needs Someone"), ("section", ["patients"], "12 patients"), ("section", ["sources"], source["fhir_base_url"]),
                ("section", ["destinations"], "Where Records Are Delivered"), ("section", ["activity"], "Made a connect link"),
                ("show-patient", [PATIENT], "Amara Okafor"), ("show-pulls", [PATIENT], "After connecting"),
                ("show-record", [PATIENT, source["id"], record["type"], record["id"]], "SHA-256"),
                ("show-destination", [bucket["id"]], "clinic-lake"), ("show-run", [run["id"]], "Failed Only"),
                ("add-patient", [], "Patient id"), ("add-source", [], "Registration at the Portal"),
                ("add-destination", [], "Name, for your list"), ("edit-patient", [PATIENT], "Edit Patient"),
                ("edit-source", [source["id"]], "Redirect address to register"),
                ("edit-destination", [bucket["id"]], "Secret key"), ("preferences", [], "On duty"),
                ("about", [], "The Chartroom developers")):
            with self.subTest(action):
                window.do("win." + action, *target)
                window.says(words)
        for _ in range(6):
            window.do("win.back")
        window.do("win.test-source", source["id"])
        window.says("The portal offers access that lasts")
        self.end(window)

    def test_pulls(self):
        """By hand, cancelled, in part."""
        window = self.open_demo()
        window.do("win.show-pulls", PATIENT)
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: [p for p in self.ctl("pull", "list", PATIENT)["data"]
                          if p["status"] == "complete" and p["trigger"] != "activation"])
        # Long enough to be stopped in the middle: what is on its way is finished first.
        self.folder.fault("slow", delay_ms=6000)
        window.do("win.pull-now", PATIENT)
        running = self.pull("running")
        window.says("Running")
        window.do("win.cancel-pull", running["id"])
        self.assertEqual(self.pull("cancelled")["id"], running["id"])
        self.folder.no_faults()
        self.folder.fault("status", status=500, types=["Immunization"])
        window.do("win.pull-now", PATIENT)
        partial = self.pull("partial")
        queries = self.ctl("pull", "show", partial["id"])["queries"]
        self.assertEqual({query["type"] for query in queries if query["status"] == "failed"}, {"Immunization"})
        window.says("1 type failed")
        window.says("Partly up to date")
        self.assertEqual(self.ctl("patient", "show", PATIENT)["record_status"], "partial")
        self.folder.no_faults()
        self.end(window)

    def test_hold(self):
        """Released, what was held goes out."""
        window = self.open_demo()
        hold = self.ctl("hold", "list")["data"][0]
        before = self.destination("Sandbox bucket")
        self.assertLess(before["delivered"], before["stored"])
        window.do("win.show-patient", HELD)
        window.do("win.decide-patient-hold", HELD)
        window.says("Gertrude Maplethorpe")
        window.press("Release")
        wait_for(lambda: not self.ctl("hold", "list")["data"])
        for name in ("Sandbox bucket", "Sandbox FHIR server"):
            wait_for(lambda name=name: self.destination(name)["delivered"] == self.destination(name)["stored"])
        decided = [h for h in self.ctl("hold", "list", "--all")["data"] if h["id"] == hold["id"]][0]
        self.assertEqual(decided["status"], "released")
        self.assertTrue(decided["person"])
        self.end(window)

    def test_destination(self):
        """Off and on; with the wrong key; a run that is tried again."""
        window = self.open_demo()
        server = self.destination("Sandbox FHIR server")["id"]
        bucket = self.destination("Sandbox bucket")["id"]
        window.do("win.section", "destinations")
        window.do("win.show-destination", server)
        window.do("win.disable-destination", server)
        wait_for(lambda: not self.destination("Sandbox FHIR server")["enabled"])
        window.do("win.enable-destination", server)
        wait_for(lambda: self.destination("Sandbox FHIR server")["enabled"])
        self.folder.fault("s3-denied")
        window.do("win.test-destination", bucket)
        window.says("The access key may not write files here")
        self.folder.no_faults()
        self.folder.fault("dest-entry-status", status=422, types=["Observation"])
        self.folder.fault("changed-records", n=3, types=["Observation"])
        window.do("win.pull-now", PATIENT)
        failed = wait_for(lambda: [r for r in self.ctl("run", "list", server)["data"] if r["status"] in ("failed", "partial")])[0]
        window.do("win.show-run", failed["id"])
        window.says("422")
        self.folder.no_faults()
        window.do("win.retry-run", failed["id"])
        again = wait_for(lambda: [r for r in self.ctl("run", "list", server)["data"]
                                  if r["retry_of"] == failed["id"] and r["status"] == "complete"])[0]
        self.assertEqual(again["errors"], [])
        self.assertEqual(self.destination("Sandbox FHIR server")["failing"], 0)
        self.end(window)

    def test_connect(self):
        """A link made in the dialog, used by the patient; then disconnected and removed."""
        window = self.open_demo()
        connection = self.connection()
        window.do("win.show-patient", PATIENT)
        window.do("win.reconnect", connection["id"])
        window.says("Hand over the link")
        session = wait_for(lambda: [s for s in self.ctl("session", "list", PATIENT)["data"] if s["status"] != "complete"])[0]
        window.says(session["url"])
        person = [p for p in self.folder.about()["patients"] if p["clinic_id"] == PATIENT][0]
        Visitor().sign_in(session["url"], person)
        wait_for(lambda: self.ctl("session", "show", session["id"])["status"] == "complete")
        self.remove(window)
        self.end(window)

    def remove(self, window):
        connection = wait_for(lambda: [c for c in self.ctl("connection", "list", PATIENT)["data"] if c["status"] == "active"])[0]
        window.do("win.disconnect", connection["id"])
        window.press("Disconnect")
        wait_for(lambda: all(c["status"] != "active" for c in self.ctl("connection", "list", PATIENT)["data"]))
        self.assertGreater(self.ctl("patient", "show", PATIENT)["records"], 0)
        for one in self.ctl("connection", "list", PATIENT)["data"]:
            window.do("win.remove-data", one["id"])
            window.says("Remove This Connection’s Records?")
            window.press("Remove")
            wait_for(lambda: "Remove This Connection’s Records?" not in window.words())
        wait_for(lambda: self.ctl("patient", "show", PATIENT)["records"] == 0)
        window.do("win.remove-patient", PATIENT)
        window.says("Remove This Patient?")
        window.press("Remove")
        wait_for(lambda: PATIENT not in [p["id"] for p in self.ctl("patient", "list")["data"]])


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
