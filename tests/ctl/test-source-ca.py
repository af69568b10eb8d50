# SPDX-License-Identifier: GPL-3.0-or-later
"""R07: a portal whose certificate is of a private authority. Its own CA file lets everything through that goes to it, and nothing else."""
import json
import os
import shutil
import time
import unittest

from ctltest import Bench, Visitor, wait_for

FINAL = ("complete", "partial", "failed", "cancelled")


@unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
class PrivateAuthority(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.make_authorities()
        with open(self.bench.path("both.pem"), "w") as out:
            for name in ("leaf.pem", "leaf.key"):
                with open(self.bench.path(name)) as part:
                    out.write(part.read())
        self.bench.start_sandbox("--tls", self.bench.path("both.pem"))
        # For the patient's browser and for what this test asks; Chartroom's TLS does not read it.
        os.environ["SSL_CERT_FILE"] = self.bench.path("known.pem")
        self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        self.about = self.bench.about()
        self.person = self.about["patients"][3]
        self.id = self.person["clinic_id"]
        self.bench.add_person(self.person)

    def add(self, *more, code=0, **options):
        return self.ask("source", "add", "--name", "Portal", "--fhir-base-url", self.bench.portal + "/portal/fhir", "--client-id",
                        self.about["portal"]["client_id"], *more, code=code, **options)

    def connect(self, source):
        session = self.ask("session", "create", self.id, "--source", source, "--return-url", "https://c.example/")
        return Visitor().sign_in(session["url"], self.person)

    def pull(self, *more, code=0):
        return self.ask("pull", "start", self.id, "--wait", *more, code=code)["data"][0]

    def tls(self, source, check="tls"):
        """What the test of the source finds of its certificate."""
        findings = self.bench.run("source", "test", source, before=("--json",)).json()["findings"]
        return [f for f in findings if f["check"] == check][0]

    def log(self):
        return {line["path"] for line in json.loads(self.bench.http("GET", "/_sandbox/log"))["requests"]}

    def check_refused(self, pull, words):
        """Nothing was sent; the reason is there; the patient's access goes on."""
        self.assertEqual((pull["status"], pull["error"]["code"], pull["requests"] > 1), ("failed", "certificate", False), pull)
        self.assertIn(words, pull["error"]["message"])
        self.assertEqual(self.log(), set())
        self.assertEqual(self.ask("connection", "list", self.id)["data"][0]["status"], "active")

    def test_all_requests(self):
        """Discovery, token, keys, records and files come through the CA file, and the access is renewed through it."""
        self.assertTrue(self.bench.portal.startswith("https://"))
        source = self.add("--ca-file", "known.pem")  # from the folder that the command is given in
        self.assertEqual(source["ca_file"], self.bench.path("known.pem"))
        self.assertTrue(self.tls(source["id"])["ok"])
        self.assertTrue(self.tls(source["id"], "ca-file")["ok"])
        self.bench.serve()
        self.bench.fault("token-lifetime", seconds=1)
        self.assertIn("success=true", self.connect(source["id"]))
        first = wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["status"] in FINAL])[0]
        self.assertEqual(first["status"], "complete", first)
        events = self.ask("auth", "list", self.id)["data"]
        self.assertNotIn("failed", {e["status"] for e in events})
        time.sleep(1.1)
        self.assertEqual(self.pull()["status"], "complete")
        self.assertEqual(self.ask("connection", "list", self.id)["data"][0]["status"], "active")
        for path in ("/portal/fhir/.well-known/smart-configuration", "/portal/fhir/metadata", "/portal/token", "/portal/keys",
                     "/portal/fhir/Observation", "/portal/fhir/Binary/{id}", "/portal/fhir/Practitioner/{id}"):
            self.assertIn(path, self.log())
        self.ask("connection", "disconnect", self.ask("connection", "list", self.id)["data"][0]["id"])
        wait_for(lambda: "/portal/revoke" in self.log())
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_another_is_refused(self):
        """Without the file, and with the one of another authority: before anybody signs in, and for who did."""
        source = self.add()["id"]
        for file in ("", "other.pem"):
            self.ask("source", "set", source, "--ca-file", file)
            found = self.tls(source)
            self.assertFalse(found["ok"])
            self.assertIn("is signed by an unknown authority", found["message"])
            self.assertIn("choose that one's certificate as the CA certificate of this source", found["message"])
        self.bench.serve()
        self.bench.http("DELETE", "/_sandbox/log")
        session = self.ask("session", "create", self.id, "--source", source, "--return-url", "https://c.example/")
        Visitor().go(session["url"])
        self.assertEqual(self.log(), set())

        self.assertEqual(self.ask("source", "set", source, "--ca-file", "known.pem")["ca_file"], self.bench.path("known.pem"))
        self.assertIn("success=true", self.connect(source))
        wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["status"] == "complete"])
        for file in ("other.pem", ""):
            self.ask("source", "set", source, "--ca-file", file)
            self.bench.http("DELETE", "/_sandbox/log")
            self.check_refused(self.pull(code=1), "is signed by an unknown authority")
        self.ask("source", "set", source, "--ca-file", "known.pem")
        self.assertEqual(self.pull()["status"], "complete")
        # What one source trusts, no other does.
        other = self.ask("source", "add", "--name", "Same", "--fhir-base-url", self.bench.portal.replace("127.0.0.1", "localhost") +
                         "/portal/fhir", "--client-id", self.about["portal"]["client_id"])["id"]
        self.assertFalse(self.tls(other)["ok"])
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_file(self):
        """One that is no good is refused with words; one that goes bad later fails the pull with them, and nothing is sent."""
        os.mkdir(self.bench.path("folder"))
        with open(self.bench.path("large.pem"), "wb") as out:
            out.truncate(3 << 20)
        for name, words in (("nowhere.pem", "is not there"), ("leaf.key", "no certificate"), ("folder", "is no file"),
                            ("leaf.ext", "no certificate"), ("large.pem", "too large"), ("/dev/zero", "is no file")):
            message = self.add("--ca-file", name, code=4)["error"]["message"]
            self.assertIn("CA certificate file “%s”" % os.path.basename(name), message)
            self.assertIn(words, message)
        shutil.copy(self.bench.path("known.pem"), self.bench.path("mine.pem"))
        source = self.add("--ca-file", "mine.pem")["id"]
        self.bench.serve()
        self.assertIn("success=true", self.connect(source))
        wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["status"] == "complete"])

        self.bench.http("DELETE", "/_sandbox/log")
        os.rename(self.bench.path("mine.pem"), self.bench.path("away.pem"))
        self.check_refused(self.pull(code=1), "“mine.pem” is not there")
        shutil.copy(self.bench.path("leaf.ext"), self.bench.path("mine.pem"))
        self.check_refused(self.pull(code=1), "“mine.pem” has no certificate in it")
        if os.getuid():
            shutil.copy(self.bench.path("away.pem"), self.bench.path("mine.pem"))
            os.chmod(self.bench.path("mine.pem"), 0)
            self.check_refused(self.pull(code=1), "“mine.pem” may not be read")
        found = self.tls(source, "ca-file")
        self.assertFalse(found["ok"])
        self.assertIn("“mine.pem”", found["message"])
        os.unlink(self.bench.path("mine.pem"))
        os.rename(self.bench.path("away.pem"), self.bench.path("mine.pem"))
        self.assertEqual(self.pull()["status"], "complete")
        self.assertEqual(self.ask("source", "set", source, "--scopes", "patient/*.read")["ca_file"], self.bench.path("mine.pem"))
        self.assertEqual(self.bench.end(self.bench.server), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
