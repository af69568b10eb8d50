# SPDX-License-Identifier: GPL-3.0-or-later
"""A value over time and what became of records; who did what; finding a patient from anywhere."""
import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import unittest

import windowcase
from apptest import GLib, ready
from windowcase import HELD, PATIENT, SERVER, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)
from ctltest import wait_for  # noqa: E402  (windowcase knows where it is)

MEGABYTES = 48
LONGEST = 60  # ms of the processor in one turn of the main loop; 33 are allowed, and a busy machine takes longer


class Records(Case):
    def observations(self, code):
        """Id and value of each of the patient's that measured it, the newest first."""
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            rows = database.execute("SELECT r.id, v.body FROM stream s JOIN record r ON r.sid = s.sid JOIN version v ON v.seq = r.seq"
                                    " WHERE s.patient_id = ?", (PATIENT,)).fetchall()
        database.close()
        found = [(name, json.loads(body, parse_float=str)) for name, body in rows]
        found = [(body["effectiveDateTime"], name, "%s kg" % body["valueQuantity"]["value"]) for name, body in found
                 if body["resourceType"] == "Observation" and "valueQuantity" in body
                 and any(coding["code"] == code for coding in body["code"]["coding"])]
        return [(name, value) for _, name, value in sorted(found, reverse=True)]

    def test_trend(self):
        """A measured value shows the others of its kind, in words too, and each leads to its record."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]["id"]
        found = self.observations("29463-7")
        self.assertGreater(len(found), 1)
        window.do("win.show-record", PATIENT, source, "Observation", found[0][0])
        window.find(f"{len(found)} values · latest", "image")
        window.find(found[1][1] + " · ", "list item")
        window.do("win.show-record", PATIENT, source, "Observation", found[1][0])
        window.says("this record")
        self.end(window)

    def test_low(self):
        """In a low window the page scrolls as a whole: what is above the record does not leave a slit of it."""
        windowcase.desk.settings(window_width=400, window_height=420)
        self.addCleanup(windowcase.desk.settings)
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]["id"]
        window.do("win.show-record", PATIENT, source, "Observation", self.observations("29463-7")[0][0])
        node = window.find("The record in words", "list")
        while node.role != "scroll pane":
            node = node.parent
        self.assertGreater(wait_for(lambda: node.size()[1]), 250)
        self.end(window)

    def test_nothing_to_draw(self):
        """A record without a number has no trend."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        window.do("win.show-record", PATIENT, source, "Condition", record["id"])
        window.says("SHA-256")
        self.assertNotIn("Over Time", window.words())
        self.end(window)

    def test_versions(self):
        """Two versions stand side by side, with what differs marked by signs. Every page of it says whose it is."""
        whose = "Amara Okafor · user_42 · born 24 Dec 1946 · female"
        window = self.open_demo()
        self.folder.find_portal()
        self.folder.fault("changed-records", types=["Condition"])
        self.folder.run("pull", "start", PATIENT, "--wait", before=("--sandbox",))
        pull = self.ctl("pull", "list", PATIENT)["data"][0]
        changed = self.ctl("pull", "changes", pull["id"])["data"][0]
        source = self.ctl("source", "list")["data"][0]["id"]
        window.do("win.show-pull-changes", pull["id"])
        window.says("version 1 is now version 2")
        self.shows(window, whose, 1)
        window.do("win.show-record", PATIENT, source, changed["type"], changed["id"])
        window.says("Version 2")
        self.shows(window, whose, 2)
        window.press("Compare")
        window.says("differ", also=[re.compile("^- ", re.M), re.compile(r"^\+ ", re.M)])
        self.shows(window, whose, 3)
        self.end(window)

    def shows(self, window, words, n_pages):
        """On the page that is open too: those it was opened from are there, unseen."""
        wait_for(lambda: sum(node.name == words for node in window.screen().walk()) == n_pages, 20)

    def test_none_found(self):
        """A list that is empty for what was typed says so, and what to do; it goes with the words."""
        window = self.open_demo()
        window.do("win.show-patient", PATIENT)
        window.says("Search these records")
        window.type("ctrl+f")
        wait_for(lambda: window.walk(lambda node: node.name == "Search these records" and node.has("focused")), 20)
        window.write("zzz")
        window.says("No record here has these words.")
        window.type("ctrl+a", "Delete")
        wait_for(lambda: not window.walk(lambda node: "No record here" in node.name and node.has("visible")), 20)
        window.do("win.connect-for", PATIENT)
        window.says("Where are the records?")
        window.focus("Search", "entry")
        window.write("zzz")
        window.says("No source found.")
        window.type("Escape")
        window.do("win.show-patients", "partial")
        window.says("Nobody in This List")
        window.type("ctrl+f")
        window.write("zzz")
        window.says("Nobody Found", also=["Only those under “Partly up to date” were searched."])
        self.end(window)

    def test_many(self):
        """Very many records are looked through one after the other; what is found is there meanwhile, and the window says how far it got."""
        room = self.demo_room()
        store = os.path.join(room.data, "chartroom.db")
        subprocess.run([os.environ["BENCH_FILL"], store, "2", "300500"], check=True)
        with sqlite3.connect(store) as database:
            (old, new), = database.execute("SELECT min(r.seq), max(r.seq) FROM stream s JOIN record r ON r.sid = s.sid WHERE s.patient_id = 'page_1'")
            for seq in (old, new - 5):
                database.execute("UPDATE version SET body = replace(CAST(body AS TEXT), 'Heart rate', 'Zebra') WHERE seq = ?", (seq,))
            self.assertEqual(database.execute("SELECT count(*) FROM version WHERE instr(CAST(body AS TEXT), 'Zebra')").fetchone(), (2,))
        database.close()
        window = room.sandbox()
        ready(room)
        window.do("win.show-patient", "page_1")
        window.says("All records")
        window.type("ctrl+f")
        wait_for(lambda: window.walk(lambda node: node.name == "Search these records" and node.has("focused")), 20)
        window.write("zebra")
        begun = time.monotonic()
        found = wait_for(lambda: re.search(r"Looking through the records: [1-9][0-9,]* of ([0-9,]+)|2 records found in ([0-9,]+)", window.words()), 20)
        n_all = found.group(1) or found.group(2)
        self.assertTrue(found.group(1) or time.monotonic() - begun < 2, "nothing was said for so long")
        self.assertNotIn("No record here", window.words())
        window.says(f"2 records found in {n_all}", also=["Zebra"])
        window.type("ctrl+a")
        window.write("zebu")
        window.says(f"0 records found in {n_all}", also=["No record here has these words."])
        window.type("ctrl+a")
        window.write("heart")
        window.says("The first 1,000 that were found")
        window.type("ctrl+a", "Delete")
        wait_for(lambda: not window.walk(lambda node: "that were found" in node.name and node.has("visible")), 20)
        self.end(window)

    def test_pointed_at(self):
        """What a record points at is said by its name, as its title too."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]["id"]
        report, names = self.pointing("DiagnosticReport", "result")
        self.assertGreater(len(names), 1)
        window.do("win.show-record", PATIENT, source, "DiagnosticReport", report)
        window.says("SHA-256", also=["Results", *names])
        in_words = r'(?<!")\b(Observation|Medication)/'  # and not the raw record, where it is in quotes
        self.assertNotRegex(window.words(), in_words)
        window.do("win.back")
        order, (name,) = self.pointing("MedicationRequest", "medicationReference")
        window.do("win.show-record", PATIENT, source, "MedicationRequest", order)
        window.says("SHA-256", also=[name])
        self.assertNotRegex(window.words(), in_words)
        window.do("win.show-patient", PATIENT)
        window.says("All records")
        window.focus("Observations", "list item")
        window.type("Home", "ctrl+f")
        wait_for(lambda: window.walk(lambda node: node.name == "Search these records" and node.has("focused")), 20)
        window.write(order)
        wait_for(lambda: window.walk(lambda node: node.role == "list item" and node.name.startswith(name)), 20)
        self.end(window)

    def pointing(self, kind, key):
        """→ the id of one of the patient's that points at others there without saying what they are, and what they are"""
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            rows = database.execute("SELECT v.body FROM stream s JOIN record r ON r.sid = s.sid JOIN version v ON v.seq = r.seq"
                                    " WHERE s.patient_id = ?", (PATIENT,)).fetchall()
        database.close()
        bodies = [json.loads(body) for body, in rows]
        names = {"%s/%s" % (body["resourceType"], body["id"]): body["code"].get("text") or body["code"]["coding"][0]["display"]
                 for body in bodies if body["resourceType"] in ("Observation", "Medication")}
        for body in bodies:
            if body["resourceType"] == kind and key in body:
                pointers = body[key] if isinstance(body[key], list) else [body[key]]
                if all("display" not in pointer and pointer["reference"] in names for pointer in pointers):
                    return body["id"], [names[pointer["reference"]] for pointer in pointers]
        raise AssertionError("no such " + kind)

    def test_deliveries(self):
        """How much of a patient is where, and that nothing of a held one left."""
        window = self.open_demo()
        window.do("win.show-deliveries", PATIENT)
        window.find(f"{SERVER} · Delivered · 453 of 453 delivered", "list item")
        window.do("win.back")
        window.do("win.show-deliveries", HELD)
        window.find(f"{SERVER} · Held · 0 of ", "list item")
        self.end(window)


