# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups: made while work goes on, opened by the passphrase alone, rehearsed before they replace anything, and never
half of one in place."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from ctltest import CTL, Bench, Visitor, environment, wait_for

PHRASE = "four words of mine"
ASIDE = "chartroom.db.before-restore"


class Case(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.file = os.path.join(self.bench.root, "clinic.backup")

    def fill(self):
        """One patient with access, pulled; a destination with a password would need a server: a folder does not."""
        self.bench.start_sandbox()
        about = self.bench.about()
        self.person = about["patients"][3]
        self.id = self.person["clinic_id"]
        self.source = self.bench.add_portal(about["portal"])
        self.bench.add_person(self.person)
        self.ask("config", "set", "clinic-name", "Elm Street")
        self.bench.serve()
        session = self.ask("session", "create", self.id, "--source", self.source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))
        wait_for(lambda: [p for p in self.ask("pull", "list")["data"] if p["status"] == "complete"])

    def create(self, *more, **options):
        return self.ask("backup", "create", self.file, *more, secret=PHRASE, **options)

    def counts(self, data=None, env=None):
        return {p["id"]: self.ask("patient", "show", p["id"], data=data, env=env)["records"]
                for p in self.ask("patient", "list", data=data, env=env)["data"]}

    def stop(self):
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def left(self, data=None):
        """Names in the data folder that only a backup or a restore makes."""
        return sorted(n for n in os.listdir(data or self.bench.data) if n.startswith(("backup.", "restore.")))


class Whole(Case):
    def test_other_computer(self):
        """Another folder, another keyring: patients are there with their access, and a pull needs no sign-in."""
        self.fill()
        before = self.counts()
        made = self.create()
        self.assertEqual((made["patients"], made["active_connections"], made["secrets"]), (1, 1, True))
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        with open(self.file, "rb") as file:
            self.assertNotIn(self.id.encode(), file.read())
        self.assertEqual(self.ask("audit", "list")["data"][0]["action"], "backup.create")
        self.stop()
        other = os.path.join(self.bench.root, "other")
        os.mkdir(other)
        env = environment(other)
        data = os.path.join(other, "data")
        seen = self.ask("backup", "restore", self.file, "--dry-run", secret=PHRASE, data=data, env=env)
        self.assertEqual((seen["restored"], seen["records"], seen["clinic"], seen["replaces"]["patients"]),
                         (False, before[self.id], "Elm Street", 0))
        self.assertEqual(self.counts(data, env), {})
        done = self.ask("backup", "restore", self.file, secret=PHRASE, data=data, env=env)
        self.assertTrue(done["restored"])
        self.assertEqual(self.counts(data, env), before)
        self.assertEqual(self.left(data), [])
        self.assertTrue(self.ask("check", data=data, env=env)["ok"])
        self.assertEqual(self.ask("audit", "list", data=data, env=env)["data"][0]["action"], "backup.restore")
        pull = self.ask("pull", "start", self.id, "--wait", data=data, env=env)["data"][0]
        self.assertEqual((pull["status"], pull["new"]), ("complete", 0))

    def test_without_secrets(self):
        """Records come back elsewhere, access does not, and it is said: pulls wait for a key that is not there."""
        self.fill()
        before = self.counts()
        self.assertFalse(self.create("--without-secrets")["secrets"])
        self.stop()
        other = os.path.join(self.bench.root, "other")
        os.mkdir(other)
        env = environment(other)
        data = os.path.join(other, "data")
        self.assertFalse(self.ask("backup", "restore", self.file, secret=PHRASE, data=data, env=env)["secrets"])
        self.assertEqual(self.counts(data, env), before)
        server = self.bench.spawn(CTL, "--data-dir", data, "serve", "--listen", "127.0.0.1:0", env=env)
        self.bench.listening(server)
        self.ask("pull", "start", self.id, data=data, env=env)
        words = wait_for(lambda: self.ask("status", data=data, env=env)["keyring"], 60)
        self.assertIn("ask the patients to connect again", words)
        self.assertEqual(self.ask("pull", "list", data=data, env=env)["data"][0]["status"], "waiting")

    def test_same_computer(self):
        """What came since is replaced, kept aside, and gone when a patient is removed; a removal since is counted."""
        self.fill()
        before = self.counts()
        self.create()
        self.ask("patient", "add", "later", "--name", "Later")
        self.ask("patient", "add", "gone", "--name", "Gone")
        self.ask("patient", "remove", "gone")
        seen = self.ask("backup", "restore", self.file, "--dry-run", secret=PHRASE)
        self.assertEqual((seen["replaces"]["patients"], seen["replaces"]["removals_since_backup"]), (2, 1))
        self.assertIn("later", self.counts())
        self.assertTrue(self.ask("backup", "restore", self.file, secret=PHRASE)["restored"])
        self.assertEqual(wait_for(lambda: self.settled()), before)
        self.assertEqual(self.bench.server.poll(), None)
        aside = sqlite3.connect(os.path.join(self.bench.data, ASIDE))
        self.assertEqual(aside.execute("SELECT count(*) FROM patient").fetchone()[0], 2)
        aside.close()
        pull = self.ask("pull", "start", self.id, "--wait")["data"][0]
        self.assertEqual((pull["status"], pull["new"]), ("complete", 0))
        self.ask("patient", "remove", self.id)
        wait_for(lambda: not os.path.exists(os.path.join(self.bench.data, ASIDE)))
        self.stop()

    def settled(self):
        """Once the server has opened what was restored."""
        answer = self.bench.run("patient", "list", before=("--json",))
        if answer.code != 0 or "later" in [p["id"] for p in answer.json()["data"]]:
            return None
        return self.counts()

    def test_while_pulling(self):
        """The picture is of one moment, though pages come in; it opens and every rule holds."""
        self.fill()
        self.bench.fault("slow", delay_ms=100)
        pull = self.ask("pull", "start", self.id, "--full")["data"][0]["id"]
        for i in range(3):
            self.create("--replace")
            seen = self.ask("backup", "check", self.file, secret=PHRASE)
            self.assertEqual((seen["broken_rules"], seen["patients"], seen["restored"]), (0, 1, False))
        self.bench.no_faults()
        wait_for(lambda: self.ask("pull", "show", pull)["status"] == "complete")
        self.assertEqual(self.left(), [])
        self.stop()


