# SPDX-License-Identifier: GPL-3.0-or-later
"""Who must sign in again, and what is left of those who go: nothing, in any file."""
import glob
import json
import os
import random
import re
import signal
import time
import unittest

from ctltest import CTL, Bench, Visitor, wait_for

DAY = 24 * 60 * 60


def strings(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


class Removal(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        about = self.bench.about()
        self.people = about["patients"]
        self.bucket = about["bucket"]
        self.source = self.bench.add_portal(about["portal"])
        self.bench.serve()

    def add(self, person):
        self.bench.add_person(person)

    def sign_in(self, person, as_person=None):
        session = self.ask("session", "create", person["clinic_id"], "--source", self.source, "--return-url",
                           "https://c.example/")
        return Visitor().sign_in(session["url"], as_person or person)

    def connect(self, person):
        """→ the connection, with its first pull done"""
        self.add(person)
        self.assertIn("success=true", self.sign_in(person))
        self.quiet()
        return self.ask("connection", "list", person["clinic_id"])["data"][0]["id"]

    def quiet(self):
        def all_done():
            pulls = self.ask("pull", "list")["data"]
            runs = self.ask("run", "list")["data"]
            return all(x["status"] in ("complete", "partial", "failed", "cancelled") for x in pulls + runs)
        wait_for(all_done)

    def lake(self, *more):
        b = self.bucket
        made = self.ask("destination", "add", "s3", "--name", "Lake", "--endpoint", b["endpoint"], "--bucket", b["bucket"],
                        "--region", b["region"], "--access-key", b["access_key"], "--secret-stdin", *more,
                        secret=b["secret_key"])["id"]
        self.quiet()
        return made

    def records(self, person):
        return {(r["type"], r["id"]): (r["version"], r["sequence"], r["sha256"])
                for r in self.ask("record", "list", person["clinic_id"], "--limit", "100000")["data"]}

    def bytes_of(self, person):
        path = os.path.join(self.bench.root, "saved.ndjson")
        self.ask("record", "save", person["clinic_id"], "--output", path)
        with open(path, "rb") as saved:
            lines = saved.read()
        os.unlink(path)
        return lines

    def files(self):
        """Everything that is Chartroom's; the sandbox is the portal's, and its log is a log of its own."""
        found = [p for p in glob.glob(os.path.join(self.bench.data, "**", "*"), recursive=True) if os.path.isfile(p)]
        return found + glob.glob(os.path.join(self.bench.root, "keyring*")) + \
            glob.glob(os.path.join(self.bench.root, "log-*"))[1:]

    def found(self, traces):
        found = set()
        for path in self.files():
            with open(path, "rb") as file:
                text = file.read().lower()
            found |= {(trace, os.path.basename(path)) for trace in traces if trace.lower().encode() in text}
        return found

    def tokens(self):
        with open(os.path.join(self.bench.root, "sandbox", "portal.json")) as file:
            text = file.read()
        return [t for t in strings(json.loads(text)) if re.fullmatch(r"[A-Za-z0-9_-]{24,}", t)] + \
            re.findall(r'"([A-Za-z0-9_-]{32,})"\s*:', text)

    def traces(self, person, shared=b""):
        """What tells that the person was here; what others have too tells nothing."""
        lines = [json.loads(line) for line in self.bytes_of(person).splitlines()]
        ids = {r["id"] for r in lines if len(r["id"]) > 12 and r["id"].encode() not in shared}
        texts = {t for r in lines for t in strings(r)
                 if re.fullmatch("[A-Za-z0-9 ,;.:-]{30,}", t) and t.encode() not in shared}
        portal = next(r["id"] for r in lines if r["resourceType"] == "Patient")
        return {person["clinic_id"], person["name"].split()[-1], portal} | set(random.sample(sorted(ids), 20)) | texts

    # Nothing is left ------------------------------------------------------------------------

    def test_patient(self):
        mine, other = self.people[4], self.people[1]
        lake = self.lake("--layout", "patient")
        self.connect(mine)
        self.connect(other)
        traces, tokens = self.traces(mine, self.bytes_of(other)), self.tokens()
        self.assertGreater(len(tokens), 1)
        before = self.ask("destination", "show", lake)["delivered"]
        weight = self.ask("patient", "remove", mine["clinic_id"], "--dry-run")
        self.assertEqual((weight["ok"], weight["removed_at"]), (True, None))
        self.assertEqual({t for t, _ in self.found(traces)}, traces)

        receipt = self.ask("patient", "remove", mine["clinic_id"])
        self.assertEqual({k: receipt[k] for k in ("connections", "records", "versions", "pulls", "stays_at")},
                         {k: weight[k] for k in ("connections", "records", "versions", "pulls", "stays_at")})
        self.assertEqual(receipt["stays_at"], [{"destination": "Lake", "records": receipt["records"]}])
        self.assertTrue(receipt["ok"] and receipt["wiped"])
        self.assertEqual(receipt["removed_by"], "tester")
        self.assertEqual(self.found(traces | set(tokens)), set())
        self.assertEqual(self.ask("destination", "show", lake)["delivered"], before - receipt["records"])
        entry = self.ask("audit", "list")["data"][0]
        self.assertEqual((entry["action"], entry["person"], entry["object"]), ("patient.remove", "tester", None))
        self.assertIn(str(receipt["records"]) + " records", entry["detail"])
        self.assertTrue(self.ask("check")["ok"])
        self.assertEqual(self.bench.end(self.bench.server), 0)
        self.assertEqual(self.found(traces | set(tokens)), set())
        self.assertGreater(len(self.records(other)), 50)

    def kept(self, person):
        """Everything of the store's that is only about them, as bytes: sealed tokens, note, session, sign-in steps."""
        import sqlite3
        db = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"))
        rows = {}
        for what, sql in (("tokens", "SELECT sealed_tokens FROM connection WHERE patient_id = ?"),
                          ("note", "SELECT text FROM connection_note WHERE connection_id IN"
                           " (SELECT id FROM connection WHERE patient_id = ?)"),
                          ("session", "SELECT url_key FROM session WHERE patient_id = ?"),
                          ("return address", "SELECT return_url FROM session WHERE patient_id = ?"),
                          ("attempt", "SELECT id FROM attempt WHERE patient_id = ?"),
                          ("step", "SELECT id FROM auth_event WHERE patient_id = ?"),
                          ("name", "SELECT name FROM patient WHERE id = ?")):
            for value, in db.execute(sql, (person["clinic_id"],)):
                rows.setdefault(what, []).append(value.encode() if isinstance(value, str) else value)
        db.close()
        return rows

    def grep(self, rows):
        """What of it is in the store, its journal, its other files, the keyring or a log."""
        texts = []
        for path in self.files():
            with open(path, "rb") as file:
                texts.append(file.read())
        return {what for what, values in rows.items() if any(value in text for value in values for text in texts)}

    def with_everything(self, person):
        """Connected and pulled, with a note and a return address that only this person has. → the connection"""
        self.add(person)
        session = self.ask("session", "create", person["clinic_id"], "--source", self.source, "--return-url",
                           "https://c.example/quiet-corner-77")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))
        self.quiet()
        connection = self.ask("connection", "list", person["clinic_id"])["data"][0]["id"]
        self.ask("connection", "note", connection, "only mornings, says the neighbour", "--called")
        return connection

    def test_data_only(self):
        """Remove data takes every record and leaves what signing in again needs: tokens, note and session stay whole."""
        person = self.people[4]
        connection = self.with_everything(person)
        rows = self.kept(person)
        traces = self.traces(person) - {person["clinic_id"], person["name"].split()[-1], self.portal_id(person)}
        self.assertEqual({t for t, _ in self.found(traces)}, traces)
        self.assertTrue(self.ask("connection", "remove-data", connection)["wiped"])
        for _ in range(2):
            self.assertEqual(self.found(traces), set())
            self.assertEqual(self.kept(person), rows)
            if self.bench.server.poll() is None:
                self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_data_and_access(self):
        """Disconnected too, its tokens and its note go from store, journal and keyring, in the clear and sealed; the
        sessions and the steps are the patient's and stay."""
        person = self.people[4]
        connection = self.with_everything(person)
        rows, tokens = self.kept(person), self.tokens()
        traces = self.traces(person) - {person["clinic_id"], person["name"].split()[-1]}
        self.assertGreater(len(tokens), 1)
        self.assertEqual(self.grep(rows), set(rows))
        self.assertTrue(self.ask("connection", "disconnect", connection, "--remove-data")["wiped"])
        for _ in range(2):
            self.assertEqual(self.found(traces | set(tokens)), set())
            self.assertEqual(self.grep(rows), set(rows) - {"tokens", "note"})
            if self.bench.server.poll() is None:
                self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_every_table(self):
        """Tokens, note, session, return address, steps and the words of the search go with the patient, and not before."""
        person = self.people[4]
        self.with_everything(person)
        rows = self.kept(person)
        self.assertEqual(len(rows), 7)
        self.assertEqual(self.grep(rows), set(rows))
        self.assertEqual(len(self.ask("patient", "list", "-q", person["name"].split()[-1])["data"]), 1)

        self.assertTrue(self.ask("patient", "remove", person["clinic_id"])["wiped"])
        self.assertEqual(self.grep(rows), set())
        self.assertEqual(self.ask("patient", "list", "-q", person["name"].split()[-1])["data"], [])
        self.assertEqual(self.bench.end(self.bench.server), 0)
        self.assertEqual(self.grep(rows), set())

    def test_disconnect_and_remove(self):
        person = self.people[4]
        connection = self.connect(person)
        traces = self.traces(person) - {person["clinic_id"], person["name"].split()[-1]}
        receipt = self.ask("connection", "disconnect", connection, "--remove-data")
        self.assertTrue(receipt["wiped"])
        self.assertEqual(self.found(traces | set(self.tokens())), set())
        self.assertEqual(self.ask("connection", "list", person["clinic_id"])["data"][0]["status"], "disconnected")
        self.assertEqual(len(self.ask("pull", "list")["data"]), 1)
        self.assertTrue(self.ask("check")["ok"])
        self.assertIn("success=true", self.sign_in(person))
        self.quiet()
        self.assertEqual(self.ask("connection", "list", person["clinic_id"])["data"][0]["id"], connection)
        self.assertGreater(len(self.records(person)), 50)

    def test_while_exporting(self):
        """Runs and pulls under way end first; what was in their hands does not come back."""
        person = self.people[2]
        self.bench.fault("slow", delay_ms=1500)
        self.add(person)
        self.lake()
        self.assertIn("success=true", self.sign_in(person))
        connection = self.ask("connection", "list", person["clinic_id"])["data"][0]["id"]
        wait_for(lambda: len(self.records(person)) > 20)
        self.ask("connection", "remove-data", connection)
        self.assertEqual({p["status"] for p in self.ask("pull", "list")["data"]}, {"cancelled"})
        self.bench.no_faults()
        self.quiet()
        self.assertEqual(self.records(person), {})
        self.assertTrue(self.ask("check")["ok"])

    def test_killed(self):
        """All or nothing, wherever the process is killed; then the rest is done."""
        person = self.people[2]
        connection = self.connect(person)
        n = len(self.records(person))
        traces = self.traces(person) - {person["clinic_id"], person["name"].split()[-1], self.portal_id(person)}
        seed = int(os.environ.get("CHARTROOM_TEST_SEED", random.randrange(1 << 30)))
        print("seed", seed, flush=True)
        moments = random.Random(seed)
        for _ in range(8):
            asked = self.bench.spawn(CTL, "--data-dir", self.bench.data, "connection", "remove-data", connection)
            time.sleep(moments.uniform(0, 0.25))
            self.bench.end(self.bench.server, signal.SIGKILL)
            asked.wait()
            self.bench.serve()
            left = len(self.records(person))
            self.assertIn(left, (0, n))
            self.assertTrue(self.ask("check")["ok"])
            if left == 0:
                break
        self.ask("connection", "remove-data", connection)
        self.assertEqual(self.records(person), {})
        self.assertEqual(self.found(traces), set())

    # Signing in again -----------------------------------------------------------------------

    def test_reconnect(self):
        person, stranger = self.people[4], self.people[1]
        connection = self.connect(person)
        before = self.records(person)
        self.assertEqual(self.ask("connection", "list", "--reconnect")["data"], [])
        self.bench.fault("refuse-refresh")
        self.bench.end(self.bench.server)
        self.lapse(person)

        row, = self.ask("connection", "list", "--reconnect")["data"]
        self.assertEqual((row["id"], row["status"], row["days_left"], row["patient_id"]),
                         (connection, "refresh_failed", None, person["clinic_id"]))
        self.ask("connection", "note", connection, "rings at noon", "--called")
        row, = self.ask("connection", "list", "--reconnect", "--calls", "called", "--within", "3")["data"]
        self.assertEqual((row["note"], row["called_by"]), ("rings at noon", "tester"))
        self.assertEqual(self.ask("connection", "list", "--reconnect", "--calls", "needs-call")["data"], [])
        self.assertEqual(len(self.ask("connection", "list", "--reconnect", "-q", person["name"][:4])["data"]), 1)
        self.ask("connection", "list", "--reconnect", "--calls", "nonsense", code=4)
        self.ask("connection", "list", code=4)
        self.ask("connection", "note", connection, code=4)
        self.ask("connection", "note", "x", "y", code=3)

        # somebody else at the portal: everything stays as it was
        self.assertIn("success=false", self.sign_in(person, as_person=stranger))
        self.assertEqual(self.ask("connection", "list", "--reconnect")["data"], [row])
        self.assertEqual(self.records(person), before)
        self.assertIn("different_portal_patient", [e["code"] for e in self.ask("auth", "list", person["clinic_id"])["data"]])

        # the patient: the same connection, the same records in the same versions
        self.bench.no_faults()
        self.assertIn("success=true", self.sign_in(person))
        self.quiet()
        now, = self.ask("connection", "list", person["clinic_id"])["data"]
        self.assertEqual((now["id"], now["status"]), (connection, "active"))
        self.assertEqual(self.records(person), before)
        self.assertEqual(self.ask("connection", "list", "--reconnect")["data"], [])
        self.ask("patient", "remove", person["clinic_id"])

    def lapse(self, person):
        """The token has run out by the time of the next pull, and the portal renews it no more."""
        import sqlite3
        db = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"))
        db.execute("UPDATE connection SET access_expires_ms = 1000")
        db.commit()
        db.close()
        self.bench.serve()
        self.ask("pull", "start", person["clinic_id"])
        self.quiet()

    def test_days_left(self):
        person = self.people[4]
        self.bench.fault("no-refresh-token")
        self.bench.fault("token-lifetime", seconds=int(5.5 * DAY))
        connection = self.connect(person)
        row, = self.ask("connection", "list", "--reconnect")["data"]
        self.assertEqual((row["id"], row["days_left"]), (connection, 5))
        self.assertEqual(self.ask("connection", "list", "--reconnect", "--within", "5")["data"], [])
        self.assertEqual(len(self.ask("connection", "list", "--reconnect", "--within", "6")["data"]), 1)

    # The wrong patient ----------------------------------------------------------------------

    def test_rejected(self):
        person = next(p for p in self.people if p["mismatch"])
        lake = self.lake()
        connection = self.connect(person)
        hold, = self.ask("hold", "list")["data"]
        n = self.ask("patient", "show", person["clinic_id"])["records"]
        self.assertGreater(n, 20)

        def closed():
            self.assertEqual(self.ask("record", "list", person["clinic_id"])["data"], [])
            saved = self.ask("record", "save", person["clinic_id"], "--output", os.path.join(self.bench.root, "held"))
            self.assertEqual(saved, {"records": 0, "held": n})
            answer = self.bench.run("record", "show", person["clinic_id"], "Patient/" + self.portal_id(person))
            self.assertEqual((answer.code, answer.out), (4, b""))
            self.ask("destination", "export", lake, "--wait")
            self.assertEqual(self.ask("destination", "show", lake)["delivered"], 0)
        closed()
        self.ask("hold", "reject", hold["id"])
        closed()
        said = {e["step"]: e for e in self.ask("auth", "list", person["clinic_id"])["data"]}["decision"]
        self.assertEqual(said["status"], "failure")
        self.assertIn("tester decided", said["description"])
        self.ask("connection", "disconnect", connection, "--remove-data")
        self.assertEqual(self.found({hold["detail"].split("Portal: ")[1].split(",")[0]}), set())

        # whoever signs in next is compared afresh
        self.assertIn("success=true", self.sign_in(person))
        again, = self.ask("hold", "list")["data"]
        self.assertNotEqual(again["id"], hold["id"])
        self.quiet()
        self.ask("hold", "release", again["id"])
        self.quiet()
        self.assertGreater(self.ask("destination", "show", lake)["delivered"], 20)
        self.assertGreater(len(self.records(person)), 20)
        said = [(e["step"], e["status"]) for e in self.ask("auth", "list", person["clinic_id"])["data"]]
        self.assertIn(("decision", "success"), said)

    def portal_id(self, person):
        import sqlite3
        db = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"))
        found = db.execute("SELECT portal_patient_id FROM connection WHERE patient_id = ?", (person["clinic_id"],)).fetchone()
        db.close()
        return found[0]


if __name__ == "__main__":
    unittest.main(verbosity=2)
