# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the API against an engine and a sandbox of its own."""
import http.client
import json
import os
import re
import signal
import socket
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ctl"))
from ctltest import Bench, Visitor, wait_for, without_keyring  # noqa: E402,F401
from openapi import Document  # noqa: E402

BACK = "http://127.0.0.1:9/back"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
CODES = {
    "authentication_error": {"missing_api_key", "invalid_api_key", "expired_api_key"},
    "permission_error": {"forbidden", "insufficient_scope"},
    "invalid_request_error": {"bad_request", "invalid_data", "payload_too_large", "unsupported_api_version"},
    "not_found_error": {"resource_not_found"},
    "conflict_error": {"resource_conflict", "external_id_already_exists"},
    "rate_limit_error": {"throttled"},
    "billing_error": {"feature_not_enabled"},
    "ehr_error": {"fhir_error", "token_unavailable"},
    "api_error": {"internal_error", "db_error", "config_missing"},
}


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def check_envelope(reply):
    """What every answer outside of 2xx has."""
    assert reply.headers["Content-Type"] == "application/json", reply.headers["Content-Type"]
    error = reply.json()
    assert list(error) == ["error"], error
    error = error["error"]
    assert set(error) == {"type", "code", "message", "param", "doc_url", "request_id"}, error
    assert error["code"] in CODES[error["type"]], error
    assert error["param"] is None or isinstance(error["param"], str), error
    assert error["doc_url"] == "https://medblocks.com/docs/reference/errors", error
    assert len(error["message"]) > 10 and "\n" not in error["message"], error
    assert error["request_id"] == reply.headers["X-Request-Id"], error
    if reply.status == 429:
        assert int(reply.headers["Retry-After"]) >= 1
    return error


class ApiBench(Bench):
    def __init__(self, patients="2", portal=True, sandbox=False, rate=None, keyring=True):
        super().__init__()
        if not keyring:
            self.env = without_keyring(self.root)
        self.before = ("--sandbox",) if sandbox else ()
        if portal:
            self.start_sandbox("--patients", patients)
        if rate:
            assert self.run("config", "set", "api-requests-per-second", str(rate)).code == 0
        self.url = self.serve(*self.before)
        self.place = urllib.parse.urlsplit(self.url).netloc
        self.key = self.make_key("Tests")["key"]
        self.source = None
        self.document = None
        self.document = Document(self.send("GET", "/openapi.json", key=None).json())
        if portal:
            self.people = self.about()["patients"]
            portal = self.about()["portal"]
            self.source = json.loads(self.run("source", "add", "--name", "Sample Portal", "--fhir-base-url",
                                              portal["fhir_base_url"], "--client-id", portal["client_id"],
                                              before=("--json", *self.before)).out)["id"]

    def restart(self, how=signal.SIGTERM):
        """Ends the engine in that way and starts another on the same data."""
        self.end(self.server, how)
        self.start()

    def start(self):
        self.url = self.serve(*self.before)
        self.place = urllib.parse.urlsplit(self.url).netloc

    def make_key(self, name, *more):
        return json.loads(self.run("api-key", "create", name, *more, before=("--json", *self.before)).out)

    def send(self, method, path, body=None, headers=None, key="", raw=None):
        """One request as it is said. key: None sends none."""
        sent = {"Host": self.place}
        if key is not None:
            sent["Authorization"] = "Bearer " + (key or self.key)
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        host, port = self.place.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                connection.putheader(name, value)
            if raw is not None or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(raw or b"")))
            connection.endheaders(raw)
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
            if self.document:
                self.document.check_answer(method, path, reply)
            return reply
        finally:
            connection.close()

    def ask(self, method, path, body=None, **more):
        """→ the document of a success"""
        reply = self.send(method, path, body, **more)
        assert reply.status == 200, (method, path, reply.status, reply.body[:500])
        assert UUID.fullmatch(reply.headers["X-Request-Id"])
        assert "Access-Control-Allow-Origin" not in reply.headers
        return reply.json()

    def refuse(self, status, code, method, path, body=None, param=False, **more):
        reply = self.send(method, path, body, **more)
        assert reply.status == status, (method, path, reply.status, reply.body[:500])
        error = check_envelope(reply)
        assert error["code"] == code, error
        if param is not False:
            assert error["param"] == param, error
        return error

    def walk(self, path, limit):
        """All pages of a list. → rows"""
        rows, cursor = [], None
        while True:
            more = "&starting_after=" + urllib.parse.quote(cursor) if cursor else ""
            page = self.ask("GET", f"{path}{'&' if '?' in path else '?'}limit={limit}{more}")
            assert set(page) == {"resource_type", "data", "has_more", "next_cursor"}, page
            assert page["resource_type"] == "list" and len(page["data"]) <= limit
            assert page["has_more"] == (page["next_cursor"] is not None)
            rows += page["data"]
            if not page["has_more"]:
                return rows
            cursor = page["next_cursor"]

    def connect(self, number, decision="allow", patient_id=None):
        """Through the pages. → the session as it ends"""
        person = self.people[number]
        session = self.ask("POST", "/patient-sessions", {
            "patient_id": patient_id or person["clinic_id"], "connection_id": self.source, "return_url": BACK})
        Visitor().sign_in(session["url"], person, decision)
        return self.ask("GET", "/patient-sessions/" + session["id"])

    def pulled(self, patient_id):
        """Waits for the first pull."""
        def is_done():
            pulls = json.loads(self.run("pull", "list", patient_id, before=("--json", *self.before)).out)["data"]
            return pulls and all(pull["status"] in ("complete", "partial") for pull in pulls) and pulls
        return wait_for(is_done)

    def raw(self, data, seconds=30):
        """Bytes as they are on a connection of their own. → what came back"""
        host, port = self.place.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=seconds) as stream:
            stream.sendall(data)
            answer = b""
            try:
                while True:
                    piece = stream.recv(65536)
                    if not piece:
                        return answer
                    answer += piece
            except (ConnectionResetError, TimeoutError):
                return answer


def run(tests):
    """Runs what the names say, all of it, each told by name."""
    wanted = sys.argv[1:]
    for name, test in tests.items():
        if not wanted or name in wanted:
            test()
            print("ok", name, flush=True)
