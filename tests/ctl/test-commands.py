# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command, with --json, in a folder of its own; and what they answer when they cannot."""
import fcntl
import glob
import json
import os
import pty
import signal
import stat
import subprocess
import termios
import unittest

from ctltest import CTL, Bench, Visitor, wait_for, without_keyring

PULL = {"id", "patient_id", "connection", "connection_id", "status", "waiting_for", "trigger", "created_at", "started_at",
        "finished_at", "requests", "pages", "new", "changed", "unchanged", "failed", "error"}
QUERY = {"type", "status", "pages", "received", "new", "changed", "unchanged", "http_status", "error"}
RECORD = {"source", "type", "id", "version", "sequence", "first_seen_at", "last_confirmed_at", "sha256", "bytes"}
DESTINATION = {"id", "name", "kind", "enabled", "status", "active_run", "last_successful_run", "failed_runs",
               "last_exported_at", "stored", "delivered", "failing"}
RUN = {"id", "destination_id", "status", "trigger", "retry_of", "patients", "resources", "files", "bytes", "created_at",
       "started_at", "completed_at", "errors"}
ITEM = {"id", "name", "status", "resources", "bytes", "attempts", "next_attempt_at", "error"}
AUTH = {"id", "attempt_id", "source", "step", "status", "code", "description", "at"}
AUDIT = {"at", "person", "action", "object", "detail"}
EVENT = {"id", "type", "created_at", "data"}

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


