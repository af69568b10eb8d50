# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes pictures of every screen and dialog: screenshots.py FOLDER [LOOK [SIZE [WHAT…]]], with CHARTROOM and CHARTROOMCTL naming the programs
(CHARTROOM_LOCALEDIR their words, for other languages). LOOK is light, dark, contrast, darkcontrast, large (200 % text), rtl, german or spanish.
Needs ImageMagick's import. For people who look at them; not a test. states.py takes those of every state."""
import json
import os
import sqlite3
import subprocess
import sys
import time

from apptest import Desk, GLib, Room, ready
from ctltest import wait_for
from receiver import Receiver
from tongue import Tongue, environment

SIZES = {"wide": (1100, 740), "narrow": (360, 740), "broad": (2560, 1400)}
# Beside light and dark: what the environment is then, and what GTK's settings have more.
LOOKS = {"contrast": ({"ADW_DEBUG_HIGH_CONTRAST": "1"}, ""), "darkcontrast": ({"ADW_DEBUG_HIGH_CONTRAST": "1"}, ""),
         "large": ({}, ""), "rtl": ({"LANGUAGE": "ar"}, ""),
         "german": ({"LANGUAGE": "de"}, ""), "spanish": ({"LANGUAGE": "es"}, "")}


class Session:
    def __init__(self, desk, room, folder, look, size):
        self.width, self.height = SIZES[size]
        self.folder, self.look = folder, f"{look}-{size}"
        scheme = "dark" if look.startswith("dark") else "light"
        desk.settings(window_width=self.width, window_height=self.height, color_scheme=f"'{scheme}'")
        self.more, lines = LOOKS.get(look, ({}, ""))
        if "LANGUAGE" in self.more:
            self.more = environment(self.more["LANGUAGE"], desk.root)
        self.say = Tongue(self.more.get("LANGUAGE"), self.more.get("CHARTROOM_LOCALEDIR")).say
        desk.write("config/gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=false\ngtk-cursor-blink=false\n"
                   "gtk-decoration-layout=:close\n" + lines)
        desk.write(".Xdefaults", "Xft.dpi: 192\n" if look == "large" else "")
        self.room = room

    def open(self):
        subprocess.run(["xdotool", "mousemove", "9999", "9999"], check=True, timeout=10)
        self.window = self.room.sandbox(env=dict(self.room.env, **self.more))
        return self.window

    def shoot(self, name, pause=0.9, whole=False):
        time.sleep(pause)
        path = os.path.join(self.folder, f"{name}-{self.look}.png")
        crop = [] if whole else ["-crop", f"{self.width}x{self.height}+0+0", "+repage"]
        subprocess.run(["import", "-window", "root", *crop, path], check=True, timeout=30)

    def close_dialog(self):
        subprocess.run(["xdotool", "key", "Escape"], check=True, timeout=10)
        time.sleep(0.3)

    def dialog(self, name, action, *target, pause=1.0):
        self.window.do(action, *target)
        self.shoot_dialog(name, pause)
        self.close_dialog()

    def shoot_dialog(self, name, pause=1.0):
        """A dialog has no window manager to place it: the whole screen is taken. Nor is it made as narrow as its window, as a phone's
        would make it, unless here; a question is as narrow by itself."""
        time.sleep(0.5)
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--maxdepth", "1", "--name", ".*"], capture_output=True, text=True, timeout=10)
        for window in found.stdout.split() if self.width < 400 else []:
            shape = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window], capture_output=True, text=True, timeout=10).stdout
            if int(dict(line.split("=") for line in shape.split()).get("WIDTH", 0)) > self.width:
                subprocess.run(["xdotool", "windowsize", window, str(self.width), str(self.height)], check=False, timeout=10)
        self.shoot(name, pause, whole=True)

    def welcome(self):
        self.open()
        self.shoot("welcome")
        for section in ("reconnect", "sources", "destinations", "webhooks", "activity"):
            self.window.do("win.section", section)
            self.shoot("empty-" + section)
        self.window.quit()

    def walk(self):
        window = self.open()
        self.shoot("opening", 0.3)
        ready(self.room)
        ctl = self.room.ctl
        patient = ctl("patient", "list")["data"][0]["id"]
        source = ctl("source", "list")["data"][0]["id"]
        destinations = ctl("destination", "list")["data"]
        runs = ctl("run", "list")["data"]
        time.sleep(6)  # the word that they are ready goes away
        for section in ("overview", "patients", "sources", "destinations", "activity"):
            window.do("win.section", section)
            self.shoot("section-" + section)
        window.do("win.section", "patients")
        window.do("win.search")
        self.shoot("patients-search")
        window.do("win.search")
        window.do("win.show-patient", patient)
        self.shoot("patient", 2)
        window.do("win.show-pulls", patient)
        self.shoot("patient-pulls")
        window.do("win.show-deliveries", patient)
        self.shoot("patient-deliveries", 1.5)
        window.do("win.show-looks", patient)
        self.shoot("patient-looks", 1.5)
        window.do("win.back")
        window.do("win.back")
        for record in self.room.ctl("record", "list", patient, "--type", "Observation", "--limit", "1")["data"]:
            window.do("win.show-record", patient, source, record["type"], record["id"])
            self.shoot("record", 1.5)
        held = [h["patient_id"] if "patient_id" in h else h["patient"] for h in ctl("hold", "list")["data"]]
        window.do("win.section", "patients")
        for person in held[:1]:
            window.do("win.show-patient", person)
            self.shoot("patient-held", 1.5)
            self.dialog("dialog-hold", "win.decide-patient-hold", person)
        for i, destination in enumerate(destinations):
            window.do("win.section", "destinations")
            window.do("win.show-destination", destination["id"])
            self.shoot(f"destination-{i}", 1.2)
        window.do("win.show-run", runs[0]["id"])
        self.shoot("run", 1.2)
        window.do("win.section", "patients")
        self.dialog("dialog-connect-pick", "win.connect-patient")
        self.dialog("dialog-connect", "win.connect-for", patient, pause=2)
        self.dialog("dialog-patient", "win.add-patient")
        self.dialog("dialog-patient-edit", "win.edit-patient", patient)
        self.dialog("dialog-source", "win.add-source")
        self.dialog("dialog-source-test", "win.test-source", source, pause=2)
        self.dialog("dialog-destination", "win.add-destination")
        self.dialog("dialog-destination-edit", "win.edit-destination", destinations[0]["id"])
        self.dialog("dialog-destination-test", "win.test-destination", destinations[-1]["id"], pause=2)
        self.dialog("dialog-remove", "win.remove-patient", patient)
        self.dialog("dialog-preferences", "win.preferences")
        self.dialog("dialog-about", "win.about")
        self.dialog("dialog-shortcuts", "win.show-help-overlay")
        self.dialog("dialog-help", "win.help")
        self.failures(window, patient)
        window.quit()

    def overview(self):
        """A month of a clinic, and something of everything that needs somebody."""
        now = int(time.time() * 1000)
        day = 24 * 60 * 60 * 1000
        db = sqlite3.connect(os.path.join(self.room.data, "chartroom.db"))
        for i in range(1, 30):
            slot = (now - i * day) // 900000
            week_end = i % 7 in (2, 3)
            for what, n in (("landed", 400 + (i * 7919) % 3000), ("pull.complete", 9 + i % 4), ("pull.partial", i % 3),
                            ("pull.failed", 4 if i == 11 else i % 2), ("pull.cancelled", 1 if i % 9 == 0 else 0)):
                db.execute("INSERT INTO slot_count VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                           (slot, what, n // 8 if week_end else n))
        ids = [row[0] for row in db.execute("SELECT id FROM connection ORDER BY n")]
        db.execute("UPDATE connection SET status = 'refresh_failed', failure_code = 'refresh_refused', failure_ms = ?,"
                   " sealed_tokens = NULL WHERE id IN (?, ?)", (now - 2 * day, ids[0], ids[1]))
        db.execute("UPDATE connection SET has_refresh = 0, access_expires_ms = ? WHERE id = ?", (now + 3 * day, ids[2]))
        db.commit()
        db.close()
        window = self.open()
        ready(self.room)
        self.room.find_portal()
        patients = [p["id"] for p in self.room.ctl("patient", "list")["data"]]
        self.room.fault("status", status=500, types=["Immunization"])
        self.room.run("pull", "start", patients[6], "--wait", before=("--sandbox",))
        self.room.no_faults()
        time.sleep(6)
        self.shoot("overview-busy", 2)
        window.do("win.show-patients", "held")
        self.shoot("patients-held", 1.5)
        window.do("win.show-patients", "stale")
        self.shoot("patients-stale-none", 1.5)
        window.quit()

    def webhooks(self):
        """An endpoint in each state, with what was sent to it."""
        receivers = [Receiver() for _ in range(3)]
        good, bad, gone = receivers
        bad.answer, gone.answer = (500, {}, b"<h1>Internal error</h1>\nThe disk is full", 0), (410, {}, b"gone", 0)
        ctl = self.room.ctl
        window = self.open()
        ready(self.room)
        window.do("win.section", "webhooks")
        self.dialog("dialog-webhook", "win.add-webhook")
        window.do("win.add-webhook")
        window.enter(self.say("Address"), "https://10.0.0.5/hooks")
        self.shoot_dialog("dialog-webhook-network", 1)
        self.close_dialog()
        ids = [ctl("webhook", "add", receiver.url, "--description", about)["id"]
               for receiver, about in zip(receivers, ("Front desk", "Laboratory", "Research register"))]
        ids.append(ctl("webhook", "add", "https://hooks.clinic.example/chartroom/events", "--events", "records.sync.completed")["id"])
        ctl("webhook", "disable", ids[3])
        patients = [p["id"] for p in ctl("patient", "list")["data"]]
        for patient in patients[:3]:
            window.do("win.pull-now", patient)
            time.sleep(2)
        window.do("win.test-webhook", ids[2])
        time.sleep(4)
        window.quit()
        db = sqlite3.connect(os.path.join(self.room.data, "chartroom.db"))
        db.execute("UPDATE delivery SET rung = 4, next_ms = 1 WHERE status = 'pending'")
        db.commit()
        db.close()
        window = self.open()
        ready(self.room)
        time.sleep(6)
        window.do("win.section", "webhooks")
        self.shoot("section-webhooks", 1.5)
        for name, ident in zip(("good", "failing", "gone", "off"), ids):
            window.do("win.show-webhook", ident)
            self.shoot("webhook-" + name, 1.5)
            if name == "failing":
                window.focus(self.say("Records arrived"), "list item")
                window.type("space")
                self.shoot("webhook-attempts", 1.5)
                ctl("webhook", "give-up", ctl("webhook", "events", ident)["data"][0]["id"])
                self.dialog("dialog-webhook-missed", "win.replay-webhook", ident)
            window.do("win.back")
        self.dialog("dialog-webhook-edit", "win.edit-webhook", ids[0])
        self.dialog("dialog-webhook-remove", "win.remove-webhook", ids[0])
        window.do("win.rotate-webhook", ids[0])
        self.shoot_dialog("dialog-webhook-rotate", 1)
        window.press(self.say("Rotate,"))
        self.shoot_dialog("dialog-webhook-secret", 1.5)
        self.close_dialog()
        window.do("win.show-webhook", ids[0])
        self.shoot("webhook-rotated", 1)
        window.do("win.section", "overview")
        self.shoot("overview-webhooks", 2)
        window.quit()
        for receiver in receivers:
            receiver.close()

    def reconnect(self):
        """Some whose access has ended or will; the clock of the real list would take months."""
        now = int(time.time() * 1000)
        day = 24 * 60 * 60 * 1000
        db = sqlite3.connect(os.path.join(self.room.data, "chartroom.db"))
        ids = [row[0] for row in db.execute("SELECT id FROM connection ORDER BY n")]
        for i, left in enumerate((-40, -3, -1, 0.2, 1.2, 6, 30)):
            if left < 0:
                db.execute("UPDATE connection SET status = ?, failure_code = ?, failure_ms = ?, access_expires_ms = ?,"
                           " has_refresh = 0, sealed_tokens = NULL WHERE id = ?",
                           ("expired" if i == 1 else "refresh_failed", "none" if i == 1 else "refresh_refused",
                            now + left * day, now + left * day, ids[i]))
            else:
                db.execute("UPDATE connection SET has_refresh = 0, access_expires_ms = ? WHERE id = ?",
                           (now + left * day, ids[i]))
        db.commit()
        db.close()
        held = self.room.ctl("hold", "list")["data"][:1]
        self.room.ctl("connection", "note", ids[1], "Left a message; rings back on Monday", "--called")
        self.room.ctl("connection", "note", ids[4], "Has no phone: write a letter")
        window = self.open()
        time.sleep(6)
        window.do("win.section", "reconnect")
        self.shoot("section-reconnect", 1.5)
        self.dialog("dialog-note", "win.note-connection", ids[1])
        self.dialog("dialog-reconnect", "win.reconnect", ids[0], pause=2)
        for action in ("disconnect", "remove-data", "remove-connection"):
            self.dialog("dialog-" + action, "win." + action, ids[6], pause=1.5)
        patient = self.room.ctl("patient", "list")["data"][0]["id"]
        self.dialog("dialog-remove-patient", "win.remove-patient", patient, pause=1.5)
        for hold in held:
            window.do("win.show-patient", hold["patient_id"])
            window.do("win.decide-patient-hold", hold["patient_id"])
            time.sleep(1)
            window.press(self.say("Reject"))
            self.shoot_dialog("dialog-rejected", 1.5)
            window.press(self.say("Disconnect and Remove…"))
            self.shoot_dialog("dialog-rejected-remove", 1.5)
            window.press(self.say("Disconnect and Remove"))
            self.shoot("removed", 3)
            window.press(self.say("Receipt"))
            self.shoot_dialog("dialog-receipt", 1)
            self.close_dialog()
            self.shoot("patient-emptied", 1)
        window.quit()

    def question(self, name, pause=1.2):
        """Where libadwaita puts it, which is never wider than the window below: a phone's shell makes no question as large as a dialog."""
        self.shoot("question-" + name, pause)
        self.close_dialog()

    def ask(self, name, action, *target):
        self.window.do(action, *target)
        self.question(name)

    def offer_undo(self, name, action, *target):
        self.window.do(action, *target)
        self.window.says(self.say("Undo"), 30)
        self.shoot("undo-" + name)
        time.sleep(1)

    def questions(self):
        """Whatever asks before it is done, and whatever can be taken back after it."""
        ctl = self.room.ctl
        ctl("vendor", "set", "epic", "--client-id", "7c0e6b5c-3b5f-4a0e-9f3e-5d1c2f6a8b90")
        ctl("api-key", "create", "Reports of the laboratory")
        receiver = Receiver()
        receiver.answer = (500, {}, b"full", 0)
        hook = ctl("webhook", "add", receiver.url, "--description", "Laboratory")["id"]
        self.open()
        ready(self.room)
        time.sleep(6)
        self.ask_of_lists(ctl, hook)
        self.ask_in_dialogs(ctl)
        self.ask_of_desk()
        self.undo_all(ctl, hook)
        receiver.close()
        secret = "a phrase of some words"
        copy = os.path.join(self.room.root, "copy")
        for step in ("create", "restore"):
            answer = self.room.run("backup", step, copy, before=("--sandbox", "--json"), secret=secret)
            assert answer.code == 0, answer.out
        time.sleep(12)  # the window opens what was put in place
        self.ask("undo-restore", "win.undo-restore")
        self.ask("discard-aside", "win.discard-aside")
        self.window.quit()

    def ask_of_lists(self, ctl, hook):
        destinations = ctl("destination", "list")["data"]
        patient = ctl("patient", "list")["data"][0]["id"]
        connection = ctl("connection", "list", patient)["data"][0]["id"]
        for action, ident in (("remove-patient", patient), ("disconnect", connection), ("remove-data", connection),
                              ("remove-connection", connection), ("remove-source", ctl("source", "list")["data"][0]["id"]),
                              ("remove-destination", destinations[0]["id"]), ("remove-webhook", hook), ("rotate-webhook", hook)):
            self.ask(action, "win." + action, ident)
        for days in (0, 7):
            target = GLib.Variant("(si)", (destinations[0]["id"], days))
            self.window.call(f"{self.window.path}/window/1", "Activate", GLib.Variant("(sava{sv})", ("rewind-destination", [target], {})))
            self.question(f"rewind-{days}")
        self.window.do("win.pull-now", patient)
        event = wait_for(lambda: ctl("webhook", "events", hook)["data"], 60)[0]["id"]
        time.sleep(6)
        self.ask("give-up-delivery", "win.give-up-delivery", event)
        ctl("webhook", "give-up", event)
        self.ask("replay-webhook", "win.replay-webhook", hook)

    def afresh(self):
        """Without a window manager Escape reaches only the dialog that came first."""
        self.window.quit()
        self.open()
        ready(self.room)
        time.sleep(6)
        return self.window

    def ask_in_dialogs(self, ctl):
        for action, button, name in (("win.vendor-clients", "Remove the client id of %s", "remove-vendor"),
                                     ("win.preferences", "Revoke the key “%s”", "revoke")):
            self.window.do(action)
            self.window.click(self.say(button).partition("%s")[0])
            self.question(name)
            self.afresh()
        source = ctl("source", "list")["data"][0]["id"]
        self.window.do("win.edit-source", source)
        self.window.enter(self.say("FHIR base address"), self.room.find_portal() + "/other/fhir")
        self.window.press(self.say("Test and Save"))
        self.window.press(self.say("Save Anyway"))
        self.window.says(self.say("Change the Address of This Source?"))
        self.question("source-address")
        self.afresh()

    def ask_of_desk(self):
        self.ask("lock", "win.lock")
        self.ask("other-person", "win.other-person")
        for n, name in enumerate(("desk", "admin")):
            self.window.do("win.preferences")
            self.window.says(self.say("Admin passphrase"))
            buttons = []
            self.window.walk(lambda node: buttons.append(node) if node.role == "push button" and self.say("Set…") in node.name else None)
            buttons[n].do_action(0)
            self.shoot("question-" + name, 1.2)
            for step, text in (("again", "1234"), ("differs", "1235")):
                self.window.write(text)
                self.window.type("Return")
                self.shoot(f"question-{name}-{step}", 1.2)
            self.afresh()

    def undo_all(self, ctl, hook):
        server = next(d["id"] for d in ctl("destination", "list")["data"] if d["kind"] == "fhir")
        patient = ctl("patient", "list")["data"][0]["id"]
        window = self.window
        window.do("win.section", "destinations")
        for word in ("disable", "enable"):
            self.offer_undo(word + "-destination", f"win.{word}-destination", server)
        window.do("win.section", "webhooks")
        for word in ("disable", "enable"):
            self.offer_undo(word + "-webhook", f"win.{word}-webhook", hook)
        window.do("win.section", "sources")
        window.do("win.suspend-source", ctl("source", "list")["data"][0]["id"])
        window.enter(self.say("Why"), "Maintenance at the portal")
        window.walk(lambda node: node if node.role == "push button" and node.name.replace("_", "").startswith(self.say("Suspend")) else None,
                    window.top()).do_action(0)
        window.says(self.say("Patients cannot choose the source now"), 30)
        self.shoot("undo-suspend-source")
        ctl("source", "resume", ctl("source", "list")["data"][0]["id"])
        self.room.find_portal()
        self.room.fault("dest-slow", delay_ms=8000)
        self.room.fault("changed-records", types=["Condition"], n=3)
        ctl("pull", "start", patient)
        run = wait_for(lambda: [r for r in ctl("run", "list", server)["data"] if r["status"] == "running"], 90)[0]["id"]
        window.do("win.show-run", run)
        for word in ("pause", "resume"):
            self.offer_undo(word + "-run", f"win.{word}-run", run)
        self.room.no_faults()

    def connect(self):
        """What a portal did not grant or has no more, vendors' clients, a source suspended, each removal with its counts."""
        ctl = self.room.ctl
        patient = ctl("patient", "list")["data"][0]["id"]
        source = ctl("source", "list")["data"][0]["id"]
        connection = ctl("connection", "list", patient)["data"][0]["id"]
        for vendor, client in (("epic", "7c0e6b5c-3b5f-4a0e-9f3e-5d1c2f6a8b90"), ("cerner", "clinic-app")):
            ctl("vendor", "set", vendor, "--client-id", client)
        asked = ctl("source", "add", "--name", "St. Elisabeth Regional Medical Center and Clinics", "--fhir-base-url",
                    "https://fhir.elisabeth.example.org/api/FHIR/R4", "--client-id", "abc", "--parameters", "practice=a-195900/7")["id"]
        db = sqlite3.connect(os.path.join(self.room.data, "chartroom.db"))
        db.execute("UPDATE connection SET ungranted = 'patient/Condition.rs patient/DocumentReference.rs' WHERE id = ?", (connection,))
        db.commit()
        db.close()
        window = self.open()
        ready(self.room)
        self.room.find_portal()
        self.room.fault("not-granted", types=["Condition"])
        self.room.fault("hidden-records", types=["Observation"], n=2)
        for _ in range(2):
            self.room.run("pull", "start", patient, "--full", "--wait", before=("--sandbox",))
        self.room.no_faults()
        time.sleep(6)
        window.do("win.show-patient", patient)
        self.shoot("patient-not-granted", 2)
        window.do("win.show-pulls", patient)
        self.shoot("pulls-not-granted", 2)
        for action in ("disconnect", "remove-data", "remove-connection"):
            self.dialog("dialog-" + action, "win." + action, connection, pause=2)
        self.dialog("dialog-vendors", "win.vendor-clients", pause=2)
        window.do("win.edit-source", asked)
        window.focus(self.say("Extra parameters"), "text")
        self.shoot_dialog("dialog-source-parameters", 1.5)
        self.close_dialog()
        window.do("win.section", "sources")
        ctl("source", "suspend", source, "--reason", "Maintenance at the portal", "--until",
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2 * 24 * 60 * 60)))
        self.shoot("sources-suspended", 2)
        window.do("win.suspend-source", asked)
        window.focus(self.say("Ends by itself"), "check box")
        window.type("space")
        self.shoot_dialog("dialog-suspend", 1.5)
        self.close_dialog()
        self.room.fault("clock", seconds=7500)
        self.room.run("pull", "start", patient, "--wait", before=("--sandbox",))
        window.says(self.say("behind. Set it right").partition(". ")[2], 90)
        self.shoot("banner-clock", 1)
        self.room.no_faults()
        window.quit()

    def storage(self):
        """A disk that is full: needs a file system of its own, which only root may mount."""
        data, copy = self.room.data, self.room.data + "-small"
        os.rename(data, copy)
        os.mkdir(data, 0o700)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "none", data], check=False).returncode != 0:
            print("nothing can be mounted here: no picture of a full disk")
            return
        try:
            subprocess.run(["cp", "-a", copy + "/.", data], check=True)
            patient = self.room.ctl("patient", "list")["data"][0]["id"]
            window = self.open()
            ready(self.room)
            self.room.find_portal()
            self.room.fault("changed-records", types=["Observation"], n=100)
            self.room.fault("slow", delay_ms=400)
            window.do("win.pull-now", patient)
            time.sleep(1)
            self.fill()
            window.do("win.section", "patients")
            window.says(self.say("Free some space and try again; what was"), 90)
            time.sleep(12)  # what is small goes in once more, and the banner with it
            window.says(self.say("Free some space and try again; what was"), 90)
            self.shoot("banner-storage", 2)
            os.remove(os.path.join(data, "filler"))
            window.quit()
        finally:
            subprocess.run(["umount", "-l", data], check=True)

    def fill(self):
        with open(os.path.join(self.room.data, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def failures(self, window, patient):
        self.room.find_portal()
        self.room.fault("changed-records", types=["Condition"])
        self.room.run("pull", "start", patient, "--wait", before=("--sandbox",))
        self.room.no_faults()
        pull = self.room.ctl("pull", "list", patient)["data"][0]
        for change in self.room.ctl("pull", "changes", pull["id"])["data"][:1]:
            source = self.room.ctl("source", "list")["data"][0]["id"]
            window.do("win.compare-versions", patient, source, change["type"], change["id"])
            self.shoot("versions", 1.5)
        self.room.fault("status", status=500, types=["Immunization"])
        window.do("win.show-pulls", patient)
        window.do("win.pull-now", patient)
        self.shoot("patient-pulling", 0.5)
        self.room.run("pull", "start", patient, "--wait", before=("--sandbox",))
        self.shoot("patient-partly", 2)
        self.room.no_faults()
        source = self.room.ctl("source", "list")["data"][0]["id"]
        self.room.fault("slow", delay_ms=1500)
        window.do("win.pull-now", patient)
        time.sleep(2)
        for pull in self.room.ctl("pull", "list", patient)["data"][:1]:
            window.do("win.cancel-pull", pull["id"])
        self.shoot("patient-stopping", 0.4)
        time.sleep(3)
        self.shoot("patient-stopped")
        self.room.no_faults()
        self.room.fault("status", status=503)
        window.do("win.pull-now", patient)
        wait_for(lambda: [p for p in self.room.ctl("pull", "list", patient)["data"] if p["status"] == "waiting"], 60)
        self.shoot("patient-outage", 2)
        window.do("win.section", "sources")
        self.shoot("sources-outage", 2)
        self.dialog("dialog-source-edit", "win.edit-source", source)
        self.room.no_faults()

    def exports(self):
        """A retry that takes on some and leaves others, a rewind with held records, and files that are not there any more."""
        window = self.open()
        ready(self.room)
        self.room.find_portal()
        ctl = self.room.ctl
        server = next(d["id"] for d in ctl("destination", "list")["data"] if d["kind"] == "fhir")
        patient = ctl("patient", "list")["data"][0]["id"]
        ended, runs = ("failed", "partial"), []
        self.room.fault("dest-entry-status", status=422, types=["Condition"])
        # Of what failed in the first run some has a newer version by the second: that is worth a retry, the rest is not.
        for n in (12, 4):
            self.room.fault("changed-records", types=["Condition"], n=n, round=1 if n == 12 else 2)
            self.room.run("pull", "start", patient, "--wait", before=("--sandbox",))
            end = time.monotonic() + 90
            while len(runs) < (1 if n == 12 else 2) and time.monotonic() < end:
                time.sleep(0.5)
                runs = [r for r in ctl("run", "list", server)["data"] if r["status"] in ended]
        self.room.no_faults()
        for i, run in enumerate(runs):
            window.do("win.show-run", run["id"])
            self.shoot(f"run-retry-{i}", 1.5)
        window.do("win.section", "destinations")
        window.do("win.show-destination", server)
        self.shoot("destination-failing", 1.5)
        there = self.room.about()["fhir_destination"]
        base, signed = there["url"][len(self.room.portal):], {"Authorization": "Bearer " + there["token"]}
        page = json.loads(self.room.http("GET", base + "/Observation?_count=3", None, signed))
        for entry in page["entry"]:
            self.room.http("DELETE", base + "/Observation/" + entry["resource"]["id"], None, signed)
        window.do("win.compare-destination", server)
        window.says(self.say("Of what was delivered, this is there"), 180)
        self.shoot_dialog("dialog-reconcile")
        window.quit()

    def work(self):
        """A pull and an export on their way, one that waits, and what failed, to be sent again from the list."""
        window = self.open()
        ready(self.room)
        self.room.find_portal()
        ctl, fault = self.room.ctl, self.room.fault
        server = next(d["id"] for d in ctl("destination", "list")["data"] if d["kind"] == "fhir")
        patient = ctl("patient", "list")["data"][-1]["id"]
        far = ctl("destination", "add", "fhir", "--name", "Far away", "--url", "http://127.0.0.1:9/fhir", "--keep-failing")["id"]
        ctl("destination", "enable", far)
        wait_for(lambda: [r for r in ctl("run", "list", far)["data"] if r["status"] == "waiting"], 60)
        fault("dest-entry-status", status=422, types=["Observation"])
        fault("changed-records", n=3, types=["Observation"])
        self.room.run("pull", "start", patient, "--wait", before=("--sandbox",))
        wait_for(lambda: [r for r in ctl("run", "list", server)["data"] if r["status"] in ("failed", "partial")], 60)
        window.do("win.section", "destinations")
        self.shoot("work-failing", 1.5)
        window.do("win.show-destination", far)
        self.shoot("work-waiting", 1.5)
        fault("dest-slow", delay_ms=3000)
        fault("slow", delay_ms=2000)
        ctl("destination", "rewind", server, "--to", "1970-01-01T00:00:00Z")
        window.do("win.show-patient", patient)
        window.do("win.pull-now", patient)
        self.shoot("work-pull", 12)
        for section in ("destinations", "overview"):
            window.do("win.section", section)
            self.shoot("work-" + section, 3)
        window.do("win.show-destination", server)
        self.shoot("work-running", 1.5)
        self.room.no_faults()
        window.quit()

    def turn(self, name, pages):
        """A page that is longer than its window, a screenful at a time."""
        x, y = min(self.width // 2, 260), self.height * 3 // 4  # a dialog is at the left
        for n in range(1, pages + 1):
            subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "--repeat", "8", "--delay", "30", "5", "mousemove", "9999", "9999"],
                           check=True, timeout=10)
            self.shoot_dialog(f"{name}-{n}") if name.startswith("dialog") else self.shoot(f"{name}-{n}")

    def pages(self):
        """What is longer than a window: the help, a source in use, a record and what brought it, who looked, runs without an item."""
        ctl = self.room.ctl
        patient, source = (ctl(what, "list")["data"][0]["id"] for what in ("patient", "source"))
        db = sqlite3.connect(os.path.join(self.room.data, "chartroom.db"))
        db.execute("UPDATE pull_query SET status = 'not_granted' WHERE type = 'Goal'")
        db.execute("DELETE FROM tally WHERE type IN (SELECT n FROM rtype WHERE name IN ('Goal', 'CarePlan', 'Coverage'))")
        db.commit()
        db.close()
        window = self.open()
        ready(self.room)
        time.sleep(6)
        window.type("F1")
        self.shoot_dialog("dialog-help")
        self.turn("dialog-help", 4)
        self.close_dialog()
        for name in ("Ada", "Ben"):
            ctl("person", "add", name)
            window.do("win.take-duty", name)
            window.do("win.show-patient", patient)
            record = ctl("record", "list", patient, "--type", "Observation", "--limit", "1")["data"][0]
            window.do("win.show-record", patient, source, record["type"], record["id"])
            self.shoot("record")
        self.turn("record", 5)
        window.do("win.show-looks", patient)
        self.shoot("looks", 1.5)
        self.turn("looks", 1)
        self.runs_without_items(ctl, patient)
        self.room.fault("rate-limit", retry_after="300")
        window.do("win.pull-now", patient)
        wait_for(lambda: ctl("source", "show", source)["quota"].get("slowed_at"), 60)
        window.do("win.section", "sources")
        self.shoot("source-slow", 2)
        window.do("win.edit-source", source)
        self.shoot_dialog("dialog-source-facts", 1.5)
        self.turn("dialog-source-facts", 4)
        window.quit()

    def runs_without_items(self, ctl, patient):
        window = self.window
        server = next(d["id"] for d in ctl("destination", "list")["data"] if d["kind"] == "fhir")
        window.do("win.section", "destinations")
        window.do("win.show-destination", server)
        self.shoot("destination-totals", 1.5)
        self.turn("destination-totals", 1)
        window.do("win.show-run", ctl("run", "list", server)["data"][0]["id"])
        window.press(self.say("Failed Only"))
        self.shoot("run-none-failed", 1.5)
        self.turn("run-none-failed", 1)
        window.do("win.export-now", server)
        time.sleep(4)
        window.do("win.show-run", ctl("run", "list", server)["data"][0]["id"])
        self.shoot("run-nothing-new", 1.5)
        far = ctl("destination", "add", "fhir", "--name", "Far away", "--url", "http://127.0.0.1:9/fhir", "--keep-failing")["id"]
        ctl("destination", "enable", far)
        window.do("win.show-destination", far)
        self.shoot("destination-far", 3)

    def trouble(self):
        with open(os.path.join(self.room.data, "chartroom.db"), "wb") as file:
            file.write(b"not a database" * 1000)
        window = self.open()
        self.shoot("trouble", 1.5)
        window.quit()


def main():
    only = sys.argv[4:]
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder, exist_ok=True)
    desk = Desk("2600x1440" if "broad" in sys.argv else "1280x940")
    demo = Room()
    try:
        demo.demo()
        demo.ctl("config", "set", "listen", "127.0.0.1:0")
        for look in sys.argv[2:3] or ("light", "dark"):
            for size in sys.argv[3:4] or SIZES:
                for what, like in (("welcome", None), ("overview", demo), ("walk", demo), ("webhooks", demo), ("reconnect", demo), ("connect", demo),
                                   ("questions", demo), ("storage", demo), ("exports", demo), ("work", demo), ("pages", demo), ("trouble", demo)):
                    if only and what not in only:
                        continue
                    room = Room(like)
                    try:
                        room.ctl("config", "set", "listen", "127.0.0.1:0") if not like else None
                        getattr(Session(desk, room, folder, look, size), what)()
                    finally:
                        room.close()
    finally:
        demo.close()
        desk.close()


if __name__ == "__main__":
    main()
