# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes beyond the contract: pulls, destinations, runs, events as they happen, writes done once, the description."""
import hashlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import threading

from apitest import ApiBench, check_envelope, run, wait_for

bench = ApiBench(patients="3")
patient = bench.people[0]["clinic_id"]


class Stream:
    """Reads events on a thread of its own."""

    def __init__(self, **headers):
        self.events, self.status = [], None
        self.connection = http.client.HTTPConnection(*bench.place.split(":"), timeout=120)
        self.connection.request("GET", "/events/stream", headers={
            "Authorization": "Bearer " + bench.key, **{name.replace("_", "-"): text for name, text in headers.items()}})
        self.socket = self.connection.sock
        self.reply = self.connection.getresponse()
        assert self.reply.status == 200 and self.reply.headers["Content-Type"] == "text/event-stream"
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        event = {}
        try:
            for line in self.reply:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name in ("id", "event", "data"):
                    event[name] = value
                elif not name and event:
                    self.events.append(event)
                    event = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(30)
        self.reply.close()


def pulls():
    bench.connect(0)
    bench.pulled(patient)
    rows = bench.walk("/pulls", 1)
    assert len(rows) == 1 and rows[0]["status"] == "complete" and rows[0]["received"] > 100
    assert bench.walk(f"/patients/{patient}/pulls?status=complete", 10) == rows
    assert bench.walk("/pulls?status=failed", 10) == []
    whole = bench.ask("GET", "/pulls/" + rows[0]["id"])
    assert {name: whole[name] for name in rows[0]} == rows[0]
    assert sum(query["received"] for query in whole["queries"]) == rows[0]["received"]
    bench.refuse(409, "resource_conflict", "POST", f"/pulls/{rows[0]['id']}/cancel")
    for path in ("/pulls/pull_01ARZ3NDEKTSV4RRFFQ69G5FAV", "/pulls/x", "/patients/nobody/pulls"):
        bench.refuse(404, "resource_not_found", "GET", path)
    bench.refuse(404, "resource_not_found", "POST", "/pulls/pull_01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel")
    bench.refuse(404, "resource_not_found", "POST", "/patients/nobody/pulls")
    bench.refuse(400, "bad_request", "POST", f"/patients/{patient}/pulls", {"unknown": 1})
    bench.refuse(400, "invalid_data", "POST", f"/patients/{patient}/pulls", {"full": "yes"}, param="full")
    bench.refuse(404, "resource_not_found", "POST", f"/patients/{patient}/pulls", {"connection": "conn_x"})


def nothing_to_pull_from():
    """A conflict, which clients do not ask again by themselves."""
    bench.ask("POST", "/patients", {"patient_id": "unconnected"})
    bench.refuse(409, "resource_conflict", "POST", "/patients/unconnected/pulls", param=None)


def start_and_cancel():
    connection = bench.ask("GET", "/patients/" + patient)["connections"][0]["id"]
    started = bench.ask("POST", f"/patients/{patient}/pulls", {"connection": connection, "full": True})["data"]
    assert len(started) == 1 and started[0]["trigger"] == "manual" and started[0]["started_by"] == "API: Tests"
    reply = bench.send("POST", f"/pulls/{started[0]['id']}/cancel")
    if reply.status == 200:
        assert wait_for(lambda: bench.ask("GET", "/pulls/" + started[0]["id"])["status"] in ("cancelled", "complete"))
    else:
        assert check_envelope(reply)["code"] == "resource_conflict"
    again = bench.ask("POST", f"/patients/{patient}/pulls")["data"]
    assert again[0]["id"] != started[0]["id"]
    wait_for(lambda: bench.ask("GET", "/pulls/" + again[0]["id"])["status"] == "complete")


def exports():
    folder = os.path.join(bench.root, "out")
    os.mkdir(folder)
    done = bench.run("destination", "add", "folder", "--name", "Folder", "--path", folder, before=("--json",))
    assert done.code == 0, (done.out, done.err)
    rows = wait_for(lambda: [row for row in bench.walk("/destinations", 10) if row["last_successful_run"]])
    assert rows[0]["name"] == "Folder" and rows[0]["resource_type"] == "destination" and rows[0]["delivered"] > 100
    assert bench.ask("GET", "/destinations/" + rows[0]["id"]) == rows[0]
    assert "settings" not in rows[0] and folder not in json.dumps(rows[0])
    runs = bench.walk(f"/destinations/{rows[0]['id']}/export-runs", 1)
    assert runs[-1]["status"] == "complete" and runs[-1]["trigger"] == "destination_added"
    run_id = runs[-1]["id"]
    assert bench.ask("GET", "/export-runs/" + run_id)["resources"] == rows[0]["delivered"]
    items = bench.walk(f"/export-runs/{run_id}/items", 3)
    assert len(items) > 3 and {item["status"] for item in items} == {"sent"}
    assert sum(item["resources"] for item in items) == rows[0]["delivered"]
    assert bench.walk(f"/export-runs/{run_id}/items?status=failed", 3) == []
    bench.refuse(409, "resource_conflict", "POST", f"/export-runs/{run_id}/retry")
    for path in ("/destinations/x", "/destinations/dest_01ARZ3NDEKTSV4RRFFQ69G5FAV", "/export-runs/run_x",
                 "/export-runs/run_x/items", "/destinations/dest_x/export-runs"):
        bench.refuse(404, "resource_not_found", "GET", path)
    bench.refuse(404, "resource_not_found", "POST", "/export-runs/run_x/retry")


