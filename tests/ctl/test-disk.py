# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that is full and one that cannot be written: nothing half-written, words, and work goes on when it can.

Both are real: a small file system of memory, mounted where nobody else sees it."""
import os
import subprocess
import sys
import unittest

from ctltest import Bench, Visitor, wait_for

FINAL = ("complete", "partial", "failed", "cancelled")


def in_own_mounts():
    """Runs again where it may mount; → the exit code, None when it is there already"""
    if os.environ.get("CHARTROOM_TEST_MOUNTS") == "1":
        return None
    enter = ["unshare", "--user", "--map-root-user", "--mount"] if os.getuid() else ["unshare", "--mount"]
    try:
        subprocess.run(enter + ["mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"], check=True,
                       capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        print("nothing can be mounted here: not tested")
        return 77
    return subprocess.call(enter + [sys.executable] + sys.argv, env=dict(os.environ, CHARTROOM_TEST_MOUNTS="1"))


class Disk(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        os.mkdir(self.bench.data, 0o700)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "none", self.bench.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.bench.data], check=True)
        self.bench.start_sandbox()
        about = self.bench.about()
        self.person = about["patients"][3]
        self.id = self.person["clinic_id"]
        self.source = self.bench.add_portal(about["portal"])
        self.bench.add_person(self.person)

    def connect(self):
        session = self.ask("session", "create", self.id, "--source", self.source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))

    def fill(self):
        with open(os.path.join(self.bench.data, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def test_L06_full(self):
        self.bench.serve()
        self.bench.fault("slow", delay_ms=1500)
        self.connect()
        wait_for(lambda: self.ask("patient", "show", self.id)["records"] > 0)
        self.fill()
        words = wait_for(lambda: self.ask("status")["storage"])
        self.assertIn("disk that holds Chartroom's data is full", words)
        pull = self.ask("pull", "list")["data"][0]
        self.assertNotIn(pull["status"], FINAL)
        self.assertTrue(self.ask("check")["ok"])
        kept = self.ask("patient", "show", self.id)["records"]
        self.assertGreater(kept, 0)
        self.bench.no_faults()
        os.unlink(os.path.join(self.bench.data, "filler"))
        pull = wait_for(lambda: [p for p in self.ask("pull", "list")["data"] if p["status"] in FINAL])[0]
        self.assertEqual(pull["status"], "complete")
        self.assertEqual(pull["new"], pull["received"])  # each page once
        wait_for(lambda: self.ask("status")["storage"] is None)  # nothing has failed for a while
        self.assertGreater(self.ask("patient", "show", self.id)["records"], kept)
        self.assertTrue(self.ask("check")["ok"])
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_L06_read_only(self):
        self.bench.serve()
        self.connect()
        wait_for(lambda: self.ask("pull", "list")["data"][0]["status"] == "complete")
        kept = self.ask("patient", "show", self.id)["records"]
        self.assertEqual(self.bench.end(self.bench.server), 0)
        subprocess.run(["mount", "-o", "remount,ro", self.bench.data], check=True)
        error = self.ask("pull", "start", self.id, code=1)["error"]
        self.assertEqual(error["code"], "read_only")
        self.assertIn("data folder", error["message"])
        server = self.bench.spawn(os.environ["CHARTROOMCTL"], "--data-dir", self.bench.data, "serve", "--listen",
                                  "127.0.0.1:0")
        self.assertNotEqual(server.wait(60), 0)
        subprocess.run(["mount", "-o", "remount,rw", self.bench.data], check=True)
        self.bench.serve()
        pull = self.ask("pull", "start", self.id, "--wait")["data"][0]
        self.assertEqual((pull["status"], pull["new"]), ("complete", 0))
        self.assertEqual(self.ask("patient", "show", self.id)["records"], kept)
        self.assertTrue(self.ask("check")["ok"])

    def test_backup(self):
        """No room for the copy, for the file, or for what is in it: said, nothing half-written, and all is as it was."""
        file = os.path.join(self.bench.root, "clinic.backup")
        phrase = "four words of mine"
        self.ask("backup", "create", file, secret=phrase)
        self.fill()
        os.truncate(os.path.join(self.bench.data, "filler"), os.path.getsize(os.path.join(self.bench.data, "filler")) - 65536)
        error = self.ask("backup", "create", file + "2", secret=phrase, code=1)["error"]
        self.assertEqual(error["code"], "no_space")
        self.assertFalse(os.path.exists(file + "2"))
        error = self.ask("backup", "restore", file, secret=phrase, code=1)["error"]
        self.assertEqual(error["code"], "no_space")
        self.assertIn("Nothing was changed", error["message"])
        os.unlink(os.path.join(self.bench.data, "filler"))
        small = os.path.join(self.bench.root, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        error = self.ask("backup", "create", os.path.join(small, "b"), secret=phrase, code=1)["error"]
        self.assertEqual(error["code"], "no_space")
        self.assertEqual(os.listdir(small), [])
        self.assertEqual([n for n in os.listdir(self.bench.data) if n.startswith(("backup.", "restore."))], [])
        self.assertEqual([p["id"] for p in self.ask("patient", "list")["data"]], [self.id])
        self.assertTrue(self.ask("check")["ok"])

    def test_save(self):
        """Where a file does not fit, the one that was there stays as it was."""
        self.bench.fault("attachment-large", megabytes=1)
        self.bench.serve()
        self.connect()
        wait_for(lambda: self.ask("pull", "list")["data"][0]["status"] in FINAL)
        files = [f for f in self.ask("record", "attachment", "list", self.id)["data"] if (f["bytes"] or 0) > 100000]
        self.assertTrue(files)
        small = os.path.join(self.bench.root, "small")
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        path = os.path.join(small, "kept")
        with open(path, "wb") as file:
            file.write(b"old and whole")
        record = "/".join((files[0]["type"], files[0]["id"]))
        for words in (["record", "save", self.id, "--output", path],
                      ["record", "attachment", "save", self.id, record, "--number", str(files[0]["number"]), "--replace",
                       "--output", path]):
            self.ask(*words, code=1)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), b"old and whole", words)
            self.assertEqual(os.listdir(small), ["kept"])

    def damage(self):
        """Overwrites each third page but the first ones, as a failing disk does."""
        path = os.path.join(self.bench.data, "chartroom.db")
        size = os.path.getsize(path)
        with open(path, "r+b") as file:
            for at in range(8192 * 8, size - 8192, 8192 * 3):
                file.seek(at)
                file.write(os.urandom(8192))

    def test_L06_damaged(self):
        """A file that a disk has damaged: nothing is called complete, and the words say what to do."""
        self.bench.serve()
        self.connect()
        wait_for(lambda: self.ask("pull", "list")["data"][0]["status"] == "complete")
        self.assertEqual(self.bench.end(self.bench.server), 0)
        self.damage()
        answer = self.bench.run("check", before=("--json",))
        self.assertNotEqual(answer.code, 0)
        self.assertIn(b"damaged", answer.out)
        answer = self.bench.run("pull", "start", self.id, "--wait", before=("--json",))
        self.assertNotEqual(answer.code, 0)
        document = answer.json()
        if "data" in document:
            self.assertNotIn(document["data"][0]["status"], ("complete", "partial"))
            document = document["data"][0]
        self.assertEqual(document["error"]["code"], "corrupt", document)
        self.assertIn("restore a backup", document["error"]["message"])


if __name__ == "__main__":
    code = in_own_mounts()
    if code is not None:
        sys.exit(code)
    unittest.main(verbosity=2)
