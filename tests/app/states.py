# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a workspace into every state of statelist.py, by the engine and the faults of the sandbox, and looks at the window for the
words of each. `states.py FOLDER [LOOK [SIZE [SCENE…]]]` takes pictures of them as screenshots.py does, and writes beside them which is where;
test-window-states.py only looks."""
import glob
import itertools
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import time

import statelist
from apptest import Desk, Room, ready
from ctltest import Visitor, wait_for
from receiver import Receiver
from tongue import Tongue

PATIENT, HELD = "user_42", "user_47"
BACK = "https://clinic.example/back"
MINUTE_MS = 60 * 1000


def pieces_of(words):
    """What is put together of texts: each, and between them what stands there in every language."""
    return re.split(r"( · | \(\d+\)$)", re.sub("{[a-z]+}", "%s", words.lstrip("…[").rstrip("]")))


class Album:
    """What was seen, and on which picture."""

    def __init__(self, shoot=None):
        self.shoot, self.seen, self.missing = shoot, {}, {}

    def note(self, key, picture):
        self.seen.setdefault(key, picture)

    def left(self):
        every = [*statelist.STATES, *statelist.FAILURES, *statelist.QUESTIONS]
        return [key for key in every if key not in self.seen]

    def write(self, path):
        with open(path, "w") as file:
            for name, table in (("States", statelist.STATES), ("Failures", statelist.FAILURES), ("Questions", statelist.QUESTIONS)):
                file.write(f"{name}\n\n")
                for key, words in table.items():
                    words = words if isinstance(words, str) else ", ".join(words)
                    file.write(f"{key:50} {words:60} {self.seen.get(key, self.missing.get(key, 'NOT SEEN'))}\n")
                file.write("\n")


class Scenes:
    """One window on the twelve patients; each scene is a method. What is not there yet is brought about by the engine alone, but
    for time that must pass."""

    def __init__(self, room, album, env=None):
        self.room, self.album, self.ctl = room, album, room.ctl
        self.env = env or {}
        self.tongue = Tongue(self.env.get("LANGUAGE"), self.env.get("CHARTROOM_LOCALEDIR"))
        self.window = self.picture = None

    def open(self):
        if self.album.shoot:
            subprocess.run(["xdotool", "mousemove", "9999", "9999"], check=True, timeout=10)
        self.window = self.room.sandbox(env=dict(self.room.env, **self.env))
        ready(self.room)
        self.room.find_portal()
        self.people = self.room.about()["patients"]
        self.source = self.ctl("source", "list")["data"][0]["id"]
        for destination in self.ctl("destination", "list")["data"]:
            setattr(self, "server" if destination["kind"] == "fhir" else "bucket", destination["id"])

    # Looking -----------------------------------------------------------------------------------

    def on_page(self):
        """What a screen reader has of the banners and of the page on top, (role, name): pages below it, and other tabs, are on the
        bus as well."""
        screen = self.window.screen()
        assert self.window.child.poll() is None, self.window.said()
        nodes = list(screen.walk()) if screen else []
        tops = [node for node in nodes if node.name == "CrBanner"] + \
            [node for node in nodes if re.fullmatch("Cr(?!Lock)[A-Z][a-z]+Page", node.name)][-1:]
        return [(node.role, node.name.replace("_", "")) for top in tops for node in top.walk()]

    @staticmethod
    def is_among(found, ways):
        def has(words):
            if words[0] == "…":
                return any(words[1:] in name for _, name in found)
            if words[0] == "[":
                button = words[1:-1]  # with a mnemonic it has its name twice
                return any(role == "push button" and (name in (button, f"{button} {button}") or name.startswith(button + ": "))
                           for role, name in found)
            return any(role == "panel" and (name == words or name.startswith(words + " · ")) for role, name in found)
        return any(has(words) for words in ways)

    def see(self, name, *keys, pause=0.0, **fill):
        """Waits until the words of each are on screen at once, then takes the picture of that name."""
        wanted = []
        for key in keys:
            words = {**statelist.STATES, **statelist.FAILURES, **statelist.QUESTIONS}[key]
            wanted += [words] if isinstance(words, str) else words
        wanted = [[way.format(**fill) for way in self.ways(words)] for words in wanted]
        found = []

        def look():
            found[:] = self.on_page()
            return all(self.is_among(found, ways) for ways in wanted)
        try:
            wait_for(look, 60)
        except AssertionError:
            left = [ways for ways in wanted if not self.is_among(found, ways)]
            raise AssertionError(f"{name}: {left} not on the page, but: {sorted(set(found))}") from None
        for key in keys:
            self.album.note(key, f"state-{name}")
        if self.album.shoot:
            time.sleep(0.6 + pause)
            self.album.shoot(f"state-{name}")

    def ways(self, words):
        """What it may be in the language of the window; what is put together of texts, each by itself."""
        mark = words[0] if words[0] in "…[" else ""
        every = [[piece] if n % 2 or not piece else self.tongue.ways(piece) for n, piece in enumerate(pieces_of(words))]
        names = re.findall("{[a-z]+}", words)
        return [mark + self.fill_in("".join(each), names) + ("]" if mark == "[" else "") for each in itertools.product(*every)]

    @staticmethod
    def fill_in(text, names):
        for name in names:
            text = text.replace("%s", name, 1)
        return text

    def number(self, n):
        return f"{n:,}".replace(",", "." if "LC_ALL" in self.env else ",")

    def show(self, action, *target):
        self.window.do("win." + action, *target)

    def pulls(self, patient, status):
        return [p for p in self.ctl("pull", "list", patient)["data"] if p["status"] == status]

    def runs(self, destination, *status):
        return [r for r in self.ctl("run", "list", destination)["data"] if r["status"] in status]

    def standing(self, patient):
        return self.ctl("patient", "show", patient)["record_status"]

    def pull(self, patient, status):
        before = {p["id"] for p in self.ctl("pull", "list", patient)["data"]}
        self.show("pull-now", patient)
        return wait_for(lambda: [p for p in self.pulls(patient, status) if p["id"] not in before], 60)[0]

    # Patients and their portals ------------------------------------------------------------------

    def add(self, patient, person, *more):
        """One more patient of the clinic, of the name of somebody at the portal: another name would be held."""
        self.ctl("patient", "add", patient, *(more or ("--name", self.people[person]["name"])))
        return patient

    def link(self, patient, *more):
        return self.ctl("session", "create", patient, "--source", self.source, "--return-url", BACK, *more)

    def connect(self, patient, person=0, decision="allow"):
        Visitor().sign_in(self.link(patient)["url"], self.people[person], decision)

    def connection(self, patient):
        return self.ctl("connection", "list", patient)["data"][0]

    # Scenes --------------------------------------------------------------------------------------

    def calm(self):
        """All is well: what a patient's page and a destination say then."""
        self.show("show-patient", PATIENT)
        self.see("current", "patient/current", "connection/active")
        self.show("show-pulls", PATIENT)
        self.see("pull-complete", "pull/complete")
        self.show("show-deliveries", PATIENT)
        self.see("delivered", "item/sent")
        self.show("section", "destinations")
        self.see("destination-idle", "destination/idle")

    def sign_ins(self):
        """A link, the patient at the portal, who says no, and then yes."""
        patient = self.add("desk_1", 1)
        self.show("section", "patients")
        self.show("show-patient", patient)
        self.see("none", "patient/none")
        session = self.link(patient)
        self.show("show-sign-ins", patient)
        self.see("session-open", "session/open")
        visitor = Visitor()
        _, url, _ = visitor.go(session["url"])
        self.see("attempt-started", "attempt/started")
        url = visitor.consent(url, self.people[1], "deny")
        visitor.go(url)
        assert not self.ctl("connection", "list", patient)["data"]
        self.see("attempt-failed", "attempt/failed", "session/complete", "portal auth failed")
        self.connect(patient, 1)
        self.see("attempt-active", "attempt/active")

    def holds(self):
        """Of two who may be somebody else one is released, the other is not."""
        self.show("section", "patients")
        self.show("show-patient", HELD)
        self.see("held", "patient/held", "hold/open")
        self.ctl("hold", "reject", self.ctl("hold", "list")["data"][0]["id"])
        self.see("hold-rejected", "hold/rejected")
        patient = self.add("desk_2", 10, "--name", "Somebody Else", "--birth-date", "1901-02-03")
        self.connect(patient, 10)
        hold = wait_for(lambda: self.ctl("hold", "list")["data"], 60)[0]
        self.ctl("hold", "release", hold["id"])
        self.show("show-sign-ins", patient)
        self.see("hold-released", "hold/released")

    def access(self):
        """Access that ends on its day, that the portal takes back, and that the clinic gives back."""
        for fault in (("token-lifetime", {"seconds": 2}), ("no-refresh-token", {})):
            self.room.fault(fault[0], **fault[1])
        ended = self.add("desk_3", 4)
        self.connect(ended, 4)
        self.show("section", "patients")
        self.show("show-patient", ended)
        time.sleep(2)
        self.show("pull-now", "user_52")  # or else the engine would look within a minute
        self.see("access-expired", "connection/expired", "patient/access-lapsed")
        self.room.no_faults()
        self.room.fault("token-lifetime", seconds=2)
        refused = self.add("desk_4", 10)
        self.connect(refused, 10)
        wait_for(lambda: self.standing(refused) == "current", 60)
        self.room.fault("refuse-refresh")
        time.sleep(2)
        self.show("pull-now", refused)
        wait_for(lambda: self.connection(refused)["status"] == "refresh_failed", 60)
        self.show("section", "patients")
        self.show("show-patient", refused)
        self.see("sign-in-ended", "connection/refresh-failed", "token refresh failed")
        self.room.no_faults()
        self.ctl("connection", "disconnect", self.connection("user_53")["id"])
        self.show("section", "patients")
        self.show("show-patient", "user_53")
        self.see("disconnected", "connection/disconnected")

    def pulling(self):
        """More pulls than run at once, one of them the first of its patient."""
        self.room.fault("slow", delay_ms=6000)
        for n in range(43, 52):
            if f"user_{n}" != HELD:
                self.show("pull-now", f"user_{n}")
        patient = self.add("desk_5", 7)
        wait_for(lambda: len([p for p in self.ctl("pull", "list")["data"] if p["status"] == "running"]) == 8, 60)
        self.connect(patient, 7)
        self.show("section", "patients")
        self.see("patients-pulling", "patient/waiting-first-pull", "patient/pulling")
        self.show("show-patient", patient)
        self.see("pull-queued", "pull/queued", "patient/waiting-first-pull")
        self.show("section", "patients")
        self.show("show-pulls", "user_43")
        self.see("pull-running", "pull/running", "patient/pulling", "query/pending")
        for pull in self.ctl("pull", "list")["data"]:
            if pull["status"] in ("queued", "running"):
                self.ctl("pull", "cancel", pull["id"])
        wait_for(lambda: self.pulls("user_43", "cancelled"), 60)
        self.see("pull-cancelled", "pull/cancelled")
        wait_for(lambda: not [p for p in self.ctl("pull", "list")["data"] if p["status"] in ("queued", "running", "waiting")], 60)
        self.room.fault("slow", delay_ms=25000, types=["Observation"])
        self.ctl("pull", "start", "user_44", "--full")  # of more records than a page has
        running = wait_for(lambda: self.pulls("user_44", "running"), 60)[0]
        self.show("section", "patients")
        self.show("show-pulls", "user_44")
        self.see("query-running", "query/running")
        self.room.no_faults()
        for _ in range(2):  # after this page; then at once, unless it has ended
            self.room.run("pull", "cancel", running["id"], before=("--sandbox",))
        wait_for(lambda: self.pulls("user_44", "cancelled"), 60)

    def troubles(self):
        """What a pull can come to when a portal does not do as it should, and what each kind of record says of it."""
        self.room.fault("status", status=500, types=["Immunization"])
        self.room.fault("not-granted", types=["Condition"])
        self.room.fault("capability-hides", types=["Goal"])
        self.show("section", "patients")
        self.show("show-patient", PATIENT)
        self.ctl("pull", "start", PATIENT, "--full")
        self.see("partial", "patient/partial")
        self.show("section", "overview")
        self.see("overview-partial")
        self.show("show-pulls", PATIENT)
        self.see("query-failed", "pull/partial", "query/failed", "retrieval error", "query/not-granted", "query/not-supported",
                 "query/complete", "query/none-on-file", pause=0.5)
        self.room.no_faults()
        self.room.fault("html-page")
        self.pull("user_44", "failed")
        self.room.no_faults()
        self.show("section", "patients")
        self.show("show-pulls", "user_44")
        self.see("failing", "patient/failing", "pull/failed")

    def waits(self):
        """A pull that goes on by itself says what it waits for."""
        self.show("section", "patients")
        self.show("show-pulls", "user_45")
        for name, fault, more in (("source-outage", "status", {"status": 503}), ("source-preparing", "source-preparing", {}),
                                  ("rate-limit", "rate-limit", {"retry_after": "30"})):
            self.room.fault(fault, **more)
            waiting = self.pull("user_45", "waiting")
            assert waiting["waiting_for"] == name.replace("-", "_"), waiting
            self.see("waiting-" + name, "pull/waiting/" + name)
            self.room.no_faults()
            if name == "source-outage":
                self.show("try-source", self.source)
            if name == "rate-limit":
                self.ctl("pull", "cancel", waiting["id"])
            wait_for(lambda waiting=waiting: self.ctl("pull", "show", waiting["id"])["status"] in ("complete", "cancelled"), 120)

    def exports(self):
        """A run on its way, paused, cancelled, and one of which a part was refused."""
        self.room.fault("dest-slow", delay_ms=5000)
        window = self.window
        run = self.rewind(self.server)
        self.show("section", "destinations")
        self.see("destination-running", "destination/running")
        self.show("show-run", run["id"])
        self.see("run-running", "run/running", "item/pending")
        after = self.ctl("destination", "export", self.server)["id"]
        self.show("section", "destinations")
        self.show("show-run", after)
        self.see("run-queued", "run/queued")
        self.ctl("run", "cancel", after)
        self.show("section", "destinations")
        self.show("show-run", run["id"])
        self.see("run-running-still", "run/running")
        window.press(self.tongue.say("Pause"))
        wait_for(lambda: self.runs(self.server, "waiting"))
        self.see("run-paused", "run/waiting/paused")
        self.ctl("run", "cancel", run["id"])
        self.see("run-cancelled", "run/cancelled", "item/left-by-cancelling")
        self.room.no_faults()
        self.ctl("destination", "export", self.server, "--wait")
        wait_for(lambda: self.ctl("destination", "show", self.server)["status"] == "idle", 60)
        self.show("section", "destinations")
        self.show("show-destination", self.server)
        self.see("run-complete", "run/complete", "destination/idle")

    def rewind(self, destination):
        self.ctl("destination", "rewind", destination, "--to", "1970-01-01T00:00:00Z")
        return wait_for(lambda: self.runs(destination, "running"), 60)[0]

    def refused(self):
        """The five questions, on the page of the destination that has an answer to each."""
        self.room.fault("dest-entry-status", status=422, types=["Observation"])
        self.room.fault("changed-records", n=3, types=["Observation", "Condition"])
        self.pull(PATIENT, "complete")
        run = wait_for(lambda: self.runs(self.server, "partial"), 60)[0]
        self.show("section", "destinations")
        there = self.ctl("destination", "show", self.server)
        self.see("which-failed", "destination/failing", "Which destination failed?",
                 "How many patients or resources were delivered?", stored=self.number(there["stored"]), delivered=self.number(there["delivered"]))
        self.show("show-destination", self.server)
        self.see("export-failed", "run/partial", "export failed", "What error did the destination return?", "Is a retry available?",
                 "destination/exported-in-part")
        self.show("show-run", run["id"])
        self.see("run-refused", "item/failed", "Is a retry available?")
        self.room.no_faults()
        self.show("section", "destinations")
        self.show("show-destination", self.bucket)
        self.see("latest-exported", "Did the latest pull export?")

    def leavings(self):
        """An export of a file in parts is cancelled, and the bucket lets nobody take away the parts that are there."""
        self.room.fault("attachment-large", megabytes=18, count=1)
        self.room.fault("s3-late", delay_ms=700)
        self.room.fault("s3-denied", methods=["DELETE"])
        self.connect(self.add("desk_8", 4), 4)
        self.show("section", "destinations")
        self.show("show-destination", self.bucket)
        wait_for(lambda: glob.glob(self.room.root + "/**/uploads/*", recursive=True), 120)
        for run in self.runs(self.bucket, "running", "waiting", "queued"):
            self.ctl("run", "cancel", run["id"])
        self.see("left-behind", "destination/left-behind")
        self.room.no_faults()
        self.ctl("destination", "edit", self.bucket, "--name", "Sandbox bucket")  # mended settings are tried at once
        wait_for(lambda: self.ctl("destination", "show", self.bucket)["left_behind"] is None, 60)
        wait_for(lambda: not [r for d in (self.bucket, self.server) for r in self.runs(d, "running", "waiting", "queued")], 120)

    def places(self):
        """A destination that needs somebody, one that cannot be reached, and one that is switched off."""
        self.room.fault("dest-status", status=401)
        self.room.fault("changed-records", n=2, types=["Condition"], round=3)
        self.pull(PATIENT, "complete")
        run = wait_for(lambda: self.runs(self.server, "failed"), 60)[0]
        self.show("section", "destinations")
        self.show("show-destination", self.server)
        self.see("action-required", "destination/action-required", "run/failed")
        self.room.no_faults()
        self.newer()
        self.show("section", "destinations")
        self.ctl("destination", "disable", self.bucket)
        self.see("destination-disabled", "destination/disabled")
        far = self.ctl("destination", "add", "fhir", "--name", "Far away", "--url", "http://127.0.0.1:9/fhir", "--keep-failing")["id"]
        self.ctl("destination", "enable", far)
        wait_for(lambda: self.runs(far, "waiting"), 60)
        self.show("section", "destinations")
        self.see("destination-waiting", "destination/waiting")
        self.show("show-destination", far)
        self.see("run-offline", "run/waiting/offline")

    def newer(self):
        """While a run is paused what it would send changes: it is left to the next one, in the newer version."""
        self.ctl("destination", "export", self.server, "--wait")
        types = ["Condition", "Encounter", "Procedure", "Observation"]
        self.room.fault("dest-slow", delay_ms=12000)
        self.room.fault("changed-records", n=1, types=types, round=4)
        self.pull(PATIENT, "complete")
        run = wait_for(lambda: self.runs(self.server, "running"), 60)[0]["id"]
        self.ctl("run", "pause", run)
        wait_for(lambda: self.runs(self.server, "waiting"), 60)
        self.room.fault("changed-records", n=1, types=types, round=5)
        self.pull(PATIENT, "complete")
        self.room.no_faults()
        self.ctl("run", "resume", run)
        self.show("show-run", run)
        self.see("item-superseded", "item/superseded")

    def sources(self):
        self.show("section", "sources")
        for word, more in (("suspended", ["--reason", "Maintenance"]), ("not-enabled", ["--not-enabled", "--reason", "Switched off at the site"])):
            self.ctl("source", "suspend", self.source, *more)
            self.see("source-" + word, "source/" + word)
            self.ctl("source", "resume", self.source)

    def webhooks(self):
        """An endpoint in each state it comes to by itself, or by hand."""
        self.receivers = [Receiver() for _ in range(4)]
        good, bad, gone, busy = self.receivers
        bad.answer, gone.answer, busy.answer = (500, {}, b"full", 0), (410, {}, b"", 0), (429, {"Retry-After": "7200"}, b"", 0)
        self.hooks = [self.ctl("webhook", "add", each.url)["id"] for each in self.receivers]
        self.show("section", "webhooks")
        self.see("webhook-new", "webhook/new")
        self.show("show-webhook", self.hooks[3])
        for patient in ("user_46", "user_44"):  # the first is asked to wait, and the other waits behind it
            self.pull(patient, "complete")
            wait_for(lambda: busy.got, 60)
        self.see("delivery-waiting", "delivery/pending")
        self.show("section", "webhooks")
        wait_for(lambda: len(gone.got) and self.ctl("webhook", "events", self.hooks[1])["data"][0]["attempts"], 60)
        self.see("webhooks", "webhook/active", "webhook/failing", "webhook/disabled-gone")
        for name, hook, *keys in (("delivered", 0, "delivery/delivered"), ("again", 1, "delivery/pending-again")):
            self.show("section", "webhooks")
            self.show("show-webhook", self.hooks[hook])
            self.see("delivery-" + name, *keys)
        self.ctl("webhook", "disable", self.hooks[0])
        self.show("section", "webhooks")
        self.see("webhook-disabled", "webhook/disabled-by-person")
        event = self.ctl("webhook", "events", self.hooks[3])["data"][0]["id"]
        self.ctl("webhook", "give-up", event)
        self.show("show-webhook", self.hooks[3])
        self.see("delivery-exhausted", "delivery/exhausted")

    def later(self):
        """What hours bring, without waiting for them: no other way leads there. The window is closed meanwhile."""
        patient = self.add("desk_6", 4)
        self.link(patient)
        gone = self.add("desk_7", 1)
        Visitor().go(self.link(gone)["url"])
        bad = self.hooks[1]
        self.ctl("webhook", "add", self.receivers[1].url.replace("127.0.0.1", "localhost"))
        other = [w["id"] for w in self.ctl("webhook", "list")["data"] if "localhost" in w["url"]][0]
        self.pull("user_48", "complete")
        wait_for(lambda: [e for e in self.ctl("webhook", "events", other)["data"] if e["attempts"]], 60)
        self.window.quit()
        with sqlite3.connect(os.path.join(self.room.data, "chartroom.db")) as db:
            db.execute("UPDATE session SET expires_ms = created_ms + 1000 WHERE patient_id = 'desk_6'")
            db.execute("UPDATE attempt SET state_expires_ms = ? WHERE patient_id = 'desk_7'", (int(time.time() * 1000) - MINUTE_MS,))
            for hook, rung in ((bad, 4), (other, 8)):
                db.execute("UPDATE delivery SET rung = ?, next_ms = 1 WHERE status = 'pending'"
                           " AND webhook = (SELECT n FROM webhook WHERE id = ?)", (rung, hook))
        db.close()
        self.open()
        self.show("section", "webhooks")
        self.see("webhooks-later", "webhook/failing-for-hours", "webhook/disabled-exhausted")
        for who, name in (("desk_6", "session/expired"), ("desk_7", "attempt/expired")):
            self.show("section", "patients")
            self.show("show-sign-ins", who)
            self.see(name.replace("/", "-"), name)
            offers = [each for role, each in self.window.tree() if role == "push button" and self.tongue.say("Make a Link…") in each.replace("_", "")]
            assert len(offers) == 1, offers

    def storage(self):
        """A limit on the size of files fails a write as a full disk does."""
        self.room.fault("slow", delay_ms=400)
        self.room.fault("changed-records", types=["Observation"], n=50, round=9)
        self.show("section", "patients")
        pull = self.pull("user_48", "running")["id"]
        window = self.window.child.pid
        _, most = resource.prlimit(window, resource.RLIMIT_FSIZE)
        resource.prlimit(window, resource.RLIMIT_FSIZE, (4096, most))
        try:
            self.see("storage-full", "storage/full")
        finally:
            resource.prlimit(window, resource.RLIMIT_FSIZE, (most, most))
        self.room.no_faults()
        wait_for(lambda: [p for p in self.pulls("user_48", "complete") if p["id"] == pull], 120)
        wait_for(lambda: not self.is_among(self.on_page(), self.ways(statelist.STATES["storage/full"])))

    def offline(self):
        """The portal's computer is switched off. The sandbox is a child of the window, so it is ours to end."""
        child = self.sandbox_process()
        os.kill(child, 9)
        self.show("section", "patients")
        self.show("show-pulls", "user_49")
        self.show("pull-now", "user_49")
        # Not at once: before it the portal had asked for a pause.
        wait_for(lambda: [p for p in self.pulls("user_49", "waiting") if p["waiting_for"] == "offline"], 120)
        self.see("waiting-offline", "pull/waiting/offline")

    def sandbox_process(self):
        for name in os.listdir("/proc"):
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                if int(fields[1]) == self.window.child.pid:
                    return int(name)
            except (OSError, ValueError, IndexError):
                continue
        raise AssertionError("the window has no child")


    def keyring(self):
        """The desktop's keyring is locked: pulls wait, and nothing has ended."""
        self.show("section", "patients")
        self.show("show-pulls", PATIENT)
        self.secrets.lock()
        self.room.fault("token-lifetime", seconds=1)
        waiting = self.pull(PATIENT, "waiting")
        assert waiting["waiting_for"] == "keyring_locked", waiting
        self.see("waiting-keyring-locked", "pull/waiting/keyring-locked", "connection/active")
        self.show("section", "overview")
        self.see("overview-keyring-locked", "keyring/locked")

    def keyring_missing(self):
        """There is no keyring at all: nothing can be unlocked then, so nobody is asked to."""
        self.secrets.close()
        self.show("section", "patients")
        self.show("show-pulls", PATIENT)
        self.ctl("pull", "cancel", self.pulls(PATIENT, "waiting")[0]["id"])
        waiting = self.pull(PATIENT, "waiting")
        assert waiting["waiting_for"] == "keyring_locked", waiting
        self.see("waiting-keyring-missing", "pull/waiting/keyring-missing", "connection/active")
        self.show("section", "overview")
        self.see("overview-keyring-missing", "keyring/missing")
        buttons = [name for role, name in self.window.tree() if role == "push button"]
        assert not [name for name in buttons if self.tongue.say("Unlock…") in name.replace("_", "")], buttons