KEYRING = """
import sys
import gi
gi.require_version("Secret", "1")
from gi.repository import Secret
kind = Secret.SchemaAttributeType.STRING
schema = Secret.Schema.new("io.github.chartroom.Chartroom", Secret.SchemaFlags.NONE, {"workspace": kind, "name": kind})
print(len(Secret.password_search_sync(schema, {"workspace": sys.argv[1]}, Secret.SearchFlags.ALL, None)))
"""


class Undone(Case):
    """A restore is gone back on by what it put aside, and what that needs stays in the keyring as long as it is there."""

    def workspace(self):
        with open(os.path.join(self.bench.data, "workspace.json")) as file:
            return json.load(file)["id"]

    def secrets(self, workspace):
        """How many the keyring keeps for it."""
        answer = subprocess.run(["/usr/bin/python3", "-c", KEYRING, workspace], env=self.bench.env, capture_output=True, text=True)
        if answer.returncode != 0:
            self.skipTest("no bindings of libsecret for Python: " + answer.stderr[-200:])
        return int(answer.stdout)

    def restore_over(self):
        """A patient came after the backup: restored, they are aside."""
        self.fill()
        self.create()
        self.old = self.workspace()
        self.ask("patient", "add", "later", "--name", "Later")
        self.assertTrue(self.ask("backup", "restore", self.file, secret=PHRASE)["restored"])
        wait_for(lambda: self.there() == [self.id])
        self.new = self.workspace()
        self.assertNotEqual(self.old, self.new)
        self.assertTrue(self.secrets(self.old) > 0 and self.secrets(self.new) > 0)

    def there(self):
        """Who is there; nothing while one engine closes and the next opens."""
        answer = self.bench.run("patient", "list", before=("--json",))
        return sorted(p["id"] for p in answer.json()["data"]) if answer.code == 0 else None

    def test_undo(self):
        """Counted first, then in place with its access; and back again by the same command."""
        self.restore_over()
        seen = self.ask("backup", "undo", "--dry-run")
        self.assertEqual((seen["restored"], seen["patients"], seen["broken_rules"], seen["replaces"]["patients"]), (False, 2, 0, 1))
        self.assertEqual(self.there(), [self.id])
        self.assertTrue(self.ask("backup", "undo")["restored"])
        wait_for(lambda: self.there() == sorted([self.id, "later"]))
        self.assertEqual(self.workspace(), self.old)
        self.assertEqual(self.ask("audit", "list")["data"][0]["action"], "backup.undo")
        self.assertEqual(self.left(), [])
        pull = self.ask("pull", "start", self.id, "--wait")["data"][0]
        self.assertEqual((pull["status"], pull["new"]), ("complete", 0))
        self.assertTrue(self.secrets(self.old) > 0 and self.secrets(self.new) > 0)
        self.assertTrue(self.ask("backup", "undo")["restored"])
        wait_for(lambda: self.there() == [self.id])
        self.assertTrue(self.ask("check")["ok"])
        self.assertTrue(self.secrets(self.old) > 0 and self.secrets(self.new) > 0)
        self.stop()

    def test_discard(self):
        """What is aside goes by command, and then its secrets do; those of what is here stay."""
        self.restore_over()
        self.assertTrue(self.ask("backup", "discard")["discarded"])
        self.assertFalse(os.path.exists(os.path.join(self.bench.data, ASIDE)))
        wait_for(lambda: self.secrets(self.old) == 0)
        self.assertTrue(self.secrets(self.new) > 0)
        self.assertEqual(self.ask("backup", "undo", code=3)["error"]["code"], "not_found")
        self.assertEqual(self.ask("backup", "discard", code=3)["error"]["code"], "not_found")
        pull = self.ask("pull", "start", self.id, "--wait")["data"][0]
        self.assertEqual(pull["status"], "complete")
        self.stop()
        self.assertEqual([name for name in os.listdir(self.bench.data) if "restore" in name or "keyring" in name], [])

    def test_restored_twice(self):
        """The second puts aside what the first brought; what the first put aside is gone, with its secrets."""
        self.restore_over()
        self.assertTrue(self.ask("backup", "restore", self.file, secret=PHRASE)["restored"])
        wait_for(lambda: self.workspace() not in (self.old, self.new))
        wait_for(lambda: self.there() == [self.id])
        wait_for(lambda: self.secrets(self.old) == 0)
        self.assertTrue(self.secrets(self.new) > 0 and self.secrets(self.workspace()) > 0)
        self.stop()

    def test_removal(self):
        """A removal of a patient takes what is aside along, and its secrets."""
        self.restore_over()
        self.ask("patient", "remove", self.id)
        wait_for(lambda: not os.path.exists(os.path.join(self.bench.data, ASIDE)))
        wait_for(lambda: self.secrets(self.old) == 0)
        self.assertTrue(self.secrets(self.new) > 0)
        self.stop()


