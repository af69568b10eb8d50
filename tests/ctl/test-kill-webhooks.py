# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed at random moments while events are made and told: what happened has its event, and every event reaches the receiver
at least once."""
import collections
import json
import os
import random
import signal
import sqlite3
import threading
import time
import unittest
import urllib.error

from ctltest import Bench, Visitor, wait_for
from receiver import Receiver

KILLS = 25
ENDED = ("complete", "partial", "failed")


class KillWebhooks(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox("--patients", "10")
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.receiver.handle_error = lambda *_: None  # who is killed leaves in the middle of a request
        self.receiver.answer = (200, {}, b"ok", 0.03)

    def sign_in(self, url, person):
        """As far as the engine lets the patient."""
        try:
            Visitor().sign_in(url, person)
        except (OSError, urllib.error.URLError, AssertionError, KeyError, TypeError, ValueError):
            pass

    def rows(self, sql):
        with sqlite3.connect(os.path.join(self.bench.data, "chartroom.db")) as db:
            found = db.execute(sql).fetchall()
        db.close()
        return found

    def test_every_event_is_told(self):
        seed = int(os.environ.get("CHARTROOM_TEST_SEED", random.randrange(1 << 30)))
        print("seed", seed, flush=True)
        moments = random.Random(seed)
        about = self.bench.about()
        people = [person for person in about["patients"] if not person["mismatch"]]
        source = self.bench.add_portal(about["portal"])
        self.bench.serve()
        webhook = self.ask("webhook", "add", self.receiver.url, "--allow-private")["id"]
        for person in people:
            self.bench.add_person(person)
        longest = 0.7
        for number in range(KILLS + 1):
            person = people[number % len(people)]
            session = self.ask("session", "create", person["clinic_id"], "--source", source, "--return-url", "https://c.example/")
            if number == 0:  # the first comes to its end: how long that takes is when there is something to break off
                begun = time.monotonic()
                self.sign_in(session["url"], person)
                longest = max(longest, 1.5 * (time.monotonic() - begun))
                continue
            visit = threading.Thread(target=self.sign_in, args=(session["url"], person))
            visit.start()
            time.sleep(moments.uniform(0.02, longest))
            self.bench.end(self.bench.server, signal.SIGKILL)
            self.bench.serve()
            visit.join()

        def is_quiet():
            pulls = self.ask("pull", "list", "--limit", "100")["data"]
            return all(pull["status"] in ENDED for pull in pulls) and self.ask("webhook", "show", webhook)["pending"] == 0
        wait_for(is_quiet)
        self.assertEqual(self.bench.end(self.bench.server), 0)

        events = self.rows("SELECT n, type, data FROM event")
        deliveries = self.rows("SELECT id, event, status FROM delivery")
        told = collections.Counter(self.receiver.ids())
        print(f"{KILLS} kills, {len(events)} events, {len(told)} told, {sum(n > 1 for n in told.values())} of them more than once")
        self.assertGreater(len(events), 5)
        self.assertEqual(sorted(event for _, event, _ in deliveries), sorted(n for n, _, _ in events))
        self.assertEqual({status for _, _, status in deliveries}, {"delivered"})
        self.assertEqual({ident for ident, _, _ in deliveries}, set(told))
        # Nothing happened without its event, and no event is of what did not happen.
        sessions = [json.loads(data)["id"] for _, kind, data in events if kind == "patient_session.completed"]
        self.assertEqual(sorted(sessions), sorted(ident for ident, in self.rows("SELECT id FROM session WHERE status = 'complete'")))
        for kind, statuses in (("records.sync.completed", "'complete', 'partial'"), ("records.sync.failed", "'failed'")):
            patients = collections.Counter(json.loads(data)["patient_id"] for _, one, data in events if one == kind)
            pulls = self.rows(f"SELECT patient_id, count(*) FROM pull WHERE status IN ({statuses}) GROUP BY 1")
            self.assertEqual(dict(patients), dict(pulls), kind)


if __name__ == "__main__":
    unittest.main(verbosity=2)