def retry():
    """A run that failed, its causes, and a new run that mends it."""
    folder = os.path.join(bench.root, "gone")
    os.mkdir(folder)
    added = bench.run("destination", "add", "folder", "--name", "Gone", "--path", folder, "--no-backfill",
                      before=("--json",))
    assert added.code == 0, (added.out, added.err)
    ident = json.loads(added.out)["id"]
    os.rmdir(folder)
    with open(folder, "w", encoding="utf-8"):
        pass
    bench.run("destination", "export", ident)
    first = wait_for(lambda: [row for row in bench.walk(f"/destinations/{ident}/export-runs", 10)
                              if row["status"] in ("failed", "partial")])[-1]
    failed = bench.ask("GET", "/export-runs/" + first["id"])
    assert failed["errors"], failed
    for error in failed["errors"]:
        assert failed["created_at"] <= error["first_seen_at"] <= error["last_seen_at"] <= failed["completed_at"], failed
    os.remove(folder)
    os.mkdir(folder)
    again = bench.ask("POST", f"/export-runs/{first['id']}/retry", headers={"Idempotency-Key": "retry"})
    assert again["retry_of"] == first["id"] and again["trigger"] == "manual_retry"
    assert bench.ask("POST", f"/export-runs/{first['id']}/retry", headers={"Idempotency-Key": "retry"}) == again
    wait_for(lambda: bench.ask("GET", "/export-runs/" + again["id"])["status"] == "complete")


def events():
    stream = Stream()
    session = bench.connect(1)
    other = bench.people[1]["clinic_id"]
    bench.pulled(other)
    wait_for(lambda: len(stream.events) >= 2, 30)
    assert [event["event"] for event in stream.events] == ["patient_session.completed", "records.sync.completed"]
    first = json.loads(stream.events[0]["data"])
    assert set(first) == {"id", "object", "type", "api_version", "created_at", "data"} and first["object"] == "event"
    assert first["data"]["object"]["id"] == session["id"] and first["id"] == stream.events[0]["id"]
    second = json.loads(stream.events[1]["data"])["data"]["object"]
    assert second["patient_id"] == other and second["errors"] == 0 and second["total"] > 100
    # Who was away goes on where it was.
    late = Stream(Last_Event_ID=stream.events[0]["id"])
    wait_for(lambda: late.events, 30)
    assert late.events[0] == stream.events[1]
    stream.close()
    late.close()
    assert bench.send("HEAD", "/events/stream").status == 200
    bench.refuse(401, "missing_api_key", "GET", "/events/stream", key=None)


def open_stream():
    try:
        return Stream()
    except AssertionError:
        return None


def too_many_streams():
    # Those of the tests before are let go as soon as the engine sees that they were left.
    streams = [wait_for(open_stream) for _ in range(16)]
    bench.refuse(429, "throttled", "GET", "/events/stream")
    for stream in streams:
        stream.close()
    wait_for(lambda: bench.send("HEAD", "/events/stream").status == 200 and try_stream(), 60)


def try_stream():
    stream = open_stream()
    if stream:
        stream.close()
    return stream is not None