class Kept(Case):
    def rows(self, sql):
        db = sqlite3.connect(os.path.join(self.bench.data, "chartroom.db"), timeout=30)
        with db:
            found = db.execute(sql).fetchall()
        db.close()
        return found[0][0] if found else None

    def test_retention(self):
        """Only how things went, and only when somebody set it; the newest stays, and so does every record."""
        self.fill()
        before = self.counts()
        self.ask("pull", "start", self.id, "--wait")
        self.stop()
        n = self.rows("SELECT count(*) FROM pull_line")
        old = self.rows("SELECT count(*) FROM pull_line WHERE pull = (SELECT min(n) FROM pull)")
        self.assertTrue(0 < old < n)
        self.rows("UPDATE pull SET finished_ms = 1 WHERE n = (SELECT min(n) FROM pull)")
        self.bench.serve()
        self.ask("status")
        self.assertEqual(self.rows("SELECT count(*) FROM pull_line"), n)
        error = self.ask("config", "set", "keep-log-days", "1", code=4)["error"]
        self.assertIn("7 to 36500", error["message"])
        self.ask("config", "set", "keep-log-days", "90")
        wait_for(lambda: self.rows("SELECT count(*) FROM pull_line") == n - old, 60)
        self.assertEqual(self.counts(), before)
        self.assertTrue(self.ask("check")["ok"])
        self.assertEqual(len(self.ask("pull", "list")["data"]), 2)
        self.stop()


