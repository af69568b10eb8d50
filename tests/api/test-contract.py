# SPDX-License-Identifier: GPL-3.0-or-later
"""Every operation, code and limit of the contract."""
import json
import time
import urllib.parse

from apitest import ApiBench, BACK, TIME, Visitor, check_envelope, run, wait_for

bench = ApiBench()
PATIENT = {"id", "resource_type", "email", "name", "metadata", "created_at"}
CONNECTION = {"id", "resource_type", "patient_session_id", "connection_id", "status", "scopes", "failure_code",
              "failure_at", "created_at", "updated_at"}
SESSION = {"id", "resource_type", "status", "url", "patient_id", "connection_id", "recommended_connection_ids",
           "return_url", "return_button_label", "connections", "expires_at", "metadata", "created_at"}
SOURCE = {"id", "resource_type", "name", "type", "fhir_base_url", "logo_url", "portal_url"}


# What the contract has, at its addresses (contract 1.4).
OPERATIONS = {
    "api.health": "GET /health", "api.createPatient": "POST /patients", "api.listPatients": "GET /patients",
    "api.getPatient": "GET /patients/{id}", "api.updatePatient": "PUT /patients/{id}",
    "api.deletePatient": "DELETE /patients/{id}",
    "api.disconnectPatientConnection": "DELETE /patients/{id}/connections/{connection_id}",
    "api.listPatientSessionsForPatient": "GET /patients/{id}/patient-sessions",
    "api.getPatientRecords": "GET /patients/{id}/records", "api.listFhirSources": "GET /connections",
    "api.getFhirSource": "GET /connections/{id}", "api.initPatientSession": "POST /patient-sessions",
    "api.retrievePatientSession": "GET /patient-sessions/{id}", "api.retrieveLaunchContext": "GET /launch-contexts/{id}",
    "api.createWebhook": "POST /webhooks", "api.listWebhooks": "GET /webhooks", "api.getWebhook": "GET /webhooks/{id}",
    "api.updateWebhook": "PATCH /webhooks/{id}", "api.deleteWebhook": "DELETE /webhooks/{id}",
    "api.rotateWebhookSecret": "POST /webhooks/{id}/rotate-secret", "api.listWebhookEvents": "GET /webhooks/{id}/events",
    "api.redeliverWebhookEvent": "POST /events/{id}/redeliver",
}


def operations():
    there = {operation["operationId"]: f"{method} {pattern}" for method, pattern, _, operation in bench.document.operations}
    assert len(OPERATIONS) == 22 and {name: there.get(name) for name in OPERATIONS} == OPERATIONS
    for name, place in OPERATIONS.items():
        if name != "api.health":
            method, path = place.split()
            bench.refuse(401, "missing_api_key", method, path.replace("{", "").replace("}", ""), key=None)


def health():
    reply = bench.send("GET", "/health", key=None)
    assert reply.status == 200 and reply.json()["ok"] is True
    assert TIME.fullmatch(reply.json()["server_time"])
    assert bench.send("HEAD", "/health", key=None).body == b""


def keys():
    bench.refuse(401, "missing_api_key", "GET", "/patients", key=None)
    for key in ("x", "mb_sk_live_", "mb_sk_live_" + "0" * 64, "mb_sk_live_" + "g" * 64, bench.key + "0", bench.key[:-1],
                "\x80" * 8, " "):
        bench.refuse(401, "invalid_api_key", "GET", "/patients", key=key)
    bench.refuse(401, "invalid_api_key", "GET", "/patients", key=bench.key[:-1] + ("0" if bench.key[-1] != "0" else "1"))
    bench.refuse(401, "invalid_api_key", "GET", "/patients", key=bench.key.replace("live", "sbx"))
    bench.refuse(401, "invalid_api_key", "GET", "/patients", headers={"Authorization": "Basic dXNlcjpwYXNz"})
    assert bench.send("GET", "/patients", headers={"Authorization": "bearer " + bench.key}).status == 200
    reply = bench.send("GET", "/patients", key=None)
    assert reply.headers["WWW-Authenticate"] == "Bearer"

    reader = bench.make_key("Reader", "--read-only")
    bench.ask("GET", "/patients", key=reader["key"])
    for method, path, body in (("POST", "/patients", {"patient_id": "reader"}), ("DELETE", "/patients/reader", None),
                               ("POST", "/patient-sessions", {"patient_id": "reader", "return_url": BACK})):
        bench.refuse(403, "insufficient_scope", method, path, body, key=reader["key"])
    bench.refuse(404, "resource_not_found", "GET", "/patients/reader")
    assert [key["last_used_at"] is not None for key in json.loads(
        bench.run("api-key", "list", before=("--json",)).out)["data"] if key["id"] == reader["id"]] == [True]

    assert bench.run("api-key", "revoke", reader["id"]).code == 0
    error = bench.refuse(401, "invalid_api_key", "GET", "/patients", key=reader["key"])
    assert "revoked" in error["message"]
    assert bench.run("api-key", "revoke", "key_0000000000000000").code == 3
    assert bench.run("api-key", "create", "Old", "--expires", "2020-01-01").code != 0
    assert bench.run("api-key", "create", "").code != 0