def once():
    """The same key and request: done once. Another request under the key: refused."""
    body = {"patient_id": "once", "name": "N"}
    key = {"Idempotency-Key": "a-key"}
    made = bench.ask("POST", "/patients", body, headers=key)
    reply = bench.send("POST", "/patients", body, headers=key)
    assert reply.json() == made and reply.headers["Idempotent-Replayed"] == "true"
    bench.refuse(409, "external_id_already_exists", "POST", "/patients", body)
    bench.refuse(409, "resource_conflict", "POST", "/patients", {"patient_id": "twice"}, headers=key,
                 param="Idempotency-Key")
    bench.refuse(404, "resource_not_found", "GET", "/patients/twice")
    # Of another API key it is another.
    other = bench.make_key("Other")["key"]
    bench.refuse(409, "external_id_already_exists", "POST", "/patients", body, headers=key, key=other)
    # Refusals are answered again too, with the same words.
    bad = {"Idempotency-Key": "bad"}
    first = bench.send("POST", "/patients", {"patient_id": "conn_x"}, headers=bad)
    assert first.status == 400 and bench.send("POST", "/patients", {"patient_id": "conn_x"}, headers=bad).body == first.body
    sessions = [bench.ask("POST", "/patient-sessions", {"patient_id": "once", "return_url": "http://127.0.0.1:9/"},
                          headers={"Idempotency-Key": "session"})["id"] for _ in range(3)]
    assert len(set(sessions)) == 1 and len(bench.walk("/patients/once/patient-sessions", 10)) == 1
    for wrong in ("", "a b", "x" * 256, "\x7f"):
        bench.refuse(400, "bad_request", "POST", "/patients", {"patient_id": "n"}, headers={"Idempotency-Key": wrong})
    # On reads it means nothing.
    bench.ask("GET", "/patients", headers={"Idempotency-Key": "a-key"})


def stored(sql):
    with sqlite3.connect(f"file:{bench.data}/chartroom.db?mode=ro", uri=True) as db:
        rows = db.execute(sql).fetchall()
    db.close()
    return rows


def raw_store():
    """All bytes of the database and its log."""
    found = b""
    for name in ("chartroom.db", "chartroom.db-wal"):
        if os.path.exists(f"{bench.data}/{name}"):
            with open(f"{bench.data}/{name}", "rb") as file:
                found += file.read()
    return found


def once_and_for_all():
    """Also by an engine that was started anew, and nothing of the answer or the key lies about."""
    body = {"patient_id": "kept", "name": "Kept Name"}
    hook = {"url": "https://example.org/hook", "events": ["*"]}
    first = bench.ask("POST", "/patients", body, headers={"Idempotency-Key": "kept-key-4711"})
    secret = bench.ask("POST", "/webhooks", hook, headers={"Idempotency-Key": "hook"})
    assert stored("SELECT count(*) FROM api_answer WHERE status = 200") != [(0,)]
    for how in (signal.SIGKILL, signal.SIGTERM):
        bench.restart(how)
        reply = bench.send("POST", "/patients", body, headers={"Idempotency-Key": "kept-key-4711"})
        assert reply.json() == first and reply.headers["Idempotent-Replayed"] == "true"
        assert bench.ask("POST", "/webhooks", hook, headers={"Idempotency-Key": "hook"}) == secret
        bench.refuse(409, "resource_conflict", "POST", "/patients", {"patient_id": "other"},
                     headers={"Idempotency-Key": "kept-key-4711"}, param="Idempotency-Key")
    assert len(bench.walk("/webhooks", 10)) == 1
    everything = raw_store()
    assert secret["id"].encode() in everything, "it is read"
    for hidden in (secret["secret"], "kept-key-4711", '"resource_type":"webhook_endpoint"'):
        assert hidden.encode() not in everything, hidden
    bench.ask("DELETE", "/webhooks/" + secret["id"])


def broken_off():
    """What an engine was at when it was killed is not done again as if it were new: a person looks."""
    key = {"Idempotency-Key": "cut"}
    bench.ask("POST", "/patients", {"patient_id": "cut"}, headers=key)
    bench.end(bench.server)
    with sqlite3.connect(bench.data + "/chartroom.db") as db:
        n = db.execute("UPDATE api_answer SET status = 0, body = NULL WHERE patient_id = 'cut'").rowcount
    db.close()
    assert n == 1
    bench.restart()
    error = bench.refuse(409, "resource_conflict", "POST", "/patients", {"patient_id": "cut"}, headers=key,
                         param="Idempotency-Key")
    assert "not known" in error["message"]
    # A day later it is new again.
    bench.end(bench.server)
    with sqlite3.connect(bench.data + "/chartroom.db") as db:
        db.execute("UPDATE api_answer SET at_ms = at_ms - 86400001")
    db.close()
    bench.restart()
    bench.refuse(409, "external_id_already_exists", "POST", "/patients", {"patient_id": "cut"}, headers=key)
    assert stored("SELECT count(*) FROM api_answer") == [(1,)]


def without_a_keyring():
    """Reads and writes go on; what needs it says so; an answer that could not be sealed is not kept in the open."""
    lonely = ApiBench(portal=False, keyring=False)
    try:
        lonely.refuse(500, "config_missing", "POST", "/webhooks", {"url": "https://example.org/", "events": ["*"]})
        key = {"Idempotency-Key": "lonely"}
        assert lonely.ask("POST", "/patients", {"patient_id": "lonely", "name": "Lonely One"}, headers=key)["id"] == "lonely"
        error = lonely.refuse(409, "resource_conflict", "POST", "/patients", {"patient_id": "lonely", "name": "Lonely One"},
                              headers=key, param="Idempotency-Key")
        assert "done already" in error["message"]
        with sqlite3.connect(f"file:{lonely.data}/chartroom.db?mode=ro", uri=True) as db:
            assert db.execute("SELECT status, body FROM api_answer").fetchall() == [(200, None)]
        db.close()
    finally:
        lonely.close()


