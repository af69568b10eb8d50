# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job in one command, twice in the same folder, and what it leaves."""
import json
import os
import signal
import sqlite3
import time
import unittest

from ctltest import BUSY, CTL, Bench, wait_for


class Demo(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.folder = os.path.join(self.bench.root, "kept")

    def demo(self):
        answer = self.bench.run("demo", "--keep", self.folder, "--json")
        self.assertEqual(answer.code, 0, answer.err)
        return answer.json()

    def ask(self, *words):
        return self.bench.ask("--sandbox", *words, data=self.folder)

    def test_demo(self):
        first = self.demo()
        self.assertTrue(first["ok"])
        self.assertEqual((first["patients"], first["connections"], first["pulls"], first["held"]), (12, 12, 12, 1))
        patients = self.ask("patient", "list")["data"]
        shown = [self.ask("patient", "show", p["id"]) for p in patients]
        self.assertEqual(first["records"], sum(p["records"] for p in shown))
        held = sum(p["records"] for p in shown if p["record_status"] == "held")
        self.assertGreater(held, 0)
        self.assertEqual(first["delivered"], (first["records"] - held) * 2)
        pulls = self.ask("pull", "list")["data"]
        self.assertEqual(first["records"], sum(p["new"] for p in pulls))
        self.assertEqual({p["status"] for p in pulls}, {"complete"})
        self.keeps_secrets()
        self.again(first)

    def again(self, first):
        sandbox = os.path.join(self.folder, "sandbox", "portal.json")
        with open(os.path.join(self.folder, "sandbox", "sandbox.json")) as file:
            state = file.read()
        second = self.demo()
        self.assertTrue(second["ok"])
        self.assertEqual((second["patients"], second["connections"], second["pulls"]), (12, 12, 24))
        self.assertEqual(second["records"], first["records"])
        self.assertEqual(second["delivered"], first["delivered"])
        self.assertEqual(sum(p["new"] + p["changed"] for p in self.ask("pull", "list")["data"]), first["records"])
        with open(os.path.join(self.folder, "sandbox", "sandbox.json")) as file:
            self.assertEqual(file.read(), state)
        self.assertTrue(os.path.exists(sandbox))
        self.assertTrue(self.ask("check")["ok"])

    def secrets(self):
        """What the sandbox gave out or asks for, from its own files."""
        found = set()

        def walk(value, name):
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(inner, key)
                    if "token" in name or "refresh" in name or "access" in name:
                        found.add(key)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner, name)
            elif isinstance(value, str) and any(w in name for w in ("token", "secret", "refresh", "bearer", "code")):
                found.add(value)

        with open(os.path.join(self.folder, "sandbox", "portal.json")) as file:
            walk(json.load(file), "")
        return {s for s in found if len(s) >= 16 and " " not in s and not s.startswith("http")}

    def keeps_secrets(self):
        """No token, code or secret lies anywhere in the folder but in the sandbox's own part of it."""
        secrets = self.secrets()
        self.assertGreater(len(secrets), 12)
        for place, folders, files in os.walk(self.folder):
            if place == self.folder:
                folders.remove("sandbox")
            for name in (n for n in files if n != "engine.sock"):
                with open(os.path.join(place, name), "rb") as file:
                    content = file.read()
                for secret in secrets:
                    self.assertNotIn(secret.encode(), content, name)
        with sqlite3.connect(f"file:{self.folder}/chartroom.db?mode=ro", uri=True) as db:
            sealed = [row[0] for row in db.execute("SELECT sealed_tokens FROM connection")]
        self.assertEqual(len(sealed), 12)
        for secret in secrets:
            self.assertFalse(any(secret.encode() in bytes(s) for s in sealed))

    def test_usage(self):
        for words in (("demo", "--keep"), ("demo", "x"), ("demo", "--keep", "a", "b")):
            self.assertEqual(self.bench.ask(*words, code=2)["error"]["code"], "bad_input")

    def test_interrupted(self):
        """A demo that is interrupted ends soon, leaves no child, and can be run again."""
        child = self.bench.spawn(CTL, "--json", "demo", "--keep", self.folder)
        wait_for(lambda: os.path.exists(os.path.join(self.folder, "sandbox", "portal.json")))
        begun = time.monotonic()
        code = self.bench.end(child, signal.SIGINT)
        self.assertLess(time.monotonic() - begun, 10 * BUSY)
        self.assertEqual(code, 130)
        self.assertTrue(self.demo()["ok"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