def key_expires():
    # A busy machine takes longer to make a key and ask with it than a short one lives.
    for seconds in (2, 10, 30):
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        key = bench.make_key("Short", "--expires", soon).get("key")
        if key and bench.send("GET", "/patients", key=key).status == 200:
            break
    else:
        raise AssertionError("no key worked before its end")
    wait_for(lambda: bench.send("GET", "/patients", key=key).status == 401)
    bench.refuse(401, "expired_api_key", "GET", "/patients", key=key)


def key_is_kept_nowhere():
    with open(bench.data + "/chartroom.db", "rb") as store:
        everything = store.read()
    with open(bench.data + "/chartroom.db-wal", "rb") as log:
        everything += log.read()
    assert b"key_" + bench.key[11:27].encode() in everything
    assert bench.key[27:].encode() not in everything


def other_workspace():
    other = ApiBench(portal=False, sandbox=True)
    try:
        assert other.key.startswith("mb_sk_sbx_"), other.key[:12]
        other.ask("GET", "/patients")
        error = other.refuse(401, "invalid_api_key", "GET", "/patients", key=bench.key)
        assert "other kind of workspace" in error["message"]
        bench.refuse(401, "invalid_api_key", "GET", "/patients", key=other.key)
    finally:
        other.close()


def version():
    bench.ask("GET", "/patients", headers={"Version": "2026-04-25"})
    for version in ("2026-04-26", "", "latest"):
        bench.refuse(400, "unsupported_api_version", "GET", "/patients", headers={"Version": version})


def patients():
    made = bench.ask("POST", "/patients", {"patient_id": "p 1/ä?", "email": "one@example.org", "name": "One",
                                           "metadata": {"mrn": "1", "deep": {"er": [1, None, True]}}})
    assert set(made) == PATIENT and made["id"] == "p 1/ä?" and made["resource_type"] == "patient"
    assert made["metadata"] == {"mrn": "1", "deep": {"er": [1, None, True]}} and TIME.fullmatch(made["created_at"])
    bench.refuse(409, "external_id_already_exists", "POST", "/patients", {"patient_id": "p 1/ä?"}, param="patient_id")
    path = "/patients/" + urllib.parse.quote("p 1/ä?", safe="")
    got = bench.ask("GET", path)
    assert set(got) == PATIENT | {"connections"} and got["connections"] == []
    assert {name: got[name] for name in PATIENT} == made
    # All of it is replaced.
    put = bench.ask("PUT", path, {"patient_id": "p 1/ä?"})
    assert put == {**made, "email": None, "name": None, "metadata": {}}
    put = bench.ask("PUT", path, {"patient_id": "p 1/ä?", "email": None, "name": "Two", "unknown": 1})
    assert put["name"] == "Two" and bench.ask("GET", path)["name"] == "Two"
    bench.refuse(400, "bad_request", "PUT", path, {"patient_id": "p2"}, param="patient_id")
    bench.refuse(400, "bad_request", "PUT", path, {"name": "x"}, param="patient_id")
    bench.refuse(404, "resource_not_found", "PUT", "/patients/nobody", {"patient_id": "nobody"})
    tombstone = bench.ask("DELETE", path)
    assert tombstone == {"id": "p 1/ä?", "resource_type": "patient", "deleted": True}
    bench.refuse(404, "resource_not_found", "GET", path)
    bench.refuse(404, "resource_not_found", "DELETE", path)


NUMBERS = (b'{"dose":1.10,"large":123456789012345678901234567890.123,"e":[1E+2,1e-3,-0,0.0],"i":9007199254740993,'
           b'"t":"\\u00e4 \\" } 1.10"}')