class Secrets:
    """The keyring of a desktop, on the bus of the test."""

    def __init__(self, folder):
        env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        env["XDG_DATA_HOME"] = folder
        line = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
                "--control-directory=" + os.path.join(folder, "control")]
        self.daemon = subprocess.Popen(line, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.daemon.stdin.write(b"test")
        self.daemon.stdin.close()
        subprocess.run(["gdbus", "wait", "--session", "--timeout", "90", "org.freedesktop.secrets"], check=True)

    def call(self, method, argument):
        line = ["gdbus", "call", "--session", "--timeout", "20", "-d", "org.freedesktop.secrets", "-o", "/org/freedesktop/secrets",
                "-m", "org.freedesktop.Secret.Service." + method, argument]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout

    def lock(self):
        collection = self.call("ReadAlias", "default").split("'")[1]
        assert collection in self.call("Lock", f"['{collection}']"), "it was not locked"

    def close(self):
        if self.daemon.poll() is None:
            self.daemon.terminate()
            self.daemon.wait(90)


ENUMS = {"CR_RECORD_STATUS": "patient", "CR_SESSION": "session", "CR_ATTEMPT": "attempt", "CR_CONNECTION": "connection", "CR_PULL": "pull",
         "CR_QUERY": "query", "CR_RUN": "run", "CR_ITEM": "item", "CR_DESTINATION": "destination"}


def missing_from_list():
    """States that the model has and the list has not."""
    model, missing = os.path.join(os.path.dirname(__file__), "..", "..", "src", "model"), set()
    for name in os.listdir(model):
        with open(os.path.join(model, name)) as file:
            values = re.findall(r'G_DEFINE_ENUM_VALUE \(\s*(CR_[A-Z_]+),\s*"([a-z_]+)"\)', file.read())
        for value, nick in values:
            for prefix, thing in ENUMS.items():
                key = f"{thing}/{nick}".replace("_", "-")
                if value == f"{prefix}_{nick.upper()}" and not any(k == key or k.startswith(key + "/") for k in statelist.STATES):
                    missing.add(key)
            # A disk that is full has no room for the reason either: the banner says it, storage/full.
            if value.startswith("CR_WAIT_") and nick not in ("none", "storage") and not any(k.endswith("/waiting/" + nick.replace("_", "-"))
                                                                          for k in statelist.STATES):
                missing.add("waiting/" + nick)
    return missing


ORDER = ("calm", "exports", "sign_ins", "access", "refused", "leavings", "places", "holds", "sources", "pulling", "troubles", "webhooks", "later",
         "waits", "storage", "offline")


def run(scenes, only=()):
    """All scenes that one window can be brought through, one after the other."""
    scenes.open()
    for name in ORDER:
        if not only or name in only:
            getattr(scenes, name)()
    scenes.window.quit()


def run_keyring(album, env=None):
    if not shutil.which("gnome-keyring-daemon"):
        for key in ("pull/waiting/keyring-locked", "pull/waiting/keyring-missing", "keyring/locked", "keyring/missing"):
            album.missing[key] = "gnome-keyring is not installed"
        return
    room = Room()
    secrets = Secrets(room.root)
    try:
        for name in [name for name in room.env if name == "CHARTROOM_TEST_KEYRING" or name.startswith("SECRET_")]:
            del room.env[name]
        room.demo()
        room.ctl("config", "set", "listen", "127.0.0.1:0")
        scenes = Scenes(room, album, env)
        scenes.secrets = secrets
        scenes.open()
        scenes.keyring()
        scenes.keyring_missing()
        scenes.window.quit()
    finally:
        secrets.close()
        room.close()


def run_all(album, demo, env=None, only=()):
    if not only:
        run_keyring(album, env)
    room = Room(demo)
    try:
        run(Scenes(room, album, env), only)
    finally:
        room.close()


def main():
    from screenshots import Session
    folder = os.path.abspath(sys.argv[1])
    look, size = [*sys.argv[2:4], "light", "wide"][:2] if len(sys.argv) > 3 else ([*sys.argv[2:3], "light"][0], "wide")
    os.makedirs(folder, exist_ok=True)
    desk = Desk("2600x1440" if size == "broad" else "1280x940")
    demo = Room()
    session = Session(desk, demo, folder, look, size)
    album = Album(lambda name: session.shoot(name, 0))
    try:
        demo.demo()
        demo.ctl("config", "set", "listen", "127.0.0.1:0")
        run_all(album, demo, session.more, sys.argv[4:])
    finally:
        album.write(os.path.join(folder, f"states-{session.look}.txt"))
        demo.close()
        desk.close()


if __name__ == "__main__":
    main()
