# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed in the middle of its work again and again, the server ends with everything, once."""
import os
import random
import signal
import time
import unittest

from ctltest import Bench, Visitor, wait_for

KILLS = 20


class Kill(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()

    def test_killed(self):
        seed = int(os.environ.get("CHARTROOM_TEST_SEED", random.randrange(1 << 30)))
        print("seed", seed, flush=True)
        moments = random.Random(seed)
        about = self.bench.about(counts=True)
        bucket = about["bucket"]
        people = [about["patients"][i] for i in (1, 3, 8)]
        source = self.bench.add_portal(about["portal"])
        lake = self.ask("destination", "add", "s3", "--name", "Lake", "--endpoint", bucket["endpoint"], "--bucket",
                        bucket["bucket"], "--region", bucket["region"], "--access-key", bucket["access_key"],
                        "--secret-stdin", secret=bucket["secret_key"])["id"]
        self.bench.serve()
        self.bench.fault("slow", delay_ms=120)
        for person in people:
            self.bench.add_person(person)
            session = self.ask("session", "create", person["clinic_id"], "--source", source, "--return-url",
                               "https://c.example/")
            self.assertIn("success=true", Visitor().sign_in(session["url"], person))

        for _ in range(KILLS):
            time.sleep(moments.uniform(0.02, 0.6))
            self.bench.end(self.bench.server, signal.SIGKILL)
            self.bench.serve()
        self.bench.no_faults()

        def all_done():
            pulls = self.ask("pull", "list")["data"]
            runs = self.ask("run", "list")["data"]
            final = ("complete", "partial", "failed", "cancelled")
            return len(pulls) == 3 and all(x["status"] in final for x in pulls + runs)
        wait_for(all_done)
        pulls = self.ask("pull", "list")["data"]
        self.assertEqual({p["status"] for p in pulls}, {"complete"})
        total = 0
        for person, pull in ((p, [x for x in pulls if x["patient_id"] == p["clinic_id"]][0]) for p in people):
            shown = self.ask("pull", "show", pull["id"])
            self.assertEqual({q["status"] for q in shown["queries"]} - {"complete", "not_supported", "not_granted"}, set())
            count = self.ask("patient", "show", person["clinic_id"])["records"]
            self.assertEqual(count, sum(q["new"] for q in shown["queries"]))
            listed = {}
            for record in self.ask("record", "list", person["clinic_id"], "--limit", "100000")["data"]:
                listed[record["type"]] = listed.get(record["type"], 0) + 1
                self.assertEqual(record["version"], 1)
            for kind, expected in person["records"].items():
                self.assertGreaterEqual(listed[kind], expected, kind)
                if kind not in person["references"]:
                    self.assertEqual(listed[kind], expected, kind)
            self.assertEqual(listed["Binary"], person["attachments"])
            total += count
        shown = self.ask("destination", "show", lake)
        self.assertEqual((shown["delivered"], shown["stored"], shown["failing"]), (total, total, 0))
        self.assertTrue(self.ask("check")["ok"])
        self.assertEqual(self.bench.end(self.bench.server), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