def numbers_are_kept():
    """What a program gives along comes back to the digit, wherever it does."""
    spaced = NUMBERS.replace(b":", b" :\n\t", 1).replace(b",", b" , ", 1)
    body = b'{"patient_id":"numbers","metadata":' + spaced + b'}'
    made = bench.send("POST", "/patients", raw=body)
    put = bench.send("PUT", "/patients/numbers", raw=body)
    begun = bench.send("POST", "/patient-sessions", raw=b'{"return_url":"http://127.0.0.1:9/",' + body[1:])
    hook = bench.send("POST", "/webhooks", raw=b'{"url":"https://example.org/","events":["*"],"metadata":' + spaced + b'}')
    for reply in (made, put, begun, hook, bench.send("GET", "/patients/numbers"), bench.send("GET", "/patients?limit=1"),
                  bench.send("GET", "/patient-sessions/" + begun.json()["id"]),
                  bench.send("GET", "/patients/numbers/patient-sessions"), bench.send("GET", "/webhooks"),
                  bench.send("PATCH", "/webhooks/" + hook.json()["id"], {"description": "x"})):
        assert reply.status == 200 and b'"metadata":' + NUMBERS in reply.body, reply.body
    bench.ask("DELETE", "/webhooks/" + hook.json()["id"])
    bench.ask("DELETE", "/patients/numbers")


def patient_limits():
    bench.ask("POST", "/patients", {"patient_id": "x" * 200, "name": "n" * 200})
    for body, code, param in (
            ({}, "bad_request", "patient_id"),
            ({"patient_id": ""}, "invalid_data", "patient_id"),
            ({"patient_id": "x" * 201}, "invalid_data", "patient_id"),
            ({"patient_id": 7}, "invalid_data", "patient_id"),
            ({"patient_id": None}, "invalid_data", "patient_id"),
            ({"patient_id": "ok", "name": "n" * 201}, "invalid_data", "name"),
            ({"patient_id": "ok", "email": "no address"}, "invalid_data", "email"),
            ({"patient_id": "ok", "metadata": []}, "invalid_data", "metadata"),
            ({"patient_id": "ok", "metadata": "x"}, "invalid_data", "metadata"),
            ({"patient_id": "conn_1"}, "invalid_data", None)):
        bench.refuse(400, code, "POST", "/patients", body, **({"param": param} if param else {}))
    bench.refuse(404, "resource_not_found", "GET", "/patients/ok")
    bench.ask("DELETE", "/patients/" + "x" * 200)


def lists():
    for number in range(25):
        bench.ask("POST", "/patients", {"patient_id": f"list-{number:02}", "email": f"{number % 5}@example.org"})
    rows = bench.walk("/patients", 7)
    assert [row["id"] for row in rows] == [f"list-{number:02}" for number in reversed(range(25))]
    assert len(bench.ask("GET", "/patients")["data"]) == 10
    assert len(bench.walk("/patients?email=3%40example.org", 2)) == 5
    assert [row["id"] for row in bench.walk("/patients?patient_id=list-11", 10)] == ["list-11"]
    assert bench.walk("/patients?patient_id=list-1", 10) == [], "exact matches only"
    # Whoever comes while somebody reads moves nothing, and whoever goes takes nothing along.
    first = bench.ask("GET", "/patients?limit=10")
    bench.ask("POST", "/patients", {"patient_id": "late"})
    bench.ask("DELETE", "/patients/list-15")
    second = bench.ask("GET", "/patients?limit=10&starting_after=" + first["next_cursor"])
    assert [row["id"] for row in second["data"]] == [f"list-{number:02}" for number in range(14, 4, -1)]
    for cursor in ("x", "AAAA", first["next_cursor"][:-1], first["next_cursor"] + "A", "%00", "%ff", "é" * 20):
        bench.refuse(400, "bad_request", "GET", "/patients?starting_after=" + urllib.parse.quote(cursor, safe="%"),
                     param="starting_after")
    bench.refuse(400, "bad_request", "GET", "/patients?email=a%40b.c&starting_after=" + first["next_cursor"])
    bench.refuse(400, "bad_request", "GET", "/connections?starting_after=" + first["next_cursor"])
    for limit in ("0", "101", "-1", "x", "", "1.5", "1e1", "99999999999999999999", "+5", "0x5"):
        bench.refuse(400, "bad_request", "GET", "/patients?limit=" + limit, param="limit")
    bench.refuse(400, "bad_request", "GET", "/patients?limit=5&limit=6", param="limit")
    for limit in ("1", "100"):
        bench.ask("GET", "/patients?limit=" + limit)
    for row in bench.walk("/patients", 100):
        bench.ask("DELETE", "/patients/" + row["id"])


