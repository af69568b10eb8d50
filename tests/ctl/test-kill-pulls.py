# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at any instant of its pulls, the server loses nothing it stored, keeps nothing twice, and goes on.

CHARTROOM_TEST_KILLS says how often (300 is the proof, the rest is for every day), CHARTROOM_TEST_SEED when."""
import json
import os
import random
import signal
import sqlite3
import time
import unittest

from ctltest import Bench, Visitor, wait_for

KILLS = int(os.environ.get("CHARTROOM_TEST_KILLS", "24"))
SECONDS = float("inf") if "CHARTROOM_TEST_KILLS" in os.environ else 60
ROUND = 8  # kills between two pulls
CHANGES = 7  # at the portal, each with later stamps: what came late is kept too and counted apart
FINAL = ("complete", "partial", "failed", "cancelled")


class KillPulls(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()

    def prepare(self, numbers):
        about = self.bench.about(counts=True)
        self.people = [about["patients"][i] for i in numbers]
        self.lapses = 0
        self.source = self.bench.add_portal(about["portal"])
        self.bench.serve()
        self.bench.fault("slow", delay_ms=60)
        # Refreshed now and then: the sandbox takes the previous refresh token once more, as careful portals do.
        self.bench.fault("token-lifetime", seconds=60)
        for person in self.people:
            self.bench.add_person(person)
            self.connect(person)

    def connect(self, person):
        session = self.ask("session", "create", person["clinic_id"], "--source", self.source, "--return-url",
                           "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))

    def connection(self, person):
        return self.ask("connection", "list", person["clinic_id"])["data"][0]

    def check_file(self):
        """What a killed server left, before anybody mends it: whole pages only, and rules that hold."""
        file = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"))
        try:
            self.assertEqual(file.execute("PRAGMA quick_check").fetchone()[0], "ok")
            wrong = file.execute("SELECT count(*) FROM (SELECT rid, sha256 FROM version GROUP BY rid, sha256"
                                 " HAVING count(*) > 1)").fetchone()[0]
            self.assertEqual(wrong, 0, "the same bytes are kept twice")
            for pull, received, kept in file.execute(
                    "SELECT p.id, (SELECT coalesce(sum(n_new + n_changed), 0) FROM pull_query WHERE pull_id = p.id),"
                    " (SELECT count(*) FROM version v WHERE v.pull = p.n) FROM pull p"):
                self.assertEqual(received, kept, "counted with what it counts")
        finally:
            file.close()

    def pull_all(self):
        for person in self.people:
            if self.connection(person)["status"] != "active":
                # Two answers in a row were lost with the process: now the portal may refuse, and the patient comes again.
                self.assertEqual(self.connection(person)["failure_code"], "refresh_refused")
                self.lapses += 1
                self.connect(person)
            self.ask("pull", "start", person["clinic_id"])

    def all_final(self):
        pulls = self.ask("pull", "list", "--limit", "1000")["data"]
        return pulls if all(pull["status"] in FINAL for pull in pulls) else None

    def test_killed(self):
        seed = int(os.environ.get("CHARTROOM_TEST_SEED", random.randrange(1 << 30)))
        print("seed", seed, "kills", KILLS, flush=True)
        moments = random.Random(seed)
        self.prepare((1, 3, 8, 10))
        begun, kills, rounds = time.monotonic(), 0, 0
        while kills < KILLS and time.monotonic() - begun < SECONDS:
            if kills % ROUND == 0:
                rounds += 1
                self.bench.fault("changed-records", n=8, round=1 + rounds * CHANGES // (KILLS // ROUND + 1),
                                 types=["Observation", "Condition", "Patient", "Encounter"])
                self.pull_all()
            time.sleep(moments.uniform(0.0, 0.45))
            self.bench.end(self.bench.server, signal.SIGKILL)
            kills += 1
            self.check_file()
            self.assertTrue(self.ask("check")["ok"])
            self.bench.serve()
        print("killed", kills, "times in", round(time.monotonic() - begun), "s, changed", rounds, "times", flush=True)
        self.bench.http("DELETE", "/_sandbox/faults/slow")
        wait_for(self.all_final)
        self.pull_all()
        pulls = wait_for(self.all_final)
        print("lapses", self.lapses, flush=True)
        self.assertLessEqual(self.lapses, 1 + kills // 100)
        ended = [pull for pull in pulls if pull["status"] != "complete"]
        self.assertEqual(len([pull for pull in ended if pull["error"]["code"] == "sign_in"]), len(ended), ended)
        self.assertLessEqual(len(ended), self.lapses)
        self.assertEqual({self.connection(person)["status"] for person in self.people}, {"active"})
        for person in self.people:
            self.compare(person)
        self.assertTrue(self.ask("check")["ok"])
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def compare(self, person):
        """The store has what the portal has, byte for byte, and each thing once."""
        listed = self.ask("record", "list", person["clinic_id"], "--limit", "100000")["data"]
        names = [(record["type"], record["id"]) for record in listed]
        self.assertEqual(len(names), len(set(names)))
        for kind, expected in dict(person["records"], Binary=person["attachments"]).items():
            count = sum(1 for name in names if name[0] == kind)
            if kind in person["references"]:
                self.assertGreaterEqual(count, expected, kind)
            else:
                self.assertEqual(count, expected, kind)
        portal = self.bench.reader(person)
        path = os.path.join(self.bench.root, "saved.ndjson")
        self.assertEqual(self.ask("record", "save", person["clinic_id"], "--output", path)["records"], len(names))
        with open(path, "rb") as file:
            for line in file:
                record = json.loads(line)
                there = portal(record["resourceType"] + "/" + record["id"])
                if record["resourceType"] == "Binary":  # a file came as such: its bytes count, not the JSON around them
                    self.assertEqual(record["data"], json.loads(there)["data"])
                else:
                    self.assertEqual(line[:-1], there)


class StrictRotation(unittest.TestCase):
    def test_lost_answer(self):
        """A portal that takes no refresh token twice, and an answer that is lost with the process that asked: the
        patient must connect again, and is told why."""
        bench = Bench()
        self.addCleanup(bench.close)
        bench.start_sandbox()
        about = bench.about()
        person = about["patients"][4]
        source = bench.ask("source", "add", "--name", "Portal", "--fhir-base-url", bench.portal + "/portal/fhir",
                           "--client-id", about["portal"]["client_id"])["id"]
        bench.serve()
        bench.fault("token-lifetime", seconds=1)
        bench.ask("patient", "add", person["clinic_id"], "--name", person["name"], "--birth-date",
                  person["birth_date"], "--sex", person["sex"])
        session = bench.ask("session", "create", person["clinic_id"], "--source", source, "--return-url",
                            "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))
        wait_for(lambda: bench.ask("pull", "list")["data"][0]["status"] == "complete")
        before = bench.ask("patient", "show", person["clinic_id"])["records"]
        bench.fault("strict-rotation")
        bench.fault("slow-token", delay_ms=120000)
        time.sleep(1.2)
        asked = bench.requests("/portal/token")
        bench.ask("pull", "start", person["clinic_id"])
        wait_for(lambda: bench.requests("/portal/token") > asked)  # done there, and the answer is on its way
        bench.end(bench.server, signal.SIGKILL)
        bench.no_faults()
        bench.fault("strict-rotation")
        bench.serve()
        pull = wait_for(lambda: [p for p in bench.ask("pull", "list")["data"] if p["status"] in FINAL and
                                 p["trigger"] == "manual"])[0]
        self.assertEqual(pull["status"], "failed")
        connection = bench.ask("connection", "list", person["clinic_id"])["data"][0]
        self.assertEqual(connection["status"], "refresh_failed")
        self.assertEqual(connection["failure_code"], "refresh_refused")
        self.assertIn("refused to renew access (invalid_grant)", str(bench.ask("auth", "list", person["clinic_id"])))
        self.assertEqual(bench.ask("patient", "show", person["clinic_id"])["records"], before)
        self.assertTrue(bench.ask("check")["ok"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