class Origin(Case):
    """Where a record comes from, as its Details say."""

    def query(self, sql, *values):
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            rows = database.execute(sql, values).fetchall()
        database.close()
        return rows

    @staticmethod
    def time(ms):
        return time.strftime("%A, %-d %B %Y, %H:%M:%S", time.localtime(ms / 1000))

    def begun(self, pull):
        """→ the pull as the details of a record, and its own page, have it"""
        (ms, cause, person), = self.query("SELECT started_ms, cause, person FROM pull WHERE id = ?", pull)
        trigger = {"activation": "after connecting", "manual": f"by hand ({person})"}[cause]
        return f"Pull begun {self.time(ms)} · {trigger}"

    def details(self, window, first):
        """→ its lines, once the first of them that is asked for is there"""
        def look():
            lines = [row.name for row in window.find("Details", "list").children if row.has("visible")]
            return first in lines and lines
        return wait_for(look, 20)

    def start_pull(self):
        self.folder.run("pull", "start", PATIENT, "--full", "--wait", before=("--sandbox",))
        return self.ctl("pull", "list", PATIENT)["data"][0]["id"]

    def test_lines(self):
        """Each line of a version that one pull brought, after another saw the record first and before a third saw it last."""
        window = self.open_demo()
        self.folder.find_portal()
        first, = self.ctl("pull", "list", PATIENT)["data"]
        self.folder.fault("changed-records", types=["Condition"])
        second, third = self.start_pull(), self.start_pull()
        changed = self.ctl("pull", "changes", second)["data"][0]
        source = self.ctl("source", "list")["data"][0]
        (rid, seen, confirmed), = self.query("SELECT r.rid, r.first_seen_ms, r.confirmed_ms FROM record r JOIN version v ON v.seq = r.seq"
                                             " WHERE r.id = ? AND r.n = 2", changed["id"])
        versions = self.query("SELECT received_ms, body FROM version WHERE rid = ? ORDER BY n", rid)
        window.do("win.show-record", PATIENT, source["id"], "Condition", changed["id"])
        meta = json.loads(versions[1][1])["meta"]
        self.assertEqual(meta["versionId"], "2")
        lines = self.details(window, "Version at the source, 2")
        pulls = ["Brought by, " + self.begun(second), "First seen by, " + self.begun(first["id"]), "Last confirmed by, " + self.begun(third)]
        self.assertEqual(len(set(pulls)), 3)
        known = ["First seen, " + self.time(seen), "This version, " + self.time(versions[1][0]), "Last confirmed, " + self.time(confirmed),
                 "How it came, Listed by the source"]
        updated = time.strftime("%-d %b %Y, %H:%M", time.strptime(meta["lastUpdated"][:16], "%Y-%m-%dT%H:%M"))
        expected = ["Resource, Condition", "Id at the source, " + changed["id"], "Version at the source, 2", "Updated at the source, " + updated,
                    *known, *pulls, f"Size, {len(versions[1][1]) / 1000:.1f}\xa0kB", "SHA-256, " + hashlib.sha256(versions[1][1]).hexdigest()]
        self.assertEqual([re.sub(r" UTC$", "", line) for line in lines], expected)
        window.find("Conditions · " + source["name"], "label")
        window.focus("Version", "push button")
        window.type("space", "Down", "Return")
        lines = self.details(window, "This version, " + self.time(versions[0][0]))
        self.assertEqual([line for line in lines if re.search(" by, | at the source, ", line)],
                         ["Id at the source, " + changed["id"], "Brought by, " + self.begun(first["id"]), pulls[2]])
        self.assertIn("SHA-256, " + hashlib.sha256(versions[0][1]).hexdigest(), lines)
        self.open_line(window, lines, pulls[2])
        window.says("What Changed", also=[source["name"] + " · " + self.begun(third), "Nothing Changed"])
        self.end(window)

    def open_line(self, window, lines, line):
        """By the keyboard."""
        window.focus(lines[0], "list item")
        window.type(*["Down"] * lines.index(line))
        wait_for(lambda: window.walk(lambda node: node.name == line and node.has("focused")), 20)
        window.type("Return")

    def test_once(self):
        """A pull that did all there is to tell is told once; how each record came is said in words."""
        window = self.open_demo()
        first, = self.ctl("pull", "list", PATIENT)["data"]
        source = self.ctl("source", "list")["data"][0]["id"]
        words = {"search": "Listed by the source", "reference": "Another record points at it", "attachment": "Attached to another record"}
        found = self.query("SELECT v.reached, t.name, r.id FROM stream s JOIN record r ON r.sid = s.sid JOIN version v ON v.seq = r.seq"
                           " JOIN rtype t ON t.n = r.type WHERE s.patient_id = ? GROUP BY v.reached", PATIENT)
        self.assertEqual({reached for reached, _, _ in found}, set(words))
        for reached, kind, record in found:
            with self.subTest(reached):
                window.do("win.show-record", PATIENT, source, kind, record)
                lines = self.details(window, "Id at the source, " + record)
                self.assertIn("How it came, " + words[reached], lines)
                self.assertEqual([line for line in lines if " by, " in line], ["Brought by, " + self.begun(first["id"])])
                window.do("win.back")
        self.end(window)

    def test_gone(self):
        """What the source lists no more says since when; what it has no more says that."""
        window = self.open_demo()
        self.folder.find_portal()
        source = self.ctl("source", "list")["data"][0]["id"]
        for status, column, words in ((500, "missed_ms", "No longer listed by the source"), (404, "gone_ms", "No longer at the source")):
            with self.subTest(words):
                self.folder.fault("hidden-records", types=["Condition"], status=status)
                self.start_pull()
                record, ms = self.query(f"SELECT r.id, a.{column} FROM absence a JOIN record r ON r.rid = a.rid")[0]
                window.do("win.show-record", PATIENT, source, "Condition", record)
                lines = self.details(window, f"{words}, {self.time(ms)}")
                self.assertEqual(len([line for line in lines if line.startswith("No longer")]), 1)
                window.do("win.back")
        self.end(window)