def sources():
    rows = bench.walk("/connections", 100)
    assert [row["id"] for row in rows] == [bench.source] and SOURCE <= set(rows[0])
    base = bench.about()["portal"]["fhir_base_url"]
    assert rows[0]["quota"]["max_parallel"] == 4 and rows[0]["quota"]["max_per_minute"] is None, rows[0]["quota"]
    assert rows[0]["fhir_base_url"] == base and rows[0]["resource_type"] == "fhir_source"
    for query, n in (("q=sample", 1), ("q=PLE%20POR", 1), ("q=nowhere", 0), ("type=epic", 0), ("q=", 1),
                     ("q=Sample&type=epic", 0), ("q=%25", 0), ("q=_", 0)):
        assert len(bench.ask("GET", "/connections?" + query)["data"]) == n, query
    for key in (bench.source, urllib.parse.quote(base, safe=""), urllib.parse.quote(base + "/", safe="")):
        assert bench.ask("GET", "/connections/" + key) == rows[0]
    for key in ("fhirsrc_01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", urllib.parse.quote("https://example.org/fhir", safe="")):
        bench.refuse(404, "resource_not_found", "GET", "/connections/" + key, param="id")


def logos():
    pixel = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8"
                          "cfc000000301010018dd8db00000000049454e44ae426082")
    with open(bench.root + "/logo.png", "wb") as file:
        file.write(pixel)
    done = bench.run("source", "logo", bench.source, bench.root + "/logo.png")
    assert done.code == 0, done.err
    url = bench.ask("GET", "/connections/" + bench.source)["logo_url"]
    assert url.startswith(bench.url + "/logos/")
    reply = bench.send("GET", urllib.parse.urlsplit(url).path, key=None)
    assert reply.status == 200 and reply.body == pixel and reply.headers["Content-Type"] == "image/png"


def sessions():
    made = bench.ask("POST", "/patient-sessions", {
        "patient_id": "s1", "patient_email": "s1@example.org", "patient_name": "S One", "return_url": BACK,
        "recommended_connection_ids": [bench.source], "return_button_label": "Clinic", "expires_in": 60,
        "metadata": {"a": 1}})
    assert SESSION <= set(made) and made["status"] == "open" and made["connections"] == []
    assert made["id"].startswith("ps_") and len(made["id"]) == 29
    assert made["recommended_connection_ids"] == [bench.source] and made["connection_id"] is None
    assert made["url"].startswith(bench.url + "/c/") and len(made["url"].rsplit("/", 1)[1]) == 32
    assert bench.ask("GET", "/patient-sessions/" + made["id"]) == made
    assert bench.ask("GET", "/patients/s1")["email"] == "s1@example.org", "the patient was made"
    base = bench.about()["portal"]["fhir_base_url"]
    direct = bench.ask("POST", "/patient-sessions", {"patient_id": "s1", "return_url": BACK, "connection_id": base})
    assert direct["connection_id"] == bench.source and direct["recommended_connection_ids"] is None
    assert direct["metadata"] == {} and direct["return_button_label"] is None
    assert [row["id"] for row in bench.walk("/patients/s1/patient-sessions", 1)] == [direct["id"], made["id"]]
    assert bench.walk("/patients/s1/patient-sessions?status=complete", 10) == []
    assert len(bench.walk("/patients/s1/patient-sessions?status=open", 10)) == 2
    bench.refuse(400, "bad_request", "GET", "/patients/s1/patient-sessions?status=closed", param="status")
    bench.refuse(404, "resource_not_found", "GET", "/patients/nobody/patient-sessions")
    for path in ("/patient-sessions/ps_01ARZ3NDEKTSV4RRFFQ69G5FAV", "/patient-sessions/x",
                 "/patient-sessions/" + bench.source):
        bench.refuse(404, "resource_not_found", "GET", path)


def session_limits():
    good = {"patient_id": "s2", "return_url": BACK}
    for more, code, param in (
            ({"patient_id": None}, "invalid_data", "patient_id"),
            ({"patient_id": ""}, "invalid_data", "patient_id"),
            ({"return_url": "no uri"}, "invalid_data", "return_url"),
            ({"return_url": "javascript:alert(1)"}, "invalid_data", None),
            ({"expires_in": 59}, "invalid_data", "expires_in"),
            ({"expires_in": 86401}, "invalid_data", "expires_in"),
            ({"expires_in": "60"}, "invalid_data", "expires_in"),
            ({"expires_in": 60.5}, "invalid_data", "expires_in"),
            ({"return_button_label": ""}, "invalid_data", "return_button_label"),
            ({"return_button_label": "x" * 61}, "invalid_data", "return_button_label"),
            ({"patient_email": "x"}, "invalid_data", "patient_email"),
            ({"recommended_connection_ids": "x"}, "invalid_data", "recommended_connection_ids"),
            ({"recommended_connection_ids": [""]}, "invalid_data", "recommended_connection_ids"),
            ({"recommended_connection_ids": [1]}, "invalid_data", "recommended_connection_ids"),
            ({"metadata": 1}, "invalid_data", "metadata"),
            ({"unknown": 1}, "bad_request", None),
            ({"connection_id": bench.source, "recommended_connection_ids": [bench.source]}, "bad_request", None)):
        bench.refuse(400, code, "POST", "/patient-sessions", {**good, **more}, **({"param": param} if param else {}))
    for more, param in (({"connection_id": "fhirsrc_x"}, "connection_id"),
                        ({"recommended_connection_ids": [bench.source, "nothing"]}, "recommended_connection_ids")):
        bench.refuse(404, "resource_not_found", "POST", "/patient-sessions", {**good, **more}, param=param)
    bench.refuse(400, "bad_request", "POST", "/patient-sessions", {"return_url": BACK}, param="patient_id")
    bench.refuse(400, "bad_request", "POST", "/patient-sessions", {"patient_id": "s2"}, param="return_url")
    bench.refuse(404, "resource_not_found", "GET", "/patients/s2")


