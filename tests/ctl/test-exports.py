# SPDX-License-Identifier: GPL-3.0-or-later
"""What an admin does with exports, command by command; what counts is what the destination has then."""
import datetime
import glob
import http.server
import json
import os
import select
import shutil
import socket
import ssl
import threading
import unittest
import urllib.parse

from ctltest import Bench, Visitor, wait_for


class Exports(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        self.about = self.bench.about()
        self.pull()

    def pull(self):
        """One patient's records; the engine serves from then on."""
        portal, person = self.about["portal"], self.about["patients"][4]
        source = self.bench.add_portal(portal)
        self.patient = person["clinic_id"]
        self.bench.add_person(person)
        self.bench.serve()
        session = self.ask("session", "create", self.patient, "--source", source, "--return-url", "https://clinic.example/back")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))
        self.ask("pull", "start", self.patient, "--wait")
        self.records = self.ask("record", "list", self.patient, "--limit", "1000")["data"]
        self.n = len(self.records)
        self.assertGreater(self.n, 50)

    def add_server(self, *more, code=0, name="Server"):
        there = self.about["fhir_destination"]
        return self.ask("destination", "add", "fhir", "--name", name, "--url", there["open_url"], *more, code=code)

    def add_folder(self, name, *more):
        path = os.path.join(self.bench.root, name)
        os.mkdir(path, 0o700)
        return self.ask("destination", "add", "folder", "--name", name, "--path", path, *more)["id"], path

    def there(self):
        """Records at the FHIR destination, by type."""
        types = {record["type"] for record in self.records}
        path = "/dest-open/fhir/{}?_summary=count"
        return {of: json.loads(self.bench.http("GET", path.format(of)))["total"] for of in types}

    def stored(self):
        types = [record["type"] for record in self.records]
        return {of: types.count(of) for of in types}

    def lines(self, path):
        """Records in the files of each run."""
        found = {}
        for manifest in glob.glob(path + "/**/manifest.json", recursive=True):
            for file in glob.glob(os.path.dirname(manifest) + "/**/*.ndjson", recursive=True):
                with open(file, "rb") as text:
                    found[manifest] = found.get(manifest, 0) + len(text.read().splitlines())
        return found

    def until(self, run, *statuses):
        return wait_for(lambda: next((r for r in [self.ask("run", "show", run)] if r["status"] in statuses), None), 60)

    def test_pause_and_resume(self):
        server = self.add_server("--no-backfill")["id"]
        self.bench.fault("dest-slow", delay_ms=8000)
        run = self.ask("destination", "export", server)["id"]
        self.until(run, "running")
        paused = self.ask("run", "pause", run)
        self.assertEqual((paused["status"], paused["waiting_for"]), ("waiting", "paused"))
        self.bench.no_faults()
        before = sum(self.there().values())
        self.assertLess(before, self.n)
        self.assertEqual(self.ask("destination", "show", server)["delivered"], before)
        self.ask("run", "resume", run)
        self.until(run, "complete")
        self.assertEqual(self.there(), self.stored())
        self.assertEqual(self.ask("destination", "show", server)["delivered"], self.n)
        self.ask("run", "resume", run, code=4)
        self.ask("run", "pause", run, code=4)

    def test_cancel(self):
        """A run under way, and one that waits: what arrived is told, and the next run sends the rest."""
        server = self.add_server("--no-backfill")["id"]
        self.bench.fault("dest-slow", delay_ms=8000)
        run = self.ask("destination", "export", server)["id"]
        self.until(run, "running")
        self.assertEqual(self.ask("run", "cancel", run)["status"], "cancelled")
        second = self.ask("destination", "export", server)["id"]
        self.until(second, "running")
        self.ask("run", "pause", second)
        self.assertEqual(self.ask("run", "cancel", second)["status"], "cancelled")
        self.ask("run", "cancel", second, code=4)
        self.bench.no_faults()
        self.assertLess(self.ask("destination", "show", server)["delivered"], self.n)
        self.assertEqual(self.ask("destination", "export", server, "--wait")["status"], "complete")
        self.assertEqual(self.there(), self.stored())
        self.assertEqual(self.ask("destination", "show", server)["delivered"], self.n)

    def test_moved(self):
        """What is known of a server holds for it alone: once records are there it is no other server, and has no other ids."""
        there = self.about["fhir_destination"]
        server = self.add_server("--no-backfill")["id"]
        other = there["open_url"].replace("127.0.0.1", "localhost")
        self.ask("destination", "edit", server, "--url", other)
        self.ask("destination", "edit", server, "--url", there["open_url"])
        self.ask("destination", "export", server, "--wait")
        for words in (["--url", other], ["--ids", "source"]):
            error = self.ask("destination", "edit", server, *words, code=4)["error"]
            self.assertEqual(error["code"], "conflict")
            self.assertIn("Duplicate this destination", error["message"])
        shown = self.ask("destination", "edit", server, "--name", "Same", "--url", there["open_url"] + "/", "--ids", "namespaced")
        self.assertEqual(shown["name"], "Same")

    def test_rewind(self):
        folder, path = self.add_folder("files", "--no-backfill")
        self.ask("destination", "export", folder, "--wait")
        self.assertEqual(list(self.lines(path).values()), [self.n])
        later = (datetime.datetime.utcnow() + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.assertEqual(self.ask("destination", "rewind", folder, "--to", later, "--count"), {"records": 0, "held": 0})
        self.assertEqual(self.ask("destination", "rewind", folder, "--to", "2001-01-01T00:00:00Z", "--count"), {"records": self.n, "held": 0})
        self.assertEqual(len(self.ask("run", "list", folder)["data"]), 1)
        self.ask("destination", "rewind", folder, "--to", "yesterday", code=4)
        again = self.ask("destination", "rewind", folder, "--to", "2001-01-01T00:00:00Z", "--wait")
        self.assertEqual((again["status"], again["trigger"], again["resources"]), ("complete", "rewind", self.n))
        self.assertEqual(list(self.lines(path).values()), [self.n, self.n])
        self.assertEqual(self.ask("destination", "show", folder)["delivered"], self.n)

    def test_reconcile(self):
        """What somebody took away at the server is sent again and nothing else, whatever else is there."""
        server = self.add_server("--no-backfill")["id"]
        self.ask("destination", "export", server, "--wait")
        self.assertEqual(self.ask("destination", "reconcile", server)["missing"], 0)
        page = json.loads(self.bench.http("GET", "/dest-open/fhir/Observation?_count=2"))
        for entry in page["entry"]:
            self.bench.http("DELETE", "/dest-open/fhir/Observation/" + entry["resource"]["id"])
            other = {"resourceType": "Observation", "id": "x" + entry["resource"]["id"], "status": "final", "code": {"text": "x"}}
            self.bench.http("PUT", "/dest-open/fhir/Observation/" + other["id"], other, {"Content-Type": "application/fhir+json"})
        self.assertEqual(self.there(), self.stored())
        found = self.ask("destination", "reconcile", server, code=5)
        self.assertEqual((found["expected"], found["missing"]), (self.n, 2))
        self.assertEqual([each["type"] for each in found["differences"]], ["Observation"])
        self.assertEqual(len(self.ask("run", "list", server)["data"]), 1)
        queued = self.ask("destination", "reconcile", server, "--send")
        self.assertEqual((queued["missing"], queued["queued_run"][:4]), (2, "run_"))
        run = wait_for(lambda: next((r for r in self.ask("run", "list", server)["data"][:1] if r["status"] == "complete"
                                     and len(self.ask("run", "list", server)["data"]) == 2), None), 60)
        self.assertEqual(run["resources"], 2)
        self.assertEqual(self.there()["Observation"], self.stored()["Observation"] + 2)
        self.assertEqual(self.ask("destination", "reconcile", server)["missing"], 0)
        self.assertEqual(self.ask("destination", "show", server)["delivered"], self.n)

    def withdrawal(self, destination):
        """The run that withdrew, when it has ended."""
        def ended():
            runs = [r for r in self.ask("run", "list", destination)["data"] if r["trigger"] == "withdrawal"]
            return next((r for r in runs if r["status"] in ("complete", "partial", "failed")), None)
        return wait_for(ended, 60)

    def test_withdrawals(self):
        """What is withdrawn leaves only for who wants to know; the receipt says what that answered."""
        kept = self.add_folder("kept")[0]
        server = self.add_server("--withdrawals", "send")["id"]
        for each in (kept, server):
            wait_for(lambda: self.ask("destination", "show", each)["delivered"] == self.n, 60)
        connection = self.ask("connection", "list", self.patient)["data"][0]["id"]
        self.ask("connection", "disconnect", connection)
        run = self.withdrawal(server)
        self.assertEqual((run["status"], run["resources"], run["patients"]), ("complete", self.n, 0))
        self.assertEqual(sum(self.there().values()), 0)
        self.assertEqual(self.ask("destination", "show", server)["withdrawn"], self.n)
        receipt = self.ask("run", "receipt", run["id"])
        self.assertEqual((receipt["withdrawn"], receipt["failed"], receipt["pending"]), (self.n, 0, 0))
        self.assertEqual({(l["cause"], l["how"], l["status"]) for l in receipt["lines"]}, {("disconnected", "delete", "sent")})
        self.assertNotIn(self.patient, json.dumps(receipt))
        path = os.path.join(self.bench.root, "receipt.json")
        self.ask("run", "receipt", run["id"], "--output", path)
        with open(path) as saved:
            self.assertEqual(json.load(saved)["withdrawn"], self.n)
        other = self.ask("run", "list", kept)["data"]
        self.assertNotIn("withdrawal", [r["trigger"] for r in other])
        self.ask("run", "receipt", other[0]["id"], code=4)
        self.assertEqual(self.ask("destination", "show", kept)["delivered"], self.n)
        self.check()

    def test_patient_withdrawn(self):
        """Removing a patient says who is told, and they are; nothing of the names stays here."""
        folder, path = self.add_folder("told", "--withdrawals", "send", "--layout", "patient")
        wait_for(lambda: self.ask("destination", "show", folder)["delivered"] == self.n, 60)
        self.assertTrue(glob.glob(os.path.join(path, "patient_id=*")))
        receipt = self.ask("patient", "remove", self.patient)
        self.assertEqual((receipt["stays_at"], receipt["withdrawn_from"]), ([], [{"destination": "told", "records": self.n}]))
        run = self.withdrawal(folder)
        self.assertEqual(run["status"], "complete")
        self.assertFalse(glob.glob(os.path.join(path, "patient_id=*")))
        self.assertEqual(self.ask("run", "receipt", run["id"])["failed"], 0)
        self.check()

    def check(self):
        found = self.ask("check")
        self.assertEqual([f for f in found["findings"] if not f["ok"]], [])

    def test_duplicate(self):
        there = self.about["fhir_destination"]
        first = self.ask("destination", "add", "fhir", "--name", "Server", "--url", there["url"], "--auth", "bearer",
                         "--secret-stdin", "--no-backfill", secret=there["token"])["id"]
        copy = self.ask("destination", "duplicate", first)
        self.assertEqual((copy["name"], copy["enabled"], copy["delivered"]), ("Server (copy)", False, 0))
        self.ask("destination", "duplicate", first, code=4)
        self.assertEqual(self.ask("destination", "duplicate", first, "--name", "Third")["name"], "Third")
        # It has the secret too, and goes on when the first is removed.
        self.ask("destination", "remove", first)
        self.assertTrue(self.ask("destination", "test", copy["id"])["ok"])
        self.ask("destination", "enable", copy["id"])
        wait_for(lambda: self.ask("destination", "show", copy["id"])["delivered"] == self.n, 60)

    def test_retry(self):
        server = self.add_server("--no-backfill")["id"]
        n = self.stored()["Condition"]
        self.bench.fault("dest-entry-status", types=["Condition"], status=422)
        run = self.ask("destination", "export", server, "--wait", code=5)
        self.assertEqual(self.ask("destination", "show", server)["failing"], n)
        preview = self.ask("run", "retry", run["id"], "--preview")
        self.assertEqual(preview["retried"] + preview["left"], n)
        self.assertEqual(sum(each["count"] for each in preview["causes"]), n)
        self.assertEqual(len(self.ask("run", "list", server)["data"]), 1)
        self.bench.no_faults()
        again = self.ask("run", "retry", run["id"], "--all", "--wait")
        self.assertEqual((again["status"], again["trigger"], again["resources"]), ("complete", "manual_retry", n))
        self.assertEqual(self.there(), self.stored())
        self.assertEqual(self.ask("destination", "show", server)["failing"], 0)

    def test_keep_failing(self):
        self.bench.fault("dest-status", status=403)
        self.assertIn("--keep-failing", self.add_server(code=1)["error"]["message"])
        self.assertEqual(self.ask("destination", "list")["data"], [])
        kept = self.add_server("--keep-failing")
        self.assertFalse(kept["enabled"])
        self.assertEqual(self.ask("run", "list", kept["id"])["data"], [])
        self.bench.no_faults()
        self.assertEqual(sum(self.there().values()), 0)
        self.ask("destination", "enable", kept["id"])
        wait_for(lambda: self.ask("destination", "show", kept["id"])["delivered"] == self.n, 60)

    def test_ten_at_once(self):
        """One accepts and never answers, one answers 503 to all: the other eight end while that one hangs."""
        bad = []
        for name in ("Hanging", "Flooding"):
            server = Stubborn()
            self.addCleanup(server.close)
            made = self.ask("destination", "add", "fhir", "--name", name, "--url", server.url, "--keep-failing")
            bad.append((made["id"], server))
        (hanging, hangs), (flooding, floods) = bad
        hangs.hangs = True
        before = floods.asked
        for each, _ in bad:
            self.ask("destination", "enable", each)
        wait_for(lambda: hangs.held and floods.asked > before, 60)
        good = [self.add_folder(f"good-{i}") for i in range(8)]
        for each, path in good:
            wait_for(lambda: self.ask("destination", "show", each)["delivered"] == self.n, 60)
            wait_for(lambda: list(self.lines(path).values()) == [self.n], 60)
            self.assertEqual([r["status"] for r in self.ask("run", "list", each)["data"]], ["complete"])
        # When all of it took more than a minute the one that hangs has been given up, to be tried again.
        self.assertIn([r["status"] for r in self.ask("run", "list", hanging)["data"]], (["running"], ["waiting"]))
        self.assertGreater(hangs.held, 0)
        for each, _ in bad:
            self.assertEqual(self.ask("destination", "show", each)["delivered"], 0)

    @unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
    def test_authority(self):
        """TLS from an authority that nobody knows: the error says so, the destination's own CA file helps, and only it."""
        self.bench.make_authorities()
        tunnel = Tunnel(urllib.parse.urlsplit(self.bench.portal).port, self.bench.path("leaf.pem"), self.bench.path("leaf.key"))
        self.addCleanup(tunnel.close)
        add = ("destination", "add", "fhir", "--url", f"https://localhost:{tunnel.port}/dest-open/fhir", "--name")
        for more in ((), ("--ca-file", self.bench.path("other.pem"))):
            message = self.ask(*add, "Clinic", *more, code=1)["error"]["message"]
            self.assertIn("unknown authority", message)
            self.assertIn("CA certificate of this destination", message)
        self.ask(*add, "Clinic", "--ca-file", self.bench.path("leaf.key"), code=4)
        self.assertEqual(sum(self.there().values()), 0)
        server = self.ask(*add, "Clinic", "--ca-file", self.bench.path("known.pem"))["id"]
        wait_for(lambda: self.ask("destination", "show", server)["delivered"] == self.n, 60)
        self.assertEqual(self.there(), self.stored())
        self.assertEqual(self.ask("destination", "reconcile", server)["missing"], 0)
        # What one destination trusts, no other does.
        self.ask(*add, "Second", code=1)


class Stubborn:
    """A server that answers 503 to all, or accepts and never answers."""

    def __init__(self):
        self.hangs, self.held, self.asked = False, 0, 0
        self.over = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = "http://127.0.0.1:%d/fhir" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handler(self):
        stubborn = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                stubborn.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if stubborn.hangs:
                    stubborn.held += 1
                    stubborn.over.wait()
                    return
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *words):
                pass
        return Handler

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


class Tunnel:
    """TLS in front of a port of this machine."""

    def __init__(self, to, certificate, key):
        self.to = to
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        """One request after another, each way in turn: what HTTP/1.1 without pipelining needs."""
        try:
            with self.context.wrap_socket(client, server_side=True) as near, socket.create_connection(("127.0.0.1", self.to)) as far:
                while True:
                    ready, _, _ = select.select([near, far], [], [], 60) if not near.pending() else ([near], [], [])
                    for side in ready:
                        data = side.recv(1 << 16)
                        if not data:
                            return
                        (far if side is near else near).sendall(data)
        except OSError:
            pass

    def close(self):
        self.listener.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