class Undo(Case):
    def test_destination(self):
        """What can be taken back has a button for it in the word that it was done."""
        window = self.open_demo()
        server = self.destination(SERVER)["id"]
        window.do("win.disable-destination", server)
        window.press("Undo")  # before anything else: it goes by itself
        wait_for(lambda: self.did()[:2] == ["destination.enable", "destination.disable"])
        self.assertNotEqual(self.destination(SERVER)["status"], "disabled")
        self.end(window)

    def did(self):
        return [entry["action"] for entry in self.ctl("audit", "list")["data"]]


class Activity(Case):
    def test_filter(self):
        """By kind and by words."""
        window = self.open_demo()
        self.ctl("patient", "add", "someone-new")
        window.do("win.section", "activity")
        window.says("Added a patient")
        window.focus("Search who did what", "entry")
        window.type(*"someone")
        wait_for(lambda: "Made a connect link" not in window.words())
        window.says("Added a patient")
        window.type("ctrl+a")
        window.write("amara")  # whose link it is, and not the link's id
        window.says("Made a connect link", also=["Amara Okafor"])
        self.assertNotIn("ps_", window.words())
        window.type("ctrl+a")
        window.write("a connect link")  # as it is read there, and not session.create
        window.says("Made a connect link")
        wait_for(lambda: "Added a patient" not in window.words())
        self.end(window)

    def test_saved(self):
        """What is listed is saved as a table, and nothing else."""
        window = self.open_demo()
        path = os.path.join(self.folder.root, "who.csv")
        self.ctl("patient", "add", "one", "--name", "Only One")
        window.do("win.section", "activity")
        window.says("Made a connect link")
        window.focus("Search who did what", "entry")
        window.write("Added a patient")
        wait_for(lambda: "Made a connect link" not in window.words())
        window.click("Save what is listed as a table")
        window.find("Save the Table")
        window.type("ctrl+a")
        window.write(path)
        window.type("Return")
        window.says("Table saved")  # before anything else: it goes by itself
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[0], '"time","person","action","object","detail"')
        self.assertEqual([line.split(",")[2] for line in lines[1:]], ['"patient.add"'])
        self.end(window)

    def test_search_on_the_page(self):
        """Ctrl+F searches what is on the page: who did what, a patient's records, the bytes of a record."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        for action, words, name in (
                (("win.section", "activity"), "Made a connect link", "Search who did what"),
                (("win.show-patient", PATIENT), "Search these records", "Search these records"),
                (("win.show-record", PATIENT, source, "Condition", record["id"]), "SHA-256", "Find")):
            with self.subTest(action):
                window.do(*action)
                window.says(words)
                window.type("ctrl+f")
                wait_for(lambda name=name: window.walk(lambda node: node.name == name and node.has("focused")), 20)
        window.write("resourcetype")
        wait_for(lambda: self.n_selected(window) == len("resourcetype"), 20)
        self.end(window)

    @classmethod
    def n_selected(cls, window):
        """How many letters of the bytes are marked as found."""
        return len(cls.selected(window))

    @staticmethod
    def selected(window):
        text = window.find("Raw record")
        bounds = text.bus.call(text.bus.name, text.path, "Text.GetSelection", GLib.Variant("(i)", (0,)))
        return text.bus.call(text.bus.name, text.path, "Text.GetText", GLib.Variant("(ii)", bounds))[0] if bounds[0] < bounds[1] else ""

    @staticmethod
    def part(window):
        """→ what is shown of how many bytes"""
        return [int(number.replace(",", "")) for number in re.search(r"bytes ([0-9,]+) to ([0-9,]+) of ([0-9,]+)", window.words()).groups()]

    def lengthen(self, record, places):
        """Makes megabytes of a record, in one line, that have other words in those places."""
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            (rowid, body), = database.execute("SELECT v.seq, v.body FROM version v JOIN record r ON v.seq = r.seq WHERE r.id = ?", (record["id"],))
            hay = bytearray(b"Zm9v" * (MEGABYTES << 18))
            for at, words in places:
                words = words.encode()
                hay[int(len(hay) * at):int(len(hay) * at) + len(words)] = words
            body = json.loads(body)
            body["extension"] = [{"url": "http://clinic.example/scan", "valueBase64Binary": hay.decode()}]
            body = json.dumps(body, ensure_ascii=False).encode()
            database.execute("UPDATE version SET body = ?, bytes = ? WHERE seq = ?", (body, len(body), rowid))
        database.close()
        return body

    def test_long_record(self):
        """All of a long record is searched and copied; a part of it is shown, and which."""
        self.demo_room()
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        self.lengthen(record, ((0.3, "Needle-1"), (0.5, "NEEDLE-2"), (0.99, "needle-3")))
        window = self.folder.sandbox()
        ready(self.folder)
        window.do("win.show-record", PATIENT, source, "Condition", record["id"])
        window.says("SHA-256")
        window.type("ctrl+f")
        window.says("bytes 1 to ")
        wait_for(lambda: window.walk(lambda node: node.name == "Find" and node.has("focused")), 20)
        window.write("needle-")
        for key, words, place in ((None, "1 of 3", "Needle-"), ("Return", "2 of 3", "NEEDLE-"), ("Return", "3 of 3", "needle-"),
                                  ("Return", "1 of 3", "Needle-"), ("ctrl+shift+g", "3 of 3", "needle-")):
            if key:
                window.type(key)
            window.says(words)
            wait_for(lambda place=place: self.selected(window) == place, 20)
        first, last, of = self.part(window)
        self.assertTrue(0.98 * of < first < 0.99 * of < last < of, (first, last, of))
        window.press("Earlier Part")
        wait_for(lambda: self.part(window)[1] == first - 1, 20)
        window.press("Next place where it was found")
        window.says("3 of 3")
        window.focus("Find", "entry")
        window.type("ctrl+a")
        window.write("not in there")
        window.says("Not found")
        self.end(window)

    def test_long_record_is_light(self):
        """Whatever it takes to read and describe a long record, the window answers meanwhile."""
        self.demo_room()
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Observation", "--limit", "1")["data"][0]
        self.lengthen(record, ())
        path = os.path.join(self.folder.root, "meter")
        window = self.folder.sandbox(env=dict(self.folder.env, CHARTROOM_METER=path))
        ready(self.folder)
        for name, action, words in (("record", "win.show-record", "SHA-256"), ("versions", "win.compare-versions", "Nothing differs")):
            begun = time.monotonic_ns() // 1000
            window.do(action, PATIENT, source, record["type"], record["id"])
            window.says(words)
            if name == "record":
                window.type("ctrl+f")
                window.says("bytes 1 to ")
            time.sleep(1)
            with open(path) as file:
                turns = [[int(number) for number in line.split()[1:]] for line in file if line.startswith("turn ") and line.endswith("\n")]
            longest = sorted(turn[2] / 1000 for turn in turns if turn[0] - turn[1] >= begun)[-5:]
            self.assertLess(longest[-1], LONGEST, name)
        self.end(window)

    def test_long_versions(self):
        """Of two long versions that begin alike it is not said that nothing differs."""
        self.demo_room()
        source = self.ctl("source", "list")["data"][0]["id"]
        record = self.ctl("record", "list", PATIENT, "--type", "Condition", "--limit", "1")["data"][0]
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            (seq, rid, body), = database.execute("SELECT v.seq, v.rid, v.body FROM version v JOIN record r ON v.seq = r.seq WHERE r.id = ?",
                                                 (record["id"],)).fetchall()
            body = json.dumps(dict(json.loads(body), note=[{"text": "x" * 600000}]))
            last = database.execute("SELECT max (seq) + 1 FROM version").fetchone()[0]
            columns = [row[1] for row in database.execute("PRAGMA table_info (version)")]
            values = dict(zip(columns, database.execute("SELECT * FROM version WHERE seq = ?", (seq,)).fetchone()))
            values.update(seq=last, n=2, previous=seq, body=(body[:-1] + ', "language": "en"}').encode())
            database.execute("INSERT INTO version (%s) VALUES (%s)" % (", ".join(columns), ", ".join("?" * len(columns))), list(values.values()))
            database.execute("UPDATE version SET body = ? WHERE seq = ?", (body.encode(), seq))
            database.execute("UPDATE record SET seq = ?, n = 2 WHERE rid = ?", (last, rid))
        database.close()
        window = self.folder.sandbox()
        ready(self.folder)
        window.do("win.show-record", PATIENT, source, "Condition", record["id"])
        window.says("Version 2")
        window.press("Compare")
        window.says("only the first part of the record is compared")
        self.end(window)

    def test_search_from_anywhere(self):
        """Ctrl+K finds a patient from any page; Ctrl+F does where a page has nothing to search in."""
        window = self.open_demo()
        window.says("Needs Someone")
        for key, section in (("ctrl+k", "destinations"), ("ctrl+f", "overview")):
            window.do("win.section", section)
            window.type(key)
            window.says("12 patients")
            window.type(*"amara")
            window.says("1 patient")
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