def connections():
    """A refusal, then a success; what lapses or ends is seen from the session too."""
    person = bench.people[0]
    patient = person["clinic_id"]
    failed = bench.connect(0, "deny")
    assert failed["status"] == "complete"
    assert [(one["id"], one["status"], one["failure_code"]) for one in failed["connections"]] == [
        (None, "failed", "user_denied")]
    good = bench.connect(0)
    assert [one["status"] for one in good["connections"]] == ["active"]
    rows = bench.ask("GET", "/patients/" + patient)["connections"]
    assert [row["status"] for row in rows] == ["active", "failed"], rows
    for row in rows:
        assert CONNECTION <= set(row) and row["id"].startswith("conn_") and row["connection_id"] == bench.source
    assert rows[0]["patient_session_id"] == good["id"] and rows[1]["patient_session_id"] == failed["id"]
    assert "patient/*.rs" in rows[0]["scopes"] and rows[1]["scopes"] == []
    assert TIME.fullmatch(rows[1]["failure_at"])

    # The hydrated list of the documents: failed ones dropped, the facility looked up.
    facilities = [bench.ask("GET", "/connections/" + row["connection_id"]) for row in rows if row["status"] != "failed"]
    assert [facility["name"] for facility in facilities] == ["Sample Portal"]
    assert "ca_file" not in facilities[0] and "ca_file" not in bench.ask("GET", "/connections")["data"][0]
    assert facilities[0]["fhir_base_url"] == bench.about()["portal"]["fhir_base_url"]
    assert bench.send("GET", urllib.parse.urlsplit(facilities[0]["logo_url"]).path, key=None).status == 200

    path = f"/patients/{patient}/connections/"
    for other in (path + rows[1]["id"], path + "x", "/patients/nobody/connections/" + rows[0]["id"],
                  "/patients/s1/connections/" + rows[0]["id"], path + bench.source):
        bench.refuse(404, "resource_not_found", "DELETE", other)
    for _ in range(2):
        assert bench.ask("DELETE", path + rows[0]["id"]) == {
            "id": rows[0]["id"], "resource_type": "connection", "disconnected": True}
    assert bench.ask("GET", "/patient-sessions/" + good["id"])["connections"][0]["status"] == "disconnected"
    assert bench.ask("GET", "/patients/" + patient)["connections"][0]["status"] == "disconnected"


def launch_context():
    bench.refuse(402, "feature_not_enabled", "GET", "/launch-contexts/6f1c2c3e-0000-4000-8000-000000000000")


def audit():
    """Who did it is the key, by its name."""
    entries = json.loads(bench.run("audit", "list", before=("--json",)).out)["data"]
    assert any(entry["person"] == "API: Tests" and entry["action"] == "session.create" for entry in entries)


def rate():
    """The last test: the key is slow for a while. A rate that also a slow machine goes beyond."""
    assert bench.run("config", "set", "api-requests-per-second", "5").code == 0
    bench.restart()
    for _ in range(2000):
        reply = bench.send("GET", "/launch-contexts/x")
        if reply.status == 429:
            break
    assert reply.status == 429 and check_envelope(reply)["code"] == "throttled"
    assert bench.send("GET", "/health", key=None).status == 200
    for _ in range(2000):
        reply = bench.send("GET", "/patients", key="wrong")
        if reply.status == 429:
            break
    assert reply.status == 429


try:
    run({test.__name__: test for test in (
        operations, health, keys, key_expires, key_is_kept_nowhere, other_workspace, version, patients, numbers_are_kept, patient_limits, lists,
        sources, logos, sessions, session_limits, connections, launch_context, audit, rate)})
finally:
    bench.close()