def take_terminal():
    """As a shell starts a program that somebody types to; what runs the tests may be in the background and ignore what stops that."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Whole(unittest.TestCase):
    """The main job, command by command, without a server: each command opens the engine itself."""

    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()

    def has(self, thing, names):
        self.assertLessEqual(names, set(thing), f"missing {names - set(thing)}")

    def connect(self, index):
        """Makes a session and walks it while a server has the pages."""
        person = self.bench.about()["patients"][index]
        self.bench.serve()
        session = self.ask("session", "create", person["clinic_id"], "--source", self.source,
                           "--return-url", "https://clinic.example/back")
        end = Visitor().sign_in(session["url"], person)
        self.assertIn("success=true", end)
        self.assertEqual(self.bench.end(self.bench.server), 0)
        return person, session

    def test_main_job(self):
        ask = self.ask
        portal = self.bench.about()["portal"]

        # a source
        made = ask("source", "add", "--name", "Portal", "--fhir-base-url", self.bench.portal + "/portal/fhir/",
                   "--client-id", portal["client_id"])
        self.source = made["id"]
        self.assertTrue(self.source.startswith("fhirsrc_"))
        self.assertEqual([s["id"] for s in ask("source", "list")["data"]], [self.source])
        self.assertEqual([s["id"] for s in ask("source", "list", "-q", "por")["data"]], [self.source])
        self.assertEqual(ask("source", "list", "-q", "zzz")["data"], [])
        self.assertEqual(ask("source", "show", self.source)["name"], "Portal")
        self.assertEqual(ask("source", "set", self.source, "--parameters", "site=12&brand=a%2Fb")["parameters"],
                         "site=12&brand=a%2Fb")
        ask("source", "set", self.source, "--scopes", "openid patient/*.rs")
        self.assertEqual(ask("source", "show", self.source)["parameters"], "site=12&brand=a%2Fb")
        ask("source", "set", self.source, "--parameters", "", "--scopes", "")
        self.assertIsNone(ask("source", "show", self.source)["parameters"])
        ask("source", "set", "fhirsrc_nobody", "--parameters", "x=1", code=3)
        test = ask("source", "test", self.source)
        self.assertTrue(test["ok"])
        status = ask("status")
        self.assertIsNone(status["clock"])
        self.assertLess(abs(status["clock_skew_seconds"]), 60)
        for finding in test["findings"]:
            self.has(finding, {"check", "ok", "message"})

        # a patient
        person = self.bench.about()["patients"][4]
        clinic_id = person["clinic_id"]
        made = ask("patient", "add", clinic_id, "--name", person["name"], "--birth-date", person["birth_date"],
                   "--sex", person["sex"], "--email", person["email"])
        self.assertEqual(made["id"], clinic_id)
        self.assertEqual(ask("patient", "add", clinic_id, code=4)["error"]["code"], "conflict")
        self.assertEqual(ask("patient", "show", clinic_id)["id"], clinic_id)
        self.assertEqual([p["id"] for p in ask("patient", "list")["data"]], [clinic_id])
        self.assertEqual([p["id"] for p in ask("patient", "list", "-q", person["family"][:3])["data"]], [clinic_id])

        # connecting
        person, session = self.connect(4)
        self.assertEqual(ask("session", "show", session["id"])["status"], "complete")
        self.assertEqual([s["id"] for s in ask("session", "list", clinic_id)["data"]], [session["id"]])
        connections = ask("connection", "list", clinic_id)["data"]
        self.assertEqual([c["status"] for c in connections], ["active"])
        self.assertEqual(connections[0]["connection_id"], self.source)
        for event in ask("auth", "list", clinic_id)["data"]:
            self.has(event, AUTH)

        # pulling
        pulls = ask("pull", "start", clinic_id, "--wait")["data"]
        self.assertEqual(len(pulls), 1)
        self.assertEqual(pulls[0]["status"], "complete")
        self.has(pulls[0], PULL)
        shown = ask("pull", "show", pulls[0]["id"])
        self.assertGreater(len(shown["queries"]), 20)
        for query in shown["queries"]:
            self.has(query, QUERY)
            self.assertIn(query["status"], ("complete", "not_granted", "not_supported"))
        again = ask("pull", "start", clinic_id, "--wait")["data"][0]
        self.assertEqual((again["new"], again["changed"], again["status"]), (0, 0, "complete"))
        listed = ask("pull", "list", clinic_id)["data"]
        self.assertEqual(listed[0]["id"], again["id"])
        self.assertEqual(len(listed), len(ask("pull", "list")["data"]))
        self.assertEqual(ask("pull", "cancel", again["id"], code=4)["error"]["code"], "conflict")

        # records
        records = ask("record", "list", clinic_id)["data"]
        self.assertEqual(len(records), ask("patient", "show", clinic_id)["records"])
        for record in records:
            self.has(record, RECORD)
        observations = ask("record", "list", clinic_id, "--type", "Observation")["data"]
        self.assertEqual({r["type"] for r in observations}, {"Observation"})
        first = ask("record", "list", clinic_id, "--limit", "3")["data"]
        rest = ask("record", "list", clinic_id, "--limit", "1000", "--offset", "3")["data"]
        self.assertEqual(len(first + rest), len(records))
        self.bytes(clinic_id, records)
        self.saved(clinic_id, records)
        self.destinations(person, len(records))
        self.rest(clinic_id)

    def bytes(self, clinic_id, records):
        """`record show` gives what is stored: its size and hash are those of the list."""
        import hashlib
        for record in records[::20]:
            shown = self.bench.run("record", "show", clinic_id, f"{record['type']}/{record['id']}")
            self.assertEqual(shown.code, 0)
            self.assertEqual(len(shown.out), record["bytes"])
            self.assertEqual(hashlib.sha256(shown.out).hexdigest(), record["sha256"])
            json.loads(shown.out)
        name = f"{records[0]['type']}/{records[0]['id']}"
        self.assertEqual(self.bench.run("record", "show", clinic_id, name, "--version", "1").code, 0)
        self.ask("record", "show", clinic_id, name, "--version", "7", code=3)
        self.ask("record", "show", clinic_id, "Observation/none", code=3)
        self.ask("record", "show", clinic_id, "Observation", code=4)

    def saved(self, clinic_id, records):
        path = os.path.join(self.bench.root, "out.ndjson")
        self.assertEqual(self.ask("record", "save", clinic_id, "--output", "out.ndjson")["records"], len(records))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
        self.assertEqual(lines.pop(), b"")
        self.assertEqual(len(lines), len(records))
        names = {(r["type"], r["id"]) for r in records}
        self.assertEqual({(r["resourceType"], r["id"]) for r in map(json.loads, lines)}, names)
        self.assertEqual(self.ask("record", "save", clinic_id, code=4)["error"]["code"], "bad_input")
        self.ask("record", "save", clinic_id, "--output", "/proc/none/x", code=1)

    def destinations(self, person, n_records):
        ask, about = self.ask, self.bench.about()
        bucket, server = about["bucket"], about["fhir_destination"]
        add = ("destination", "add", "s3", "--name", "Lake", "--endpoint", bucket["endpoint"], "--bucket", bucket["bucket"],
               "--region", bucket["region"], "--access-key", bucket["access_key"], "--secret-stdin")
        refused = ask(*add, code=1, secret="not the secret")
        self.assertEqual(refused["error"]["code"], "refused")
        self.assertEqual(ask("destination", "list")["data"], [])
        lake = ask(*add, secret=bucket["secret_key"])
        self.has(lake, DESTINATION)
        shown = ask("destination", "show", lake["id"])
        self.assertEqual((shown["delivered"], shown["stored"], shown["failing"]), (n_records, n_records, 0))
        self.assertNotIn(bucket["secret_key"], json.dumps(shown))

        fhir = ask("destination", "add", "fhir", "--name", "Server", "--url", server["url"], "--auth", "bearer",
                   "--secret-stdin", "--no-backfill", secret=server["token"])
        self.assertEqual(ask("destination", "show", fhir["id"])["delivered"], 0)
        run = ask("destination", "export", fhir["id"], "--wait")
        self.has(run, RUN)
        self.assertEqual((run["status"], run["trigger"]), ("complete", "manual"))
        self.assertEqual(run["resources"], n_records)
        shown = ask("run", "show", run["id"])
        for item in shown["items"]:
            self.has(item, ITEM)
        self.assertTrue(ask("destination", "test", fhir["id"])["ok"])
        out = os.path.join(self.bench.root, "files")
        os.mkdir(out, 0o700)
        folder = ask("destination", "add", "folder", "--name", "Files", "--path", out)
        self.assertTrue(glob.glob(out + "/**/manifest.json", recursive=True))
        self.assertEqual(len(ask("destination", "list")["data"]), 3)
        self.assertEqual(len(ask("run", "list")["data"]), 3)
        self.assertEqual(len(ask("run", "list", lake["id"])["data"]), 1)
        self.assertEqual(ask("run", "cancel", run["id"], code=4)["error"]["code"], "conflict")
        ask("destination", "disable", folder["id"])
        self.assertEqual(ask("destination", "show", folder["id"])["status"], "disabled")
        ask("destination", "enable", folder["id"])
        self.assertTrue(ask("destination", "show", folder["id"])["enabled"])
        self.assertEqual(ask("destination", "edit", folder["id"], "--name", "More files")["name"], "More files")

        # a run that fails, and its retry
        self.bench.fault("dest-entry-status", types=["Condition"], status=422)
        self.bench.fault("changed-records", types=["Condition", "Procedure"], n=2)
        ask("pull", "start", person["clinic_id"], "--wait")
        failed = [r for r in ask("run", "list", fhir["id"])["data"] if r["status"] != "complete"]
        self.assertEqual([r["status"] for r in failed], ["partial"])
        shown = ask("run", "show", failed[0]["id"])
        self.assertGreater(sum(e["count"] for e in shown["errors"]), 0)
        self.assertEqual(ask("destination", "show", fhir["id"])["failing"], 2)
        self.bench.no_faults()
        retry = ask("run", "retry", failed[0]["id"], "--wait")
        self.assertEqual((retry["status"], retry["retry_of"], retry["trigger"]),
                         ("complete", failed[0]["id"], "manual_retry"))
        self.assertEqual(ask("destination", "show", fhir["id"])["failing"], 0)
        ask("destination", "remove", folder["id"])
        self.assertEqual(len(ask("destination", "list")["data"]), 2)

    def rest(self, clinic_id):
        ask = self.ask
        ask("config", "set", "pull-interval-hours", "12")
        self.assertEqual(ask("config", "get", "pull-interval-hours"), {"pull-interval-hours": "12"})
        ask("config", "set", "pull-interval-hours", "never", code=4)
        ask("config", "set", "no-such-key", "1", code=4)
        status = ask("status")
        self.assertEqual((status["pulls"], status["export_runs"]), ([], []))
        for event in ask("event", "list")["data"]:
            self.has(event, EVENT)
        audit = ask("audit", "list")["data"]
        for entry in audit:
            self.has(entry, AUDIT)
            self.assertRegex(entry["at"], TIME)
        self.assertEqual({e["person"] for e in audit if e["action"] == "patient.add"}, {"tester"})
        self.assertEqual(ask("hold", "list")["data"], [])
        connection = ask("connection", "list", clinic_id)["data"][0]["id"]
        ask("connection", "disconnect", connection)
        self.assertEqual(ask("connection", "list", clinic_id)["data"][0]["status"], "disconnected")
        self.assertEqual(ask("pull", "start", clinic_id, code=1)["error"]["code"], "sign_in")
        self.assertGreater(len(ask("record", "list", clinic_id)["data"]), 0)
        ask("connection", "remove-data", connection)
        self.assertEqual(ask("record", "list", clinic_id)["data"], [])
        ask("source", "remove", self.source, code=4)
        ask("patient", "remove", clinic_id)
        ask("patient", "show", clinic_id, code=3)
        ask("source", "remove", self.source)
        ask("source", "show", self.source, code=3)

    def test_hold(self):
        ask, about = self.ask, self.bench.about()
        index = [p["mismatch"] for p in about["patients"]].index(True)
        person = about["patients"][index]
        self.source = ask("source", "add", "--name", "Portal", "--fhir-base-url", self.bench.portal + "/portal/fhir",
                          "--client-id", about["portal"]["client_id"])["id"]
        ask("patient", "add", person["clinic_id"], "--name", person["name"], "--birth-date", person["birth_date"],
            "--sex", person["sex"])
        self.connect(index)
        ask("pull", "start", person["clinic_id"], "--wait")
        holds = ask("hold", "list")["data"]
        self.assertEqual([h["patient_id"] for h in holds], [person["clinic_id"]])
        self.assertIn("\n", holds[0]["detail"])
        table = self.bench.run("hold", "list").out.decode().splitlines()
        self.assertEqual(len(table), 2, table)  # its head, and a line for each
        bucket = about["bucket"]
        lake = ask("destination", "add", "s3", "--name", "Lake", "--endpoint", bucket["endpoint"],
                   "--bucket", bucket["bucket"], "--region", bucket["region"], "--access-key", bucket["access_key"],
                   "--secret-stdin", secret=bucket["secret_key"])["id"]
        self.assertEqual(ask("destination", "show", lake)["delivered"], 0)
        self.assertEqual(ask("patient", "show", person["clinic_id"])["record_status"], "held")
        ask("hold", "release", holds[0]["id"])
        self.assertGreater(ask("destination", "show", lake)["delivered"], 50)
        self.assertIn("hold_released", [r["trigger"] for r in ask("run", "list", lake)["data"]])
        ask("hold", "reject", holds[0]["id"], code=4)
        self.assertEqual(ask("hold", "list")["data"], [])
        self.assertEqual(len(ask("hold", "list", "--all")["data"]), 1)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask

    def test_usage(self):
        for words in (("nonsense",), ("patient",), ("patient", "add"), ("patient", "add", "a", "b"),
                      ("patient", "add", "a", "--no-such"), ("patient", "add", "a", "--name"), ("serve", "--nonsense"),
                      ("demo", "--nonsense"), ("record", "show", "p"), ("source", "list", "--q"),
                      ("destination", "add"), ("source", "add", "--secret-stdin", "--name", "x"),
                      ("patient", "list", "--limit", "x"), ("patient", "list", "--offset", "-5"),
                      ("session", "create", "p", "--expires-in", "soon")):
            with self.subTest(words):
                self.assertEqual(self.ask(*words, code=2)["error"]["code"], "bad_input")
                plain = self.bench.run(*words)
                self.assertEqual((plain.code, plain.out), (2, b""))
                self.assertGreater(len(plain.err), 10)
        self.assertFalse(os.path.exists(self.bench.data))
        self.assertEqual(self.bench.run("--help").code, 0)
        self.assertIn(b"patient add", self.bench.run("help").out)
        self.assertIn("add, list, show, remove", self.ask("patient", "nonsense", code=2)["error"]["message"])
        self.assertIn("patient add ID [--name", self.ask("patient", "add", code=2)["error"]["message"])

    def test_answer_is_cut(self):
        """An answer that could not be written was not given, whatever was done."""
        for words in (["--version"], ["--help"], ["person", "list"], ["--json", "person", "list"], ["--json", "nonsense"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([CTL, "--data-dir", self.bench.data, *words], stdin=subprocess.DEVNULL, stdout=full,
                                      stderr=subprocess.PIPE, env=self.bench.env)
            self.assertEqual(done.returncode, 2 if "nonsense" in words else 1, words)
            self.assertIn(b"could not be written", done.stderr)

    def test_interrupted(self):
        """Who gives up while a passphrase is asked for gets the terminal back as it was."""
        for key, ended in ((b"\x03", -signal.SIGINT), (b"\x1c", -signal.SIGQUIT)):
            ours, theirs = pty.openpty()
            self.addCleanup(os.close, ours)
            self.addCleanup(os.close, theirs)
            child = subprocess.Popen([CTL, "--data-dir", self.bench.data, "backup", "create", "b"], stdin=theirs, stdout=theirs,
                                     stderr=theirs, env=self.bench.env, cwd=self.bench.root,
                                     preexec_fn=take_terminal)
            self.bench.children.append(child)
            said = b""
            while b"Passphrase: " not in said:
                said += os.read(ours, 100)
            wait_for(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO)
            os.write(ours, key)
            self.assertEqual(child.wait(60), ended)
            self.assertTrue(termios.tcgetattr(theirs)[3] & termios.ECHO)

    def test_json_behind(self):
        self.assertEqual(self.bench.run("patient", "list", "--json").json(), {"data": []})

    def test_not_found(self):
        for words in (("source", "show", "x"), ("source", "test", "x"), ("source", "remove", "x"),
                      ("patient", "show", "x"), ("patient", "remove", "x"), ("session", "show", "x"),
                      ("connection", "disconnect", "x"), ("connection", "remove-data", "x"), ("hold", "release", "x"),
                      ("hold", "reject", "x"), ("pull", "show", "x"), ("pull", "cancel", "x"), ("pull", "start", "x"),
                      ("record", "show", "x", "Patient/1"), ("destination", "show", "x"), ("destination", "test", "x"),
                      ("destination", "enable", "x"), ("destination", "disable", "x"), ("destination", "export", "x"),
                      ("destination", "remove", "x"), ("destination", "edit", "x"), ("run", "show", "x"),
                      ("run", "retry", "x"), ("run", "cancel", "x"), ("session", "list", "x"), ("connection", "list", "x"),
                      ("auth", "list", "x"), ("pull", "list", "x"), ("pull", "changes", "x"), ("pull", "log", "x"),
                      ("record", "list", "x"), ("record", "save", "x", "--output", "f"), ("record", "attachment", "list", "x"),
                      ("run", "list", "x"), ("webhook", "events", "x"), ("webhook", "attempts", "x")):
            with self.subTest(words):
                self.assertEqual(self.ask(*words, code=3)["error"]["code"], "not_found")

    def test_refused_input(self):
        os.mkfifo(os.path.join(self.bench.root, "pipe"))
        for words in (("patient", "add", "p", "--birth-date", "yesterday"), ("patient", "add", "p", "--sex", "?"),
                      ("patient", "add", ""), ("source", "add", "--name", "x", "--fhir-base-url", "ftp://x/y", "--client-id", "c"),
                      ("source", "add", "--name", "x", "--fhir-base-url", "http://portal.example/fhir", "--client-id", "c"),
                      ("source", "add", "--name", "x"),
                      ("source", "add", "--name", "x", "--fhir-base-url", "https://x.example/fhir", "--client-id", "c",
                       "--client-auth", "magic"),
                      ("session", "create", "p"), ("session", "create", "p", "--return-url", "javascript:alert(1)"),
                      ("destination", "add", "tape"), ("destination", "add", "folder", "--name", "x", "--tape", "y"),
                      ("destination", "add", "folder", "--name", "x"), ("config", "get", "no-such-key"),
                      ("config", "set", "api-requests-per-second", "-1"), ("source", "import", "pipe"),
                      ("source", "import", "."), ("source", "import", "no-such-file")):
            with self.subTest(words):
                self.assertIn(self.ask(*words, code=4)["error"]["code"], ("bad_input", "conflict"))
        self.assertEqual(self.ask("audit", "list")["data"], [])

    def test_catalog(self):
        """A published list: looked at, applied, looked at again; what is no list; states and vendors."""
        def entry(name, address):
            return {"resource": {"resourceType": "Endpoint", "id": name, "status": "active", "name": name, "address": address}}

        def write(*entries):
            path = os.path.join(self.bench.root, "list.json")
            with open(path, "w") as out:
                json.dump({"resourceType": "Bundle", "id": "l", "type": "collection", "entry": list(entries)}, out)
            return path

        ask = self.ask
        path = write(entry("One", "https://fhir.cerner.com/r4/one/"), entry("Two", "https://two.example/r4"))
        self.assertEqual(ask("source", "import", path, "--dry-run")["new"], 2)
        self.assertEqual(ask("source", "list")["data"], [])
        self.assertTrue(ask("source", "import", path)["applied"])
        one = ask("source", "list", "-q", "one")["data"][0]
        self.assertEqual((one["type"], one["fhir_base_url"], one["status"]), ("cerner", "https://fhir.cerner.com/r4/one", "working"))
        self.assertEqual(ask("source", "import", path)["unchanged"], 2)
        moved = ask("source", "import", write(entry("One", "https://fhir.cerner.com/v2/one")))
        self.assertEqual((moved["moved"], moved["gone"]), (1, 1))
        self.assertEqual(ask("source", "show", "https://fhir.cerner.com/r4/one")["id"], one["id"])
        for text in ("", "<html>", '{"resourceType":"Patient"}', '{"resourceType":"Bundle","entry":[{'):
            with open(path, "w") as out:
                out.write(text)
            self.assertEqual(ask("source", "import", path, code=4)["error"]["code"], "bad_input")
        ask("source", "import", path + "x", code=4)

        ask("source", "suspend", one["id"], code=4)
        ask("source", "suspend", one["id"], "--reason", "Down", "--until", "soon", code=4)
        ask("source", "suspend", one["id"], "--reason", "Down", "--until", "2001-01-01", code=4)
        ask("source", "suspend", one["id"], "--reason", "Down")
        self.assertEqual(ask("source", "show", one["id"])["status_reason"], "Down")
        ask("source", "resume", one["id"])
        self.assertEqual(ask("source", "show", one["id"])["status"], "working")
        ask("source", "resume", "nobody", code=3)

        logo = os.path.join(self.bench.root, "logo")
        with open(logo, "w") as out:
            out.write("<svg/>")
        self.assertEqual(ask("source", "logo", one["id"], logo, code=4)["error"]["code"], "bad_input")
        with open(logo, "wb") as out:
            out.write(b"GIF89a" + bytes(20))
        for wrong in ((), (logo, "--remove"), ("--remove", "--fetch"), (logo + "x",)):
            ask("source", "logo", one["id"], *wrong, code=4)
        self.assertIsNone(ask("source", "show", one["id"])["logo_url"])
        ask("source", "logo", one["id"], "--remove", code=3)
        ask("source", "logo", one["id"], "--fetch", code=3)
        ask("source", "logo", "nobody", logo, code=3)
        ask("source", "logo", one["id"], logo)
        ask("source", "logo", one["id"], "--remove")

        ask("vendor", "set", "cerner", "--client-id", "ours")
        self.assertEqual(ask("vendor", "list")["data"], [{"type": "cerner", "client_id": "ours", "client_auth": "none"}])
        ask("vendor", "set", "No/Vendor", "--client-id", "x", code=4)
        ask("vendor", "remove", "cerner")
        ask("vendor", "remove", "cerner", code=3)

    def test_keyring_missing(self):
        """Nothing secret can be kept: said at once, with an exit code of its own, and nothing is saved."""
        env = without_keyring(self.bench.root)
        answer = self.ask("source", "add", "--name", "x", "--fhir-base-url", "https://x.example/fhir", "--client-id", "c",
                          "--client-auth", "basic", "--secret-stdin", secret="hush", env=env, code=6)
        self.assertIn(answer["error"]["code"], ("keyring_missing", "keyring_refused"))
        self.assertEqual(self.ask("source", "list", env=env)["data"], [])
        self.ask("patient", "list", env=env)

    def test_busy(self):
        """Somebody holds the folder and does not answer."""
        self.ask("patient", "list")
        with open(os.path.join(self.bench.data, "lock"), "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertEqual(self.ask("patient", "list", code=7)["error"]["code"], "in_use")
            self.assertEqual(self.ask("serve", "--listen", "127.0.0.1:0", code=7)["error"]["code"], "in_use")
        self.ask("patient", "list")

    def test_folder(self):
        self.ask("patient", "list")
        self.assertEqual(stat.S_IMODE(os.stat(self.bench.data).st_mode), 0o700)
        for name in os.listdir(self.bench.data):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.bench.data, name)).st_mode) & 0o077, 0, name)
        answer = self.bench.run("patient", "list", before=("--json", "--sandbox"))
        self.assertEqual((answer.code, answer.json()["error"]["code"]), (4, "bad_input"))
        with open(os.path.join(self.bench.data, "workspace.json"), "w") as file:
            file.write("{")
        self.assertEqual(self.ask("patient", "list", code=1)["error"]["code"], "corrupt")
        with open(os.path.join(self.bench.data, "workspace.json")) as file:
            self.assertEqual(file.read(), "{")


if __name__ == "__main__":
    unittest.main(verbosity=2)