def forgotten():
    """Whom it names goes, by whichever way, and with them what was answered about them; nobody else's does."""
    other = bench.ask("POST", "/patients", {"patient_id": "stays"}, headers={"Idempotency-Key": "stays"})
    for number in range(3):
        body, key = {"patient_id": "goes", "name": "Goes"}, {"Idempotency-Key": f"goes-{number}"}
        bench.ask("POST", "/patients", body, headers=key)
        bench.ask("POST", "/patient-sessions", {"patient_id": "goes", "return_url": "http://127.0.0.1:9/"},
                  headers={"Idempotency-Key": f"session-{number}"})
        bench.send("POST", "/patients/goes/pulls", headers={"Idempotency-Key": f"pull-{number}"})
        assert stored("SELECT count(*) FROM api_answer WHERE patient_id = 'goes'") == [(3,)]
        if number == 0:
            gone = {"Idempotency-Key": "gone"}
            tombstone = bench.ask("DELETE", "/patients/goes", headers=gone)
            for how in (None, signal.SIGKILL):
                if how:
                    bench.restart(how)
                reply = bench.send("DELETE", "/patients/goes", headers=gone)
                assert (reply.status, reply.headers["Idempotent-Replayed"]) == (200, "true"), (reply.status, reply.body)
                assert reply.json() == tombstone
            assert bench.send("DELETE", "/patients/goes").status == 404
            missing = {"Idempotency-Key": "never-there"}
            assert bench.send("DELETE", "/patients/never", headers=missing).status == 404
            assert bench.send("DELETE", "/patients/never", headers=missing).headers["Idempotent-Replayed"] == "true"
            # Of whom was removed nothing is kept for it, not even sealed, nor what would show a guess to be right.
            digest = hashlib.sha256(b"/patients/goes\0").hexdigest()
            rows = stored("SELECT patient_id, body, request FROM api_answer WHERE request LIKE 'DELETE%' AND status = 200")
            assert [row[:2] for row in rows] == [(None, None)] and digest not in rows[0][2], rows
        elif number == 1:
            assert bench.run("patient", "remove", "goes").code == 0
        else:
            break
        assert stored("SELECT count(*) FROM api_answer WHERE patient_id = 'goes'") == [(0,)]
        again = bench.send("POST", "/patients", body, headers=key)
        assert again.status == 200 and "Idempotent-Replayed" not in again.headers
        # Somebody new under the old id is not removed by the old request.
        assert bench.ask("DELETE", "/patients/goes", headers={"Idempotency-Key": "gone"}) == tombstone
        bench.ask("GET", "/patients/goes")
        bench.ask("DELETE", "/patients/goes")
    reply = bench.send("POST", "/patients", {"patient_id": "stays"}, headers={"Idempotency-Key": "stays"})
    assert reply.json() == other and reply.headers["Idempotent-Replayed"] == "true"


def described():
    """Every row of the table is in the description, and the two of FHIR and this are open."""
    document = bench.document.document
    assert {(method, pattern) for method, pattern, _, _ in bench.document.operations} >= {
        ("GET", "/health"), ("POST", "/patients"), ("GET", "/patients/{id}/$everything"), ("GET", "/events/stream")}
    for _, pattern, _, operation in bench.document.operations:
        names = {parameter.get("name") for parameter in operation["parameters"] if parameter.get("in") == "path"}
        assert names == {part[1:-1] for part in pattern.split("/") if part.startswith("{")}, pattern
        bench.document.resolve(operation["responses"]["200"])
    text = json.dumps(document)
    for ref in set(part.split('"')[0] for part in text.split('"$ref": "')[1:]):
        bench.document.resolve({"$ref": ref})
    statement = bench.send("GET", "/metadata", key=None).json()
    assert statement["rest"][0]["resource"][0]["operation"][0]["name"] == "everything"


def ends():
    """A stream that is open does not keep the engine."""
    stream = Stream()
    assert bench.end(bench.server) == 0
    stream.thread.join(30)
    assert not stream.thread.is_alive()


try:
    run({test.__name__: test for test in (
        described, pulls, nothing_to_pull_from, start_and_cancel, exports, retry, events, too_many_streams, once, once_and_for_all,
        broken_off, without_a_keyring, forgotten, ends)})
finally:
    bench.close()
