# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed between the transaction that removes a source and the removal of its secret from the keyring, the engine does the
rest when it starts again."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

from ctltest import CTL, Bench, wait_for

SKIP = 77
SECRET = "the-clients-secret-7c1f"
# As libsecret reads it, from a process of its own: the keyring is looked at as it lies on the disk.
LOOK = """
import sys
import gi
gi.require_version("Secret", "1")
from gi.repository import Secret
kind = Secret.SchemaAttributeType.STRING
schema = Secret.Schema.new("io.github.chartroom.Chartroom", Secret.SchemaFlags.NONE, {"workspace": kind, "name": kind})
found = Secret.password_lookup_sync(schema, {"workspace": sys.argv[1], "name": sys.argv[2]}, None)
print(found if found is not None else "")
"""


class Queue(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.keyring = self.bench.env["SECRET_FILE_TEST_PATH"]

    def secret(self, source):
        """The one that the keyring has for it, "" for none."""
        with open(os.path.join(self.bench.data, "workspace.json")) as file:
            workspace = json.load(file)["id"]
        done = subprocess.run(["/usr/bin/python3", "-c", LOOK, workspace, "source/" + source], env=self.bench.env,
                              capture_output=True, text=True, check=False)
        if "ModuleNotFoundError" in done.stderr or "ValueError" in done.stderr:
            print("skipped: the bindings of libsecret are not installed")
            sys.exit(SKIP)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def queue(self):
        database = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"))
        tasks = database.execute("SELECT name FROM removal_task WHERE kind = 'keyring'").fetchall()
        database.close()
        return [name for name, in tasks]

    def test_killed(self):
        source = self.ask("source", "add", "--name", "Portal", "--fhir-base-url", "https://portal.example/fhir", "--client-id", "one",
                          "--client-auth", "basic", "--secret-stdin", secret=SECRET)["id"]
        other = self.ask("source", "add", "--name", "Other", "--fhir-base-url", "https://other.example/fhir", "--client-id", "two",
                         "--client-auth", "basic", "--secret-stdin", secret="stays")["id"]
        name = "source/" + source
        self.assertEqual(self.secret(source), SECRET)

        # A keyring that does not answer: whoever reads it waits for its other end.
        self.bench.serve()
        os.rename(self.keyring, self.keyring + ".away")
        os.mkfifo(self.keyring)
        asked = self.bench.spawn(CTL, "--data-dir", self.bench.data, "source", "remove", source)
        wait_for(lambda: self.queue() == [name], 30)
        time.sleep(0.3)
        self.assertEqual(self.queue(), [name])
        self.bench.end(self.bench.server, signal.SIGKILL)
        asked.wait(30)
        os.unlink(self.keyring)
        os.rename(self.keyring + ".away", self.keyring)
        self.assertEqual(self.secret(source), SECRET)
        self.assertEqual(self.queue(), [name])

        self.bench.serve()
        wait_for(lambda: not self.queue(), 30)
        self.assertEqual(self.secret(source), "")
        self.assertEqual(self.secret(other), "stays")
        self.ask("source", "show", source, code=3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
