# SPDX-License-Identifier: GPL-3.0-or-later
"""A file in parts whose engine is killed leaves no part at the bucket, whatever becomes of its run and its destination."""
import glob
import signal
import sqlite3
import unittest

from ctltest import CTL, Bench, Visitor, wait_for, without_keyring

REFUSED = "lifecycle rule"


class Uploads(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        self.about = self.bench.about()
        self.pull()
        self.leave()

    def pull(self):
        """One patient's records, one of them so large that it goes in parts."""
        portal, person = self.about["portal"], self.about["patients"][4]
        source = self.bench.add_portal(portal)
        self.patient = person["clinic_id"]
        self.bench.add_person(person)
        self.bench.serve()
        self.bench.fault("attachment-large", megabytes=18, count=1)
        session = self.ask("session", "create", self.patient, "--source", source, "--return-url", "https://clinic.example/back")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))
        self.ask("pull", "start", self.patient, "--wait")

    def leave(self):
        """Kills the engine in the middle of a part."""
        bucket = self.about["bucket"]
        self.bench.fault("s3-late", delay_ms=700)
        self.lake = self.ask("destination", "add", "s3", "--name", "Lake", "--endpoint", bucket["endpoint"], "--bucket", bucket["bucket"],
                             "--region", bucket["region"], "--access-key", bucket["access_key"], "--prefix", "clinic", "--secret-stdin",
                             secret=bucket["secret_key"])["id"]
        wait_for(self.uploads)
        self.run_id = self.ask("run", "list")["data"][0]["id"]
        self.bench.end(self.bench.server, signal.SIGKILL)
        self.bench.no_faults()
        self.assertEqual(len(self.uploads()), 1)

    def uploads(self):
        return glob.glob(self.bench.root + "/sandbox/**/uploads/*", recursive=True)

    def rows(self, sql):
        path = glob.glob(self.bench.data + "/**/*.db", recursive=True)[0]
        with sqlite3.connect(path) as db:
            return db.execute(sql).fetchone()[0]

    def test_cancel(self):
        """Of a run that no process works on."""
        answer = self.ask("run", "cancel", self.run_id)
        self.assertEqual(answer["status"], "cancelled")
        self.assertNotIn("left_behind", answer)
        self.assertEqual(self.uploads(), [])
        self.assertEqual(self.rows("SELECT count(*) FROM upload_note"), 0)

    def test_cancel_by_name(self):
        """The bucket lets nobody list, so that what it called the upload has to be known."""
        self.bench.fault("s3-denied", methods=["GET"])
        self.assertEqual(self.ask("run", "cancel", self.run_id)["status"], "cancelled")
        self.assertEqual(self.uploads(), [])

    def test_refused(self):
        """What to do is said until it is done; then it goes by itself."""
        self.bench.fault("s3-denied", methods=["GET", "DELETE"])
        answer = self.ask("run", "cancel", self.run_id)
        self.assertEqual(answer["status"], "cancelled")
        self.assertEqual(len(self.uploads()), 1)
        said = self.ask("destination", "show", self.lake)["left_behind"]
        self.assertEqual(answer["left_behind"], said)
        self.assertIn(REFUSED, said)
        self.assertIn("/clinic”", said)
        self.assertIn("give it that permission", said)
        self.bench.no_faults()
        self.bench.serve()
        wait_for(lambda: not self.uploads())
        wait_for(lambda: self.ask("destination", "show", self.lake)["left_behind"] is None)

    def test_in_hand(self):
        """A run that is under way is cancelled, and the bucket lets nobody abort; mended settings are tried at once."""
        self.bench.fault("s3-late", delay_ms=700)
        self.bench.fault("s3-denied", methods=["DELETE"])
        self.bench.serve()
        wait_for(lambda: len(self.uploads()) == 2)
        self.assertEqual(self.ask("run", "cancel", self.run_id)["status"], "cancelled")
        wait_for(lambda: REFUSED in (self.ask("destination", "show", self.lake)["left_behind"] or ""), 20)
        self.assertEqual(len(self.uploads()), 2)
        self.bench.no_faults()
        self.ask("destination", "edit", self.lake, "--name", "Lake, mended")
        wait_for(lambda: not self.uploads(), 20)
        wait_for(lambda: self.ask("destination", "show", self.lake)["left_behind"] is None, 20)

    def test_not_once_more(self):
        """The record is gone before its file comes round again."""
        self.bench.fault("s3-status", status=503)
        self.ask("patient", "remove", self.patient)
        self.assertEqual(len(self.uploads()), 1)
        self.bench.no_faults()
        self.bench.serve()
        wait_for(lambda: not self.uploads(), 20)

    def test_paused(self):
        self.ask("run", "pause", self.run_id)
        self.bench.serve()
        wait_for(lambda: not self.uploads(), 20)

    def test_removed(self):
        self.assertNotIn("left_behind", self.ask("destination", "remove", self.lake))
        self.assertEqual(self.uploads(), [])

    def test_removed_while_away(self):
        """The bucket does not answer: the credentials stay as long as they are needed for it."""
        self.bench.fault("s3-status", status=503)
        self.assertIn("for a week", self.ask("destination", "remove", self.lake)["left_behind"])
        self.assertEqual(len(self.uploads()), 1)
        self.assertGreater(self.rows("SELECT count(*) FROM removal_task"), 0)
        self.bench.no_faults()
        self.bench.serve()
        wait_for(lambda: not self.uploads(), 20)
        wait_for(lambda: self.rows("SELECT count(*) FROM removal_task") == 0, 20)

    def test_removed_and_no_keyring(self):
        """An engine without the keyring has nothing to sign in with: it tries again, and gives nothing up."""
        self.bench.fault("s3-status", status=503)
        self.ask("destination", "remove", self.lake)
        self.bench.no_faults()
        attempts = "SELECT max(attempts) FROM upload_note"
        before = self.rows(attempts)
        engine = self.bench.spawn(CTL, "--data-dir", self.bench.data, "serve", "--listen", "127.0.0.1:0",
                                  env=without_keyring(self.bench.root))
        self.bench.listening(engine)
        wait_for(lambda: self.rows(attempts) != before, 20)
        self.assertEqual(self.rows(attempts), before + 1)
        self.assertEqual(len(self.uploads()), 1)
        self.bench.end(engine)
        self.bench.serve()
        wait_for(lambda: not self.uploads(), 20)

    def test_removed_and_refused(self):
        """Nobody can change what a removed destination may: it is said what remains, and kept in the list of changes."""
        self.bench.fault("s3-denied", methods=["GET", "DELETE"])
        said = self.ask("destination", "remove", self.lake)["left_behind"]
        self.assertIn("remain in", said)
        self.assertIn(REFUSED, said)
        self.assertIn(said, [entry["detail"] for entry in self.ask("audit", "list")["data"]])
        self.assertEqual(self.rows("SELECT count(*) FROM upload_note"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
