# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pull changed, how it waited and what it asked; and that its log tells nobody of whom."""
import os
import stat
import unittest

from ctltest import Bench, Visitor, wait_for

LINE = {"at", "method", "path", "status", "error", "bytes", "took_ms", "attempts", "asked_to_wait_ms", "sent"}


class History(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        about = self.bench.about()
        self.person = about["patients"][3]
        source = self.bench.add_portal(about["portal"])
        self.id = self.person["clinic_id"]
        self.bench.add_person(self.person)
        self.bench.serve()
        self.source = source
        self.first = self.connect()

    def connect(self):
        """→ the pull that follows, which asks for everything"""
        before = {p["id"] for p in self.ask("pull", "list", self.id)["data"]}
        session = self.ask("session", "create", self.id, "--source", self.source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))
        return wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"]
                                 if p["id"] not in before and p["finished_at"]])[0]

    def pull(self):
        return self.ask("pull", "start", self.id, "--wait")["data"][0]

    def changes(self, pull, *more):
        return self.ask("pull", "changes", pull["id"], *more)["data"]

    def counts(self, pull):
        return {t.pop("type"): t for t in self.ask("pull", "show", pull["id"])["changes"]}

    def test_who_looked(self):
        """What was read by a command is kept under the name it was given, in one line as long as it goes on."""
        record = self.ask("record", "list", self.id)["data"][0]
        name = record["type"] + "/" + record["id"]
        for _ in range(3):
            self.assertEqual(self.bench.run("record", "show", self.id, name, before=("--as", "Ada")).code, 0)
        self.ask("record", "save", self.id, "--output", os.path.join(self.bench.root, "all.ndjson"))
        looks = self.ask("look", "list", self.id)["data"]
        self.assertEqual(set(looks[0]), {"person", "kind", "first_at", "last_at"})
        self.assertEqual([look["kind"] for look in looks if look["person"] == "Ada"], ["raw"])
        self.assertEqual({look["kind"] for look in looks}, {"raw", "record", "save"})
        self.assertEqual(looks, sorted(looks, key=lambda look: look["last_at"], reverse=True))
        self.assertEqual(self.ask("look", "list", self.id, "--limit", "1", "--offset", "1")["data"], looks[1:2])
        self.assertEqual(self.bench.run("look", "list", "nobody").code, 3)

    def test_what_a_pull_changed(self):
        records = self.ask("record", "list", self.id)["data"]
        added = self.changes(self.first)
        self.assertEqual({(c["type"], c["id"]) for c in added}, {(r["type"], r["id"]) for r in records})
        self.assertEqual({(c["change"], c["version_before"], c["version_after"]) for c in added}, {("added", None, 1)})
        self.assertEqual(sum(t["added"] for t in self.counts(self.first).values()), len(records))
        self.assertEqual(self.changes(self.first, "--limit", "5") + self.changes(self.first, "--offset", "5"), added)

        quiet = self.pull()
        self.assertEqual((self.changes(quiet), self.counts(quiet)), ([], {}))

        self.bench.fault("hidden-records", types=["Condition"], n=2)
        less = self.connect()
        gone = self.changes(less)
        self.assertEqual([(c["type"], c["change"], c["version_before"], c["version_after"], c["http_status"])
                          for c in gone], [("Condition", "gone", 1, None, 404)] * 2)
        self.assertEqual(self.counts(less)["Condition"]["gone"], 2)
        self.assertEqual(self.changes(less, "--type", "Observation"), [])

        self.bench.no_faults()
        back = self.connect()
        self.assertEqual({(c["id"], c["change"]) for c in self.changes(back)}, {(c["id"], "returned") for c in gone})
        self.assertEqual(self.changes(less), gone)  # what was, stays told
        self.ask("pull", "changes", "pull_none", code=3)

    def test_versions(self):
        self.bench.fault("changed-records", types=["Condition"])
        pull = self.pull()
        self.assertGreater(pull["changed"], 0)
        changed = self.changes(pull)
        self.assertEqual(len(changed), pull["changed"] + pull["new"])
        self.assertEqual({(c["type"], c["change"], c["version_before"], c["version_after"]) for c in changed},
                         {("Condition", "changed", 1, 2)})
        self.assertEqual(self.counts(pull)["Condition"]["changed"], pull["changed"])

    def test_waits_and_retries(self):
        self.bench.fault("rate-limit", retry_after="7", types=["Condition"], count=1)
        pull = self.pull()
        shown = self.ask("pull", "show", pull["id"])
        self.assertEqual(pull["status"], "complete")
        self.assertEqual([w["reason"] for w in shown["waits"]], ["rate_limit"])
        self.assertGreaterEqual(shown["waits"][0]["duration_ms"], 6000)
        self.assertEqual(shown["started_by"], "tester")
        self.assertIn(429, [line["status"] for line in self.ask("pull", "log", pull["id"])["data"]])

        self.bench.no_faults()
        self.bench.fault("rate-limit", retry_after="1", types=["Condition"], count=1)
        pull = self.pull()
        shown = self.ask("pull", "show", pull["id"])
        self.assertEqual((shown["waits"], shown["retries"]), ([], 1))
        self.assertIn(2, [line["attempts"] for line in self.ask("pull", "log", pull["id"])["data"]])

    def test_log(self):
        shown = self.ask("pull", "show", self.first["id"])
        lines = self.ask("pull", "log", self.first["id"])["data"]
        self.assertEqual(len(lines), shown["requests"])
        for line in lines:
            self.assertEqual(set(line), LINE)
        paths = {line["path"] for line in lines}
        self.assertTrue({"metadata", "Patient/{id}"} <= paths, paths)
        self.assertTrue(any(p.startswith("Observation?patient=…&_count=") for p in paths), paths)

        self.assertTrue(self.ask("pull", "log", self.first["id"], "--output", "log.txt")["ok"])
        path = os.path.join(self.bench.root, "log.txt")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(len(text.splitlines()), len(lines))
        words = {self.id, self.person["name"], self.person["family"], self.person["birth_date"], "Bearer", "127.0.0.1",
                 *(str(v) for k, v in self.person.items() if k.endswith("_id") or k in ("username", "email"))}
        words |= {r["id"] for r in self.ask("record", "list", self.id)["data"]}
        self.assertGreater(len(words), 100)
        for word in words:
            self.assertNotIn(word.lower(), text.lower())
        self.ask("pull", "log", self.first["id"], "--output", "/proc/none/x", code=1)
        self.ask("pull", "log", "pull_none", code=3)


if __name__ == "__main__":
    unittest.main()
