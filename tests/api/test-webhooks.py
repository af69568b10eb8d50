# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhook endpoints by the API, as the contract says; deliveries themselves are tests/ctl/test-webhooks.py's."""
import http.server
import json
import threading

from apitest import ApiBench, run, wait_for

bench = ApiBench(sandbox=True, patients="2")
LOST = "wh_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ALL = ["patient_session.completed", "connection.token_refresh_failed", "records.sync.completed", "records.sync.failed"]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(json.loads(body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
receiver.got, receiver.status = [], 200
threading.Thread(target=receiver.serve_forever, daemon=True).start()
URL = f"http://localhost:{receiver.server_port}/hook"
CONTRACT = ["id", "resource_type", "url", "events", "status", "description", "metadata", "api_version", "created_at", "updated_at"]


def add(**more):
    return bench.ask("POST", "/webhooks", {"url": URL, "events": ["*"], **more})


def create_and_read():
    webhook = add(events=ALL, description="For the tests", metadata={"a": 1})
    assert webhook["secret"].startswith("whsec_") and webhook["status"] == "active"
    assert webhook["events"] == ALL and webhook["metadata"] == {"a": 1} and webhook["api_version"] == "2026-04-25"
    read = bench.ask("GET", "/webhooks/" + webhook["id"])
    assert [name for name in read if name in CONTRACT] == CONTRACT and "secret" not in read
    assert {name: webhook[name] for name in read} == read
    assert read in bench.walk("/webhooks", 1)
    assert read not in bench.walk("/webhooks?status=disabled", 10)


def update():
    webhook = add()
    path = "/webhooks/" + webhook["id"]
    changed = bench.ask("PATCH", path, {"description": "x", "events": ["records.sync.failed"], "status": "disabled"})
    assert (changed["description"], changed["events"], changed["status"]) == ("x", ["records.sync.failed"], "disabled")
    assert changed["disabled_reason"] == "person" and changed["url"] == URL and "secret" not in changed
    assert [row["id"] for row in bench.walk("/webhooks?status=disabled", 10)] == [webhook["id"]]
    assert bench.ask("PATCH", path)["description"] == "x"
    again = bench.ask("PATCH", path, {"description": None, "status": "active"})
    assert again["description"] is None and again["status"] == "active" and again["disabled_reason"] is None


def bad_input():
    for body, code, param in (
            ({"events": ["*"]}, "bad_request", "url"), ({"url": URL}, "bad_request", "events"),
            ({"url": "http://clinic.example/", "events": ["*"]}, "invalid_data", "url"),
            ({"url": "ftp://clinic.example/", "events": ["*"]}, "invalid_data", "url"),
            ({"url": "https://10.0.0.1/", "events": ["*"]}, "invalid_data", "url"),
            ({"url": URL, "events": []}, "invalid_data", "events"),
            ({"url": URL, "events": ["*", "records.sync.failed"]}, "invalid_data", "events"),
            ({"url": URL, "events": ["patient.created"]}, "invalid_data", "events"),
            ({"url": URL, "events": ["webhook.test"]}, "invalid_data", "events"),
            ({"url": URL, "events": ["records.sync.failed"] * 2}, "invalid_data", "events"),
            ({"url": URL, "events": ["*"], "description": "x" * 501}, "invalid_data", "description"),
            ({"url": URL, "events": ["*"], "metadata": {str(n): n for n in range(51)}}, "invalid_data", "metadata")):
        reply = bench.send("POST", "/webhooks", body)
        assert reply.status == 400, (body, reply.body)
        error = reply.json()["error"]
        assert error["code"] in (code, "bad_request", "invalid_data") and error["param"] == param, (body, error)
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("GET", "/events"), ("POST", "/test"),
                         ("POST", "/replay")):
        bench.refuse(404, "resource_not_found", method, f"/webhooks/{LOST}{path}")
    bench.refuse(404, "resource_not_found", "POST", "/events/evt_01ARZ3NDEKTSV4RRFFQ69G5FAV/redeliver")


def read_only_keys():
    key = bench.make_key("Reader", "--read-only")["key"]
    webhook = add()
    bench.ask("GET", "/webhooks", key=key)
    for method, path in (("POST", "/webhooks"), ("PATCH", "/webhooks/" + webhook["id"]), ("DELETE", "/webhooks/" + webhook["id"]),
                         ("POST", f"/webhooks/{webhook['id']}/rotate-secret")):
        bench.refuse(403, "insufficient_scope", method, path, {"url": URL, "events": ["*"]} if path == "/webhooks" else None, key=key)


def rotate():
    webhook = add()
    rotated = bench.ask("POST", f"/webhooks/{webhook['id']}/rotate-secret")
    assert rotated["secret"].startswith("whsec_") and rotated["secret"] != webhook["secret"]
    assert rotated["old_secret_until"] is not None


def deliveries():
    for row in bench.walk("/webhooks", 100):
        assert bench.ask("DELETE", "/webhooks/" + row["id"]) == {
            "id": row["id"], "resource_type": "webhook_endpoint", "deleted": True}
    webhook = add(events=["patient_session.completed", "records.sync.completed"])
    path = f"/webhooks/{webhook['id']}/events"
    del receiver.got[:]
    session = bench.connect(0)
    rows = wait_for(lambda: (lambda r: r if len(r) == 2 and all(x["delivered_at"] for x in r) else None)(bench.walk(path, 1)))
    assert {row["type"] for row in rows} == {"patient_session.completed", "records.sync.completed"}
    told = {event["type"]: event for event in receiver.got}
    assert told["patient_session.completed"]["data"]["object"]["id"] == session["id"]
    for row in rows:
        assert row["data"] == told[row["type"]]["data"]["object"] and row["id"] == told[row["type"]]["id"]
        assert (row["attempts"], row["last_status_code"], row["next_attempt_at"]) == (1, 200, None)
    assert bench.walk(path + "?delivered=false", 10) == [] and bench.walk(path + "?delivered=true", 10) == rows
    again = bench.ask("POST", f"/events/{rows[0]['id']}/redeliver")
    assert again["id"] == rows[0]["id"] and again["attempts"] == 2 and again["last_redelivered_at"]
    reply = bench.send("POST", f"/events/{rows[0]['id']}/redeliver")
    assert reply.status == 429 and reply.json()["error"]["type"] == "rate_limit_error"
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert bench.ask("POST", f"/webhooks/{webhook['id']}/test")["type"] == "webhook.test"
    bench.ask("PATCH", "/webhooks/" + webhook["id"], {"status": "disabled"})
    bench.refuse(409, "resource_conflict", "POST", f"/events/{rows[1]['id']}/redeliver")
    bench.connect(1)
    bench.ask("PATCH", "/webhooks/" + webhook["id"], {"status": "active"})
    bench.pulled(bench.people[1]["clinic_id"])
    assert bench.ask("POST", f"/webhooks/{webhook['id']}/replay")["replayed"] in (1, 2)
    wait_for(lambda: len(bench.walk(path + "?delivered=true", 10)) == 5)


try:
    run({test.__name__: test for test in (create_and_read, update, bad_input, read_only_keys, rotate, deliveries)})
finally:
    receiver.shutdown()
    bench.close()