class Refused(Case):
    def setUp(self):
        super().setUp()
        self.ask("patient", "add", "here", "--name", "Here")
        self.create()
        with open(self.file, "rb") as file:
            self.bytes = file.read()

    def refuse(self, code, kind, words, secret=PHRASE, file=None, **more):
        for command in (("check",), ("restore",)):
            error = self.ask("backup", *command, file or self.file, secret=secret, code=code, **more)["error"]
            self.assertEqual(error["code"], kind)
            self.assertIn(words, error["message"])
            self.assertEqual(self.left(), [])
        self.assertEqual(list(self.counts()), ["here"])
        self.assertTrue(self.ask("check")["ok"])

    def write(self, data):
        with open(self.file, "wb") as file:
            file.write(data)

    def test_wrong_passphrase(self):
        self.refuse(1, "sign_in", "passphrase is not the one", secret="another four words")

    def test_short_passphrase(self):
        error = self.ask("backup", "create", self.file + "2", secret="short", code=4)["error"]
        self.assertIn("at least 12 characters", error["message"])
        self.assertFalse(os.path.exists(self.file + "2"))

    def test_cut_short(self):
        for length in (len(self.bytes) - 1, len(self.bytes) - 16, len(self.bytes) // 2, 76 + 16, 76):
            self.write(self.bytes[:length])
            self.refuse(1, "corrupt", "damaged, or a part at its end is missing")
        self.write(self.bytes[:50])
        self.refuse(1, "corrupt", "damaged")
        self.write(b"")
        self.refuse(4, "bad_input", "not a backup")

    def test_flipped_byte(self):
        for place in (30, 60, 70, 76, len(self.bytes) // 2, len(self.bytes) - 1):
            data = bytearray(self.bytes)
            data[place] ^= 0x40
            self.write(data)
            self.refuse(1, "corrupt", "damaged")

    def test_not_ours(self):
        self.write(b"PK\x03\x04" + bytes(5000))
        self.refuse(4, "bad_input", "not a backup that Chartroom made")
        os.unlink(self.file)
        self.refuse(3, "not_found", "could not be read")

    def test_taken_name(self):
        error = self.create(code=4)["error"]
        self.assertEqual(error["code"], "conflict")
        with open(self.file, "rb") as file:
            self.assertEqual(file.read(), self.bytes)
        self.create("--replace")

    def test_other_kind(self):
        answer = self.bench.run("backup", "restore", self.file, data=os.path.join(self.bench.root, "box"), secret=PHRASE,
                                before=("--json", "--sandbox"))
        self.assertEqual(answer.code, 4)
        self.assertIn("cannot be restored into the sandbox", answer.json()["error"]["message"])

    def test_no_place(self):
        error = self.ask("backup", "create", "no/such/folder/x", secret=PHRASE, code=3)["error"]
        self.assertIn("could not be written", error["message"])
        self.assertEqual(self.left(), [])


class Damaged(Case):
    def test_damaged_when_made(self):
        """An index that had lost its row: the file is whole, what is in it is not, and nothing is replaced by it."""
        self.ask("patient", "add", "here", "--name", "Here")
        path = os.path.join(self.bench.data, "chartroom.db")
        db = sqlite3.connect(path)
        size = db.execute("PRAGMA page_size").fetchone()[0]
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_patient_1'").fetchone()[0]
        db.execute("PRAGMA wal_checkpoint (TRUNCATE)")
        db.close()
        with open(path, "r+b") as file:
            file.seek((root - 1) * size)
            page = file.read(size)
            self.assertEqual(page.count(b"here"), 1)
            file.seek((root - 1) * size)
            file.write(page.replace(b"here", b"herx"))
        self.create()
        for command in ("check", "restore"):
            error = self.ask("backup", command, self.file, secret=PHRASE, code=1)["error"]
            self.assertEqual(error["code"], "corrupt")
            self.assertIn("they were so when it was made", error["message"])
        self.assertEqual(self.left(), [])
        self.assertFalse(os.path.exists(path + ".before-restore"))

    def test_store_that_does_not_open(self):
        """What a backup is for: the data file is no database any more."""
        self.ask("patient", "add", "here", "--name", "Here")
        self.create()
        path = os.path.join(self.bench.data, "chartroom.db")
        with open(path, "r+b") as file:
            file.write(b"\xff" * 8192)
        with open(path, "rb") as file:
            damaged = file.read()
        self.assertEqual(self.ask("patient", "list", code=1)["error"]["code"], "corrupt")
        error = self.ask("backup", "restore", self.file, secret="another four words", code=1)["error"]
        self.assertEqual(error["code"], "sign_in")
        self.assertTrue(self.ask("backup", "restore", self.file, secret=PHRASE)["restored"])
        self.assertEqual(list(self.counts()), ["here"])
        with open(os.path.join(self.bench.data, ASIDE), "rb") as file:
            self.assertEqual(file.read(), damaged)


class Killed(Case):
    def setUp(self):
        super().setUp()
        self.ask("patient", "add", "old", "--name", "Old")
        self.create()
        for i in range(3):
            self.ask("patient", "add", f"new{i}", "--name", "New")

    def run_and_kill(self, after, *words):
        child = subprocess.Popen([CTL, "--data-dir", self.bench.data, *words], stdin=subprocess.PIPE, env=self.bench.env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        child.stdin.write((PHRASE + "\n").encode())
        child.stdin.close()
        try:
            child.wait(after)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        return child.wait()

    def test_restore(self):
        """Killed anywhere: the old data whole or the new ones whole, and the way back is there."""
        saved = self.bench.data + ".saved"
        shutil.copytree(self.bench.data, saved, ignore=shutil.ignore_patterns("*.sock"))
        began = time.monotonic()
        self.assertEqual(self.run_and_kill(60, "backup", "restore", self.file), 0)
        takes = time.monotonic() - began
        ends = set()
        for i in range(int(os.environ.get("CHARTROOM_TEST_KILLS", "12"))):
            shutil.rmtree(self.bench.data)
            shutil.copytree(saved, self.bench.data)
            self.run_and_kill(random.uniform(0.1, 1.1) * takes, "backup", "restore", self.file)
            found = set(self.counts())
            self.assertIn(found, ({"old"}, {"old", "new0", "new1", "new2"}))
            self.assertTrue(self.ask("check")["ok"])
            self.assertEqual(self.left(), [])
            ends.add(len(found))
        print("ends:", ends)

    def test_between_every_two_renames(self):
        """Each place a crash can stop the taking in place, made by hand: the next start finishes it."""
        saved = self.bench.data + ".saved"
        path = lambda name: os.path.join(self.bench.data, name)
        shutil.copytree(self.bench.data, saved, ignore=shutil.ignore_patterns("*.sock"))
        self.assertEqual(self.run_and_kill(60, "backup", "restore", self.file), 0)
        new = {}
        for name in ("chartroom.db", "workspace.json"):
            with open(path(name), "rb") as file:
                new[name] = file.read()
        moves = [("chartroom.db", ASIDE), ("restore.ready/chartroom.db", "chartroom.db"),
                 ("workspace.json", "workspace.json.before-restore"), ("restore.ready/workspace.json", "workspace.json")]
        for n in range(len(moves) + 1):
            shutil.rmtree(self.bench.data)
            shutil.copytree(saved, self.bench.data)
            os.mkdir(path("restore.ready"))
            for name, text in new.items():
                with open(path("restore.ready/" + name), "wb") as file:
                    file.write(text)
            with open(path("chartroom.db-wal"), "wb") as file:
                file.write(b"of the old file alone")
            for start, end in moves[:n]:
                os.rename(path(start), path(end))
                if start == "chartroom.db":
                    os.rename(path("chartroom.db-wal"), path(ASIDE + "-wal"))
            self.assertEqual(set(self.counts()), {"old"}, n)
            self.assertEqual(self.left(), [], n)
            self.assertTrue(self.ask("check")["ok"])
            aside = sqlite3.connect(f"file:{path(ASIDE)}?immutable=1", uri=True)
            self.assertEqual(aside.execute("SELECT count(*) FROM patient").fetchone()[0], 4, n)
            aside.close()
            with open(path(ASIDE + "-wal"), "rb") as file:
                self.assertEqual(file.read(), b"of the old file alone", n)
            with open(path("workspace.json.before-restore"), "rb") as one, open(os.path.join(saved, "workspace.json"), "rb") as two:
                self.assertEqual(one.read(), two.read(), n)

    def test_create(self):
        """The file is whole or not under its name; what was begun in the data folder is cleared away."""
        file = self.file + "2"
        for i in range(8):
            code = self.run_and_kill(random.uniform(0.02, 1.0), "backup", "create", file)
            if os.path.exists(file):
                self.assertEqual(self.ask("backup", "check", file, secret=PHRASE)["patients"], 4)
                os.unlink(file)
            else:
                self.assertNotEqual(code, 0)
            self.ask("status")
            self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
