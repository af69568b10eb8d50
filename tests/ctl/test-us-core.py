# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of US Core, from a server that sends them as their files are: each comes through pull and store unchanged to the
byte, and through `record save` unchanged but for line breaks between tokens. Skips, saying so, where they are not there."""
import http.server
import json
import os
import pathlib
import sys
import threading
import unittest
import urllib.parse

from ctltest import Bench, Visitor, wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = pathlib.Path(os.environ.get("CHARTROOM_SHARED_DATA", ROOT.parent / "shared" / "data")) / "us-core-examples"
SKIP = 77
ABOUT = ("subject", "patient", "beneficiary", "for", "individual")


def owner_of(resource):
    if resource["resourceType"] == "Patient":
        return resource["id"]
    for name in ABOUT:
        value = resource.get(name)
        reference = value.get("reference", "") if isinstance(value, dict) else ""
        if reference.startswith("Patient/"):
            return reference[len("Patient/"):]
    return None


class Example:
    def __init__(self, path):
        self.body = path.read_bytes().strip()
        self.resource = json.loads(self.body)
        self.name = f"{self.resource['resourceType']}/{self.resource['id']}"
        self.owner = owner_of(self.resource)


class Portal(http.server.BaseHTTPRequestHandler):
    """Signs everybody in as the patient whose turn it is, and joins the files' bytes to Bundles."""
    protocol_version = "HTTP/1.1"
    examples, patient, searched = {}, None, set()

    def log_message(self, *words):
        pass

    def answer(self, body, status=200, kind="application/fhir+json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def say(self, document, **more):
        self.answer(json.dumps(document).encode(), **more)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say({"access_token": "token-of-" + self.patient, "token_type": "Bearer", "expires_in": 3600,
                  "scope": "launch/patient patient/*.rs", "patient": self.patient}, kind="application/json")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        base = "http://%s:%d" % self.server.server_address
        path = url.path[len("/fhir/"):]
        if url.path == "/authorize":
            back = urllib.parse.urlencode({"code": "c", "state": query["state"]})
            self.answer(b"", 302, Location=query["redirect_uri"] + "?" + back)
        elif path == ".well-known/smart-configuration":
            self.say({"authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token",
                      "capabilities": ["launch-standalone", "client-public"], "code_challenge_methods_supported": ["S256"]})
        elif path == "metadata":
            kinds = sorted({name.split("/")[0] for name in self.examples})
            self.say({"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
                      "format": ["json"], "rest": [{"mode": "server", "resource": [
                          {"type": kind, "interaction": [{"code": "read"}, {"code": "search-type"}],
                           "searchParam": [{"name": "patient", "type": "reference"}]} for kind in kinds]}]})
        elif "/" in path:
            example = self.examples.get(urllib.parse.unquote(path))
            self.answer(example.body if example else b'{"resourceType":"OperationOutcome","issue":[]}', 200 if example else 404)
        else:
            self.search(path)

    def search(self, kind):
        """Those of the kind; with the conditions of the first patient come, included, all that no search lists."""
        found = [(e, b"match") for e in self.examples.values() if e.owner == self.patient and e.name.startswith(kind + "/")]
        if kind == "Condition" and self.patient == "example":
            found += [(e, b"include") for e in self.examples.values() if e.owner is None]
        entries = [b'{"resource":' + e.body + b',"search":{"mode":"' + mode + b'"}}' for e, mode in found]
        total = sum(mode == b"match" for _, mode in found)
        self.answer(b'{"resourceType":"Bundle","type":"searchset","total":%d,"entry":[%s]}' % (total, b",\r\n".join(entries)))


class USCore(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        Portal.examples = {e.name: e for e in map(Example, sorted(DATA.glob("*.json")))}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def connect(self, patient):
        """Pulls a patient. → the pull"""
        Portal.patient = patient
        about = Portal.examples["Patient/" + patient].resource
        name = about["name"][-1]
        self.ask("patient", "add", patient, "--name", " ".join(name["given"] + [name["family"]]), "--birth-date", about["birthDate"])
        session = self.ask("session", "create", patient, "--source", self.source, "--return-url", "https://c.example/")
        visitor = Visitor()
        url = session["url"]
        for _ in range(3):
            status, url, page = visitor.go(url)
            self.assertIn(status, (302, 303), page[:300])
        self.assertIn("success=true", url)
        return wait_for(lambda: [p for p in self.ask("pull", "list", patient)["data"] if p["finished_at"]])[0]

    def test_every_example(self):
        self.bench.serve()
        self.source = self.ask("source", "add", "--name", "Examples", "--client-id", "c", "--scopes", "launch/patient patient/*.rs",
                               "--fhir-base-url", "http://127.0.0.1:%d/fhir" % self.server.server_address[1])["id"]
        patients = [n[len("Patient/"):] for n in Portal.examples if n.startswith("Patient/")]
        seen, by_kind = {}, {}
        for patient in patients:
            pull = self.connect(patient)
            self.assertEqual(pull["status"], "complete", self.ask("pull", "show", pull["id"]))
            for record in self.ask("record", "list", patient, "--limit", "10000")["data"]:
                name = f"{record['type']}/{record['id']}"
                shown = self.bench.run("record", "show", patient, name)
                self.assertEqual(shown.code, 0)
                self.assertEqual(shown.out, Portal.examples[name].body, name)
                seen[name] = patient
                by_kind[record["type"]] = by_kind.get(record["type"], 0) + 1
            self.saved(patient)
        self.assertEqual(set(seen), set(Portal.examples))
        print(f"{len(seen)} examples of {len(by_kind)} types, {len(patients)} patients: the same to the byte")

    def saved(self, patient):
        output = os.path.join(self.bench.root, patient + ".ndjson")
        self.ask("record", "save", patient, "--output", output)
        with open(output, "rb") as file:
            lines = file.read().split(b"\n")
        self.assertEqual(lines.pop(), b"")
        for line in lines:
            resource = json.loads(line)
            body = Portal.examples[f"{resource['resourceType']}/{resource['id']}"].body
            # A string of JSON holds no line break as it is: each that is there lies between tokens.
            self.assertEqual(line, body.replace(b"\r", b"").replace(b"\n", b""))


if __name__ == "__main__":
    if not list(DATA.glob("*.json")):
        print(f"skipped: the US Core examples are not in {DATA}; set CHARTROOM_SHARED_DATA to the folder that has us-core-examples")
        sys.exit(SKIP)
    unittest.main()
