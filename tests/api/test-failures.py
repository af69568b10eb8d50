# SPDX-License-Identifier: GPL-3.0-or-later
"""What fails below the API: a disk that is full, a file that another program holds or a disk has damaged, a portal that is
gone, no keyring. Always the envelope, in our words, with nothing of a library's, a path or a secret in it."""
import os
import resource
import sqlite3
import time

from apitest import ApiBench, run, wait_for, without_keyring

bench = ApiBench(patients="2")
person = bench.people[0]
patient = person["clinic_id"]
bench.connect(0)
bench.pulled(patient)
SECRETS = [bench.key, "mb_sk_", "whsec_", bench.root, "chartroom.db"]
FOREIGN = ["sqlite", "constraint", "malformed", "disk image", "i/o", "errno", "libsoup", "g_io", "gio", "dbus", "libsecret",
           "select ", "insert "]


def refuse(status, code, words, method, path, body=None, **more):
    error = bench.refuse(status, code, method, path, body, **more)
    assert words in error["message"], error
    for part in SECRETS + FOREIGN + [patient, person["name"]]:
        assert part.lower() not in error["message"].lower(), (part, error)
    return error


def database():
    return sqlite3.connect(bench.data + "/chartroom.db", isolation_level=None)


def full():
    """A limit on the size of files fails a write as a full disk does; it does not end the engine."""
    hook = bench.ask("POST", "/webhooks", {"url": "https://example.org/", "events": ["*"]})["id"]
    before = bench.ask("GET", "/patients?limit=100")
    _, most = resource.prlimit(bench.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bench.server.pid, resource.RLIMIT_FSIZE, (4096, most))
    key = {"Idempotency-Key": "full"}
    try:
        for method, path, body in (
                ("POST", "/patients", {"patient_id": "full"}), ("PUT", "/patients/" + patient, {"patient_id": patient}),
                ("DELETE", "/patients/" + patient, None), ("PATCH", "/webhooks/" + hook, {"description": "x"}),
                ("DELETE", "/webhooks/" + hook, None),
                ("POST", "/patient-sessions", {"patient_id": patient, "return_url": "http://127.0.0.1:9/"})):
            refuse(500, "db_error", "is full", method, path, body)
        refuse(500, "db_error", "is full", "POST", "/patients", {"patient_id": "full"}, headers=key)
        assert bench.ask("GET", "/patients?limit=100") == before, "what was stored can be read"
        assert bench.server.poll() is None
    finally:
        resource.prlimit(bench.server.pid, resource.RLIMIT_FSIZE, (most, most))
    assert bench.ask("GET", "/patients?limit=100") == before
    # What failed so is not an answer that is kept.
    assert bench.ask("POST", "/patients", {"patient_id": "full"}, headers=key)["id"] == "full"
    bench.ask("DELETE", "/webhooks/" + hook)


def held():
    """By a program that looks into the file with other tools."""
    with database() as db:
        db.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        refuse(500, "db_error", "held by another program", "POST", "/patients", {"patient_id": "held"})
        assert time.monotonic() - begun < 60
        bench.ask("GET", "/patients")
        db.execute("ROLLBACK")
    db.close()
    bench.ask("POST", "/patients", {"patient_id": "held"})


def portal_gone():
    """No call waits for a portal, so none fails with it: it is the pull that says so."""
    sandbox = bench.children[0]
    bench.end(sandbox)
    session = bench.ask("POST", "/patient-sessions", {"patient_id": patient, "connection_id": bench.source,
                                                      "return_url": "http://127.0.0.1:9/"})
    assert session["status"] == "open"
    pull = bench.ask("POST", f"/patients/{patient}/pulls")["data"][0]["id"]

    def waits():
        found = bench.ask("GET", "/pulls/" + pull)
        return found if found["waiting_for"] else None
    found = wait_for(waits)
    assert found["status"] == "waiting" and found["waiting_for"] in ("offline", "source_outage"), found["waiting_for"]
    bench.ask("POST", f"/pulls/{pull}/cancel")
    assert bench.ask("GET", "/patients/" + patient)["connections"][0]["status"] == "active"


def no_keyring():
    """What needs it says so at once; a pull waits for it and nothing lapses."""
    with_keyring = bench.env
    bench.end(bench.server)
    bench.env = without_keyring(bench.root)
    bench.start()
    connection = bench.ask("GET", "/patients/" + patient)["connections"][0]
    refuse(500, "config_missing", "keyring", "POST", "/webhooks", {"url": "https://example.org/", "events": ["*"]})
    pull = bench.ask("POST", f"/patients/{patient}/pulls")["data"][0]["id"]
    found = wait_for(lambda: [p for p in [bench.ask("GET", "/pulls/" + pull)] if p["waiting_for"]])[0]
    assert (found["status"], found["waiting_for"]) == ("waiting", "keyring_locked"), found["waiting_for"]
    bench.ask("POST", f"/pulls/{pull}/cancel")
    assert bench.ask("GET", "/patients/" + patient)["connections"][0]["status"] == connection["status"] == "active"
    bench.end(bench.server)
    bench.env = with_keyring
    bench.start()


def damaged():
    """By a disk: each table's first page in turn. What is asked about it says so, and nobody is told that there is nothing."""
    bench.end(bench.server)
    name = bench.data + "/chartroom.db"
    with database() as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,), = db.execute("PRAGMA page_size")
        roots = dict(db.execute("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'"))
    db.close()
    with open(name, "rb") as file:
        whole = file.read()
    for table, method, path, body in (
            ("session", "GET", f"/patients/{patient}/patient-sessions", None),
            ("pull", "GET", f"/patients/{patient}/pulls", None), ("version", "GET", f"/patients/{patient}/records", None),
            ("patient", "POST", "/patients", {"patient_id": "damaged"}),
            ("webhook", "POST", "/webhooks", {"url": "https://example.org/", "events": ["*"]})):
        at = (roots[table] - 1) * size
        with open(name, "r+b") as file:
            file.seek(at)
            file.write(os.urandom(size))
        bench.start()
        refuse(500, "db_error", "damaged", method, path, body)
        bench.ask("GET", "/health", key=None)
        bench.end(bench.server)
        for end in ("-wal", "-shm"):
            if os.path.exists(name + end):
                os.unlink(name + end)
        with open(name, "wb") as file:
            file.write(whole)
    bench.start()
    assert bench.ask("GET", f"/patients/{patient}/records")["data"]


try:
    run({test.__name__: test for test in (full, held, no_keyring, portal_gone, damaged)})
finally:
    bench.close()
