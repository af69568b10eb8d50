# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that holds the folder: commands go to it, and it ends as it should."""
import concurrent.futures
import os
import signal
import subprocess
import time
import unittest

from ctltest import CTL, Bench, Visitor, wait_for

BUSY_SECONDS = 4.5  # a command asks that long for its turn


class Serve(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        about = self.bench.about()
        self.person = about["patients"][3]
        self.portal = about["portal"]

    def prepare(self):
        self.source = self.bench.add_portal(self.portal)
        self.id = self.person["clinic_id"]
        self.bench.add_person(self.person)

    def connect(self):
        session = self.ask("session", "create", self.id, "--source", self.source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))
        return session

    def test_same_answers(self):
        """What the server answers is what the command itself answers."""
        self.prepare()
        self.bench.serve()
        self.connect()
        pull = self.ask("pull", "start", self.id, "--wait")["data"][0]
        self.assertEqual(pull["status"], "complete")
        wait_for(self.all_are_counted)
        record = self.ask("record", "list", self.id, "--limit", "1")["data"][0]
        words = [("status",), ("source", "list"), ("source", "show", self.source), ("patient", "list"),
                 ("patient", "show", self.id), ("session", "list", self.id), ("connection", "list", self.id),
                 ("auth", "list", self.id), ("pull", "list", self.id), ("pull", "show", pull["id"]), ("hold", "list"),
                 ("record", "list", self.id), ("record", "show", self.id, f"{record['type']}/{record['id']}"),
                 ("destination", "list"), ("run", "list"), ("audit", "list"), ("config", "get"), ("event", "list"),
                 ("patient", "show", "nobody"), ("patient", "add", "x", "--sex", "?"), ("check",)]
        for before in ((), ("--json",)):
            through = [self.bench.run(*w, before=before) for w in words]
            if before:
                self.assertEqual(self.bench.end(self.bench.server), 0)
            else:
                plain = through
        own = [self.bench.run(*w, before=("--json",)) for w in words]
        own_plain = [self.bench.run(*w) for w in words]
        for w, a, b in list(zip(words, through, own)) + list(zip(words, plain, own_plain)):
            if w[0] in ("status", "session"):  # these name the address of the pages
                continue
            with self.subTest(w):
                self.assertEqual((a.code, a.out, a.err), (b.code, b.out, b.err))

    def all_are_counted(self):
        """What a portal was asked is noted every three seconds."""
        n = self.ask("source", "show", self.source)["quota"]["requests_today"]
        time.sleep(3.5)
        return n > 0 and n == self.ask("source", "show", self.source)["quota"]["requests_today"]

    def test_saves_where_the_caller_stands(self):
        self.prepare()
        self.bench.serve()
        self.connect()
        self.ask("pull", "start", self.id, "--wait")
        saved = self.ask("record", "save", self.id, "--output", "here.ndjson")["records"]
        with open(os.path.join(self.bench.root, "here.ndjson"), "rb") as file:
            self.assertEqual(len(file.readlines()), saved)

    def test_cancel(self):
        """A pull that is cancelled keeps what it has, and says what was not asked."""
        self.prepare()
        self.bench.serve()
        self.bench.fault("slow", delay_ms=2000)
        self.connect()
        pull = wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["status"] == "running"
                                 and self.ask("patient", "show", self.id)["records"] > 0])[0]
        stopped = self.ask("pull", "cancel", pull["id"])
        self.assertEqual(stopped["status"], "cancelled")
        shown = self.ask("pull", "show", pull["id"])
        left = [q for q in shown["queries"] if q["status"] == "failed"]
        self.assertTrue(left)
        for query in left:
            self.assertTrue(query["error"]["message"].startswith("Not asked"), query)
        self.assertEqual(self.ask("patient", "show", self.id)["records"], sum(q["new"] for q in shown["queries"]))
        self.bench.no_faults()
        self.assertEqual(self.ask("pull", "start", self.id, "--wait")["data"][0]["status"], "complete")

    def test_cancel_waiting(self):
        """One that waits for the portal has nobody at work on it, and is cancelled all the same."""
        self.prepare()
        self.bench.serve()
        self.bench.fault("rate-limit", retry_after="600", types=["Condition"])
        self.connect()
        pull = wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["status"] == "waiting"])[0]
        self.assertEqual(pull["waiting_for"], "rate_limit")
        self.assertEqual(self.ask("pull", "cancel", pull["id"])["status"], "cancelled")

    def test_ends(self):
        self.prepare()
        for how, at_work in ((signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGTERM, True)):
            self.bench.serve()
            if at_work:
                self.bench.fault("slow", delay_ms=300)
                self.connect()
                wait_for(lambda: [p for p in self.ask("pull", "list")["data"] if p["status"] == "running"])
            begun = time.monotonic()
            self.assertEqual(self.bench.end(self.bench.server, how), 0)
            self.assertLess(time.monotonic() - begun, 40)
            self.assertFalse(os.path.exists(os.path.join(self.bench.data, "chartroom.db-wal")))
        self.bench.no_faults()
        self.bench.serve()
        wait_for(lambda: [p for p in self.ask("pull", "list")["data"] if p["status"] == "complete"])

    def test_session_wait(self):
        """--wait opens the pages itself, and ends when the patient is done."""
        self.prepare()
        self.ask("config", "set", "listen", "127.0.0.1:0")
        child = subprocess.Popen([CTL, "--data-dir", self.bench.data, "--json", "session", "create", self.id, "--source",
                                  self.source, "--return-url", "https://c.example/", "--wait"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.bench.env)
        self.bench.children.append(child)
        url = child.stderr.readline().decode().strip()
        self.assertTrue(url.startswith("http://127.0.0.1:"), url)
        self.assertIn("success=true", Visitor().sign_in(url, self.person))
        out, _ = child.communicate(timeout=60)
        import json
        self.assertEqual((child.returncode, json.loads(out)["status"]), (0, "complete"))

    def test_access_meanwhile(self):
        """Access given while a pull is open is used at once by a second one, not left for the next day."""
        self.prepare()
        self.bench.serve()
        self.bench.fault("slow", types=["Observation"], delay_ms=4000, count=1)
        self.connect()
        first = wait_for(lambda: [p for p in self.pulls() if p["status"] == "running"])[0]
        self.connect()
        self.assertEqual([(p["id"], p["status"]) for p in self.pulls()], [(first["id"], "running")])
        pulls = wait_for(lambda: [p for p in self.pulls() if p["status"] == "complete"][1:] and self.pulls())
        self.assertEqual([p["trigger"] for p in pulls], ["activation"] * 2)

    def pulls(self):
        return self.ask("pull", "list", self.id)["data"]

    def test_two_servers(self):
        self.bench.serve()
        second = self.bench.run("serve", "--listen", "127.0.0.1:0", before=("--json",))
        self.assertEqual((second.code, second.json()["error"]["code"]), (7, "in_use"))

    def test_address_taken(self):
        address = self.bench.portal.removeprefix("http://")
        answer = self.ask("serve", "--listen", address, code=7)
        self.assertEqual(answer["error"]["code"], "in_use")
        self.assertIn(address, answer["error"]["message"])
        self.ask("serve", "--listen", "nonsense", code=4)
        self.ask("serve", "--listen", "127.0.0.1:0", "--public-url", "nonsense", code=4)

    def test_secret(self):
        """A secret read from standard input is in no process's arguments, and in no log."""
        self.bench.serve()
        secret = "8d1f-not-in-any-argument"
        child = subprocess.Popen([CTL, "--data-dir", self.bench.data, "source", "add", "--name", "x", "--fhir-base-url",
                                  "https://x.example/fhir", "--client-id", "c", "--client-auth", "post", "--secret-stdin"],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.bench.env)
        self.bench.children.append(child)
        child.stdin.write(secret.encode() + b"\n")
        child.stdin.flush()
        seen = 0
        while child.poll() is None:
            for pid in (child.pid, self.bench.server.pid):
                for name in ("cmdline", "environ"):
                    try:
                        with open(f"/proc/{pid}/{name}", "rb") as file:
                            self.assertNotIn(secret.encode(), file.read())
                            seen += 1
                    except OSError:
                        pass
        self.assertGreater(seen, 0)
        self.assertEqual(child.returncode, 0)
        self.bench.end(self.bench.server)
        for place, _, files in os.walk(self.bench.root):
            for name in (n for n in files if n not in ("engine.sock", "keyring")):
                with open(os.path.join(place, name), "rb") as file:
                    self.assertNotIn(secret.encode(), file.read(), name)

    def test_many_at_once(self):
        """Commands that start together, with no server: each gets its turn, or has waited long for it."""
        def add(n):
            begun = time.monotonic()
            return self.bench.run("patient", "add", f"many-{n}").code, time.monotonic() - begun
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            done = list(pool.map(add, range(24)))
        for code, seconds in done:
            self.assertTrue(code == 0 or (code == 7 and seconds > BUSY_SECONDS), (code, seconds))
        self.assertEqual(len(self.ask("patient", "list")["data"]), [code for code, _ in done].count(0))

    def test_long_path(self):
        deep = os.path.join(self.bench.root, *["d" * 40] * 4)
        self.bench.data = deep
        self.bench.serve()
        self.ask("patient", "add", "deep")
        self.assertEqual(self.bench.end(self.bench.server), 0)
        self.assertEqual([p["id"] for p in self.ask("patient", "list")["data"]], ["deep"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
