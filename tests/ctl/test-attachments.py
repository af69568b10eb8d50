# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of records: listed with what became of them, saved as they came, never over what is there."""
import base64
import hashlib
import json
import os
import stat
import unittest

from ctltest import Bench, Visitor, wait_for

FILE = {"source", "type", "id", "number", "title", "content_type", "bytes", "status", "message", "reason", "http_status",
        "binary", "sha256", "fetched_at"}
ODD = {"resourceType": "DocumentReference", "id": "odd", "content": [
    {"attachment": {"contentType": "text/plain", "title": "../../.profile", "data": base64.b64encode(b"one\r\ntwo").decode()}},
    {"attachment": {"title": "Kept back", "_url": {"extension": [{"url": "x", "valueCode": "masked"}]}}},
    {"attachment": {"contentType": "application/pdf", "url": "https://files.example.org/a.pdf", "size": 77}}]}


class Attachments(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        self.bench.serve()

    def connect(self, person):
        about = self.bench.about()
        source = self.bench.add_portal(about["portal"])
        self.id = person["clinic_id"]
        self.bench.add_person(person)
        session = self.ask("session", "create", self.id, "--source", source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], person))
        wait_for(lambda: [p for p in self.ask("pull", "list", self.id)["data"] if p["finished_at"]])

    def read(self, name):
        with open(os.path.join(self.bench.root, name), "rb") as file:
            return file.read()

    def save(self, name, output, *more, code=0):
        return self.ask("record", "attachment", "save", self.id, name, "--output", output, *more, code=code)

    def test_thousands(self):
        """A record of thousands of files is listed part by part, in one order."""
        many = {"resourceType": "DocumentReference", "id": "many", "content": [
            {"attachment": {"contentType": "text/plain", "title": f"Page {i}", "data": "QQ=="}} for i in range(3000)]}
        self.bench.fault("extra-entry", types=["DocumentReference"], text=json.dumps(many))
        self.connect(self.bench.about()["patients"][3])

        def numbers(*more, of=("DocumentReference/many",)):
            return [f["number"] for f in self.ask("record", "attachment", "list", self.id, *of, *more)["data"]]
        self.assertEqual(numbers(), list(range(1, 3001)))
        self.assertEqual(numbers("--limit", "10"), list(range(1, 11)))
        self.assertEqual(numbers("--limit", "10", "--offset", "2995"), list(range(2996, 3001)))
        self.assertEqual(numbers("--offset", "2999"), [3000])
        self.assertEqual(numbers("--limit", "10", "--offset", "3000"), [])
        self.assertEqual(numbers("--limit", "2000000000", "--offset", "2000000000"), [])
        whole = self.ask("record", "attachment", "list", self.id)["data"]
        self.assertGreater(len(whole), 3000)
        parts = [f for i in range(0, len(whole), 700)
                 for f in self.ask("record", "attachment", "list", self.id, "--limit", "700", "--offset", str(i))["data"]]
        self.assertEqual(parts, whole)
        self.save("DocumentReference/many", "page", "--number", "2999")
        self.assertEqual(self.read("page"), b"A")

    def test_photo(self):
        """A patient's photo that is kept at the portal is a file like another."""
        self.bench.fault("patient-photo")
        self.connect(self.bench.about()["patients"][3])
        photo = [f for f in self.ask("record", "attachment", "list", self.id)["data"] if f["type"] == "Patient"]
        self.assertEqual([(f["title"], f["content_type"], f["status"], f["bytes"]) for f in photo], [("Photo", "image/png", "kept", 25)])
        self.save("Patient/" + photo[0]["id"], "face")
        self.assertEqual(self.read("face"), b"\x89PNG\r\n\x1a\nas good as a face")

    def test_files(self):
        self.bench.fault("extra-entry", types=["DocumentReference"], text=json.dumps(ODD))
        self.bench.fault("attachment-missing", count=1)
        self.connect(self.bench.about()["patients"][3])
        files = self.ask("record", "attachment", "list", self.id)["data"]
        for file in files:
            self.assertEqual(set(file), FILE)
        by_status = {}
        for file in files:
            by_status.setdefault(file["status"], []).append(file)
        self.assertEqual(set(by_status), {"kept", "missing", "elsewhere", "withheld"})

        # what a link led to: as long as said, and the same that the Binary has
        linked = [f for f in by_status["kept"] if f["binary"]]
        self.assertGreater(len(linked), 1)
        for i, file in enumerate(linked):
            self.save(f"{file['type']}/{file['id']}", f"out-{i}", "--number", str(file["number"]))
            content = self.read(f"out-{i}")
            self.assertEqual((len(content), hashlib.sha256(content).hexdigest()), (file["bytes"], file["sha256"]))
            binary = json.loads(self.bench.run("record", "show", self.id, "Binary/" + file["binary"]).out)
            self.assertEqual(base64.b64decode(binary["data"]), content)
        self.assertTrue(self.read("out-0").startswith(b"%PDF"))
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.bench.root, "out-0")).st_mode), 0o600)
        self.save("Binary/" + linked[0]["binary"], "binary")
        self.assertEqual(self.read("binary"), self.read("out-0"))

        # what is there stays, unless somebody says so
        name = f"{linked[1]['type']}/{linked[1]['id']}"
        before = self.read("out-0")
        number = ("--number", str(linked[1]["number"]))
        self.assertEqual(self.save(name, "out-0", *number, code=4)["error"]["code"], "conflict")
        self.assertEqual(self.read("out-0"), before)
        os.symlink("nowhere", os.path.join(self.bench.root, "link"))
        self.save(name, "link", *number, code=4)
        self.assertFalse(os.path.exists(os.path.join(self.bench.root, "nowhere")))
        self.save(name, "out-0", "--replace", *number)
        self.assertEqual(self.read("out-0"), self.read("out-1"))
        self.save(name, "/proc/none/x", *number, code=1)

        # what is not there says why, and leaves no file
        for status in ("missing", "elsewhere", "withheld"):
            file = by_status[status][0]
            self.assertGreater(len(file["message"]), 20)
            answer = self.save(f"{file['type']}/{file['id']}", "none", "--number", str(file["number"]), code=3)
            self.assertEqual(answer["error"]["message"], file["message"])
            self.assertFalse(os.path.exists(os.path.join(self.bench.root, "none")))
        self.assertEqual(by_status["missing"][0]["http_status"], 404)

        # one record's
        odd = self.ask("record", "attachment", "list", self.id, "DocumentReference/odd")["data"]
        self.assertEqual([(f["number"], f["status"], f["bytes"], f["reason"]) for f in odd],
                         [(1, "kept", 8, None), (2, "withheld", None, "masked"), (3, "elsewhere", 77, None)])
        self.assertEqual(self.save("DocumentReference/odd", "odd", code=4)["error"]["code"], "bad_input")
        self.save("DocumentReference/odd", "odd", "--number", "1")
        self.assertEqual(self.read("odd"), b"one\r\ntwo")
        self.save("DocumentReference/odd", "none", "--number", "4", code=3)
        self.save("DocumentReference/nobody", "none", code=3)
        self.save("DocumentReference", "none", code=4)
        self.ask("record", "attachment", "save", self.id, "DocumentReference/odd", code=4)
        self.ask("record", "attachment", "list", "nobody-at-all", "DocumentReference/odd", code=3)

    def test_held(self):
        """While it is not certain whose they are, no other program has them."""
        self.bench.fault("extra-entry", types=["DocumentReference"], text=json.dumps(ODD))
        self.connect(next(p for p in self.bench.about()["patients"] if p["mismatch"]))
        self.assertEqual([h["status"] for h in self.ask("hold", "list")["data"]], ["open"])
        self.assertEqual(self.ask("record", "attachment", "list", self.id)["data"], [])
        self.ask("record", "attachment", "list", self.id, "DocumentReference/odd", code=4)
        self.assertEqual(self.save("DocumentReference/odd", "none", "--number", "1", code=4)["error"]["code"], "conflict")
        self.assertFalse(os.path.exists(os.path.join(self.bench.root, "none")))


if __name__ == "__main__":
    unittest.main()
