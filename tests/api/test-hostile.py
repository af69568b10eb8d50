# SPDX-License-Identifier: GPL-3.0-or-later
"""What nobody should send: always the envelope, never a crash, nothing changed."""
import json
import os
import random
import socket
import time
import urllib.parse

from apitest import ApiBench, BACK, Reply, check_envelope, run

bench = ApiBench(portal=False, rate=100000)
bench.ask("POST", "/patients", {"patient_id": "p1", "name": "One"})
ROUTES = (("POST", "/patients"), ("PUT", "/patients/p1"), ("POST", "/patient-sessions"))
if os.environ.get("CHARTROOM_API_ROUNDS"):
    ROUNDS = int(os.environ["CHARTROOM_API_ROUNDS"])
else:
    ROUNDS = 400


def state():
    return bench.ask("GET", "/patients?limit=100"), bench.ask("GET", "/patients/p1/patient-sessions?limit=100")


def parse(answer):
    """The first answer on a connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(": ")
        headers[name] = value
    return Reply(int(lines[0].split()[1]), headers, body[:int(headers["Content-Length"])])


def bodies():
    """Each is refused, by every route that takes a body."""
    deep = b'{"patient_id":"p2","metadata":' + b'{"a":' * 100000 + b"1" + b"}" * 100000 + b"}"
    before = state()
    for method, path in ROUTES:
        for raw in (b"", b" ", b"null", b"[]", b'"x"', b"1", b"{", b"}", b'{"a":1,}', b"{'a':1}", b"{a:1}", b"{} {}",
                    b'{"patient_id":"p2"', b"/*x*/{}", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b'{"patient_id":"\xff"}',
                    b'{"patient_id":"p2\x00"}', b'{"patient_id":"p2\\u0000x"}', b'{"patient_id":"\\ud800"}',
                    b'{"patient_id":NaN}', b'{"patient_id":"p1","patient_id":"p2"}', b'{"a":01}', b'{"a":1e}',
                    b"[" * 1000000, b'{"a":' * 150000, deep, b'{"patient_id":"p2","metadata":{"a":"\x01"}}'):
            reply = bench.send(method, path, raw=raw)
            assert reply.status == 400, (method, path, raw[:60], reply.status)
            check_envelope(reply)
        for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "multipart/form-data",
                     "application/json5", ";"):
            raw = b'{"patient_id":"p2","return_url":"' + BACK.encode() + b'"}'
            reply = bench.send(method, path, raw=raw, headers={"Content-Type": kind or ""})
            assert reply.status == 400, (method, path, kind)
            check_envelope(reply)
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        bench.ask("PUT", "/patients/p1", raw=b'{"patient_id":"p1","name":"One"}', headers={"Content-Type": kind})
    assert state() == before


def sizes():
    before = state()
    big = b'{"patient_id":"p2","metadata":{"a":"' + b"x" * (1024 * 1024) + b'"}}'
    for method, path in ROUTES:
        bench.refuse(413, "payload_too_large", method, path, raw=big)
        chunked = bench.raw(f"{method} {path} HTTP/1.1\r\nHost: {bench.place}\r\nAuthorization: Bearer {bench.key}\r\n"
                            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode() +
                            b"%x\r\n" % len(big) + big + b"\r\n0\r\n\r\n")
        reply = parse(chunked)
        assert reply.status == 413, reply.status
        check_envelope(reply)
    exact = b'{"patient_id":"p1","name":"One","metadata":{"a":"'
    exact += b"x" * (1024 * 1024 - len(exact) - 3) + b'"}}'
    assert len(exact) == 1024 * 1024 and bench.send("PUT", "/patients/p1", raw=exact).status == 200
    bench.ask("PUT", "/patients/p1", {"patient_id": "p1", "name": "One"})
    assert state() == before
    reply = bench.send("GET", "/patients?email=" + "x" * 60000)
    assert reply.status in (200, 400, 414, 431), reply.status
    reply = bench.send("GET", "/" + "x" * 60000)
    check_envelope(reply)


def doors():
    """Host and Origin; no browser of elsewhere gets in, and none is told that it may."""
    for host in ("example.org", "example.org:80", bench.place + ".example.org", "", "localhost"):
        reply = bench.send("GET", "/patients", headers={"Host": host})
        assert reply.status in (400, 421), (host, reply.status)
        check_envelope(reply)
    before = state()
    for origin in ("https://example.org", "null", "http://localhost:1", "file://"):
        reply = bench.send("POST", "/patients", {"patient_id": "p2"}, headers={"Origin": origin})
        assert reply.status == 403 and check_envelope(reply)["code"] == "forbidden", origin
        reply = bench.send("OPTIONS", "/patients", headers={"Origin": origin,
                                                             "Access-Control-Request-Method": "POST"})
        assert reply.status == 405 and not [name for name in reply.headers if name.startswith("Access-Control")]
    assert state() == before
    # Somebody else's request, passed on by a proxy here, finds no API.
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        bench.refuse(404, "resource_not_found", "GET", "/patients", headers={header: "203.0.113.9"})
    page = bench.send("GET", "/nothing", headers={"Accept": "text/html,*/*"})
    assert page.status == 404 and page.headers["Content-Type"].startswith("text/html")


def paths():
    for path in ("/", "//patients", "/patients/", "/patients//records", "/patients/..",
                 "/..%2fhealth", "/%2e%2e/%2e%2e/etc/passwd", "/patients/p1/../p1/records/..",
                 "/PATIENTS", "/patients/p1/records/", "/patients%00", "/patients/%00", "/patients/p1%00/records",
                 "/patients/%ff", "/patients/%", "/patients/%zz", "/patients/p1/$everything/x", "/patients/..%2fp1",
                 "/connections/..", "/connections/%2e%2e%2f", "/health/..", "/\\patients"):
        reply = bench.send("GET", path)
        assert reply.status in (400, 404), (path, reply.status)
        check_envelope(reply)
    # Dots that a client should have taken out lead nowhere, rather than to what they would mean (RFC 3986, 5.2.4).
    for path in ("/patients/../health", "/patients/%2e%2e/health", "/patients/%2E./health", "/./health", "/health/.",
                 "/x/../../health", "/patients/..?limit=1", "/../health", "/health/..", "//../health", "/c/../health#x",
                 f"http://{bench.place}/patients/../health"):
        for method in ("GET", "POST", "DELETE"):
            reply = parse(bench.raw(f"{method} {path} HTTP/1.1\r\nHost: {bench.place}\r\nContent-Length: 0\r\n"
                                    f"Authorization: Bearer {bench.key}\r\n\r\n".encode()))
            assert reply.status == 404 and check_envelope(reply)["code"] == "resource_not_found", (method, path, reply.status)
    for path in ("/health?x=/../y", "/health?..", "/health?%2e%2e/"):
        assert bench.send("GET", path).json()["ok"] is True
    # Also where the bytes come later than the connection.
    with socket.create_connection(tuple([bench.place.split(":")[0], int(bench.place.split(":")[1])])) as stream:
        time.sleep(0.3)
        stream.sendall(f"GET /patients/../health HTTP/1.1\r\nHost: {bench.place}\r\n\r\n".encode())
        assert stream.recv(65536).startswith(b"HTTP/1.1 404 ")
    # In one piece, or nobody could tell. What comes while the engine is not looking is one piece for it.
    for pause in (0.3, 1, 3, 9):
        with socket.create_connection(tuple([bench.place.split(":")[0], int(bench.place.split(":")[1])])) as stream:
            for part in (b"GET /patients", f"/../health HTTP/1.1\r\nHost: {bench.place}\r\n\r\n".encode()):
                stream.sendall(part)
                time.sleep(pause)
            status = stream.recv(65536)[:13]
        assert status in (b"HTTP/1.1 400 ", b"HTTP/1.1 404 "), status
        if status == b"HTTP/1.1 400 ":
            break
    assert status == b"HTTP/1.1 400 ", status
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "PROPFIND", "X"):
        reply = bench.send(method, "/health")
        assert reply.status in (405, 501, 400), (method, reply.status)
        if reply.status == 405:
            check_envelope(reply)
            assert reply.headers["Allow"] == "GET, HEAD"


def shapes():
    """Requests of two readings: one answer at most, and nothing of the second is done."""
    before = state()
    head = f"Host: {bench.place}\r\nAuthorization: Bearer {bench.key}\r\nContent-Type: application/json\r\n"
    second = f"POST /patients HTTP/1.1\r\n{head}Content-Length: 19\r\n\r\n" + '{"patient_id":"p9"}'
    get = f"GET /health HTTP/1.1\r\nHost: {bench.place}\r\n\r\n"
    for text in (
            get + second,
            f"POST /nothing HTTP/1.1\r\n{head}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Content-Length: 0\r\nContent-Length: {len(second)}\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Content-Length: -1\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Content-Length: 99999999999999999999\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Content-Length: +0\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Transfer-Encoding: xchunked\r\n\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n" + second,
            f"POST /nothing HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + second,
            f"GET /health HTTP/1.1\nHost: {bench.place}\n\n" + second,
            "GET /health HTTP/1.1\r\n\r\n" + second,
            f"GET /health HTTP/9.9\r\nHost: {bench.place}\r\n\r\n" + second,
            f"GET  /health  HTTP/1.1\r\nHost: {bench.place}\r\n\r\n" + second,
            f"GET http://example.org/health HTTP/1.1\r\nHost: {bench.place}\r\n\r\n" + second,
            f"GET /health HTTP/1.1\r\nHost: {bench.place}\r\nHost: example.org\r\n\r\n" + second,
            f"GET /health HTTP/1.1\r\n Host: {bench.place}\r\n\r\n" + second,
            f"GET /health HTTP/1.1\r\nHost : {bench.place}\r\n\r\n" + second,
            "\r\n\r\n" + get + second, "\0" * 100 + second, "GARBAGE\r\n\r\n" + second,
            "GET /health HTTP/1.1\r\nHost: x\r\n" + "A: b\r\n" * 20000 + "\r\n" + second,
            f"CONNECT example.org:443 HTTP/1.1\r\nHost: {bench.place}\r\n\r\n" + second):
        answer = bench.raw(text.encode("latin-1"), 10)
        assert answer.count(b"HTTP/1.") <= 1, (text[:80], answer[:600])
        if answer and not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            reply = parse(answer)
            assert reply.status >= 400, answer[:200]
            check_envelope(reply)
    assert state() == before


def slow():
    """Many who never come to an end leave room for others."""
    visitors = []
    for _ in range(100):
        stream = socket.create_connection(tuple([bench.place.split(":")[0], int(bench.place.split(":")[1])]))
        stream.sendall(f"POST /patients HTTP/1.1\r\nHost: {bench.place}\r\nContent-Length: 100\r\n\r\n{{".encode())
        visitors.append(stream)
    begun = time.monotonic()
    bench.ask("GET", "/patients")
    assert time.monotonic() - begun < 20
    for stream in visitors:
        stream.close()
    # Who leaves in the middle of a long answer takes nothing along.
    for _ in range(20):
        with socket.create_connection((bench.place.split(":")[0], int(bench.place.split(":")[1]))) as stream:
            stream.sendall(f"GET /patients/p1/$everything HTTP/1.1\r\nHost: {bench.place}\r\n"
                           f"Authorization: Bearer {bench.key}\r\n\r\n".encode())
    bench.ask("GET", "/patients")


def random_value(dice, depth=0):
    kind = dice.randrange(9 if depth < 3 else 6)
    if kind == 0:
        return dice.choice([None, True, False])
    if kind == 1:
        return dice.choice([0, -1, 1, 60, 2**31, 2**63 - 1, -2**63, 10**30, 1.5, 1e300])
    if kind < 5:
        return "".join(dice.choice("ab/\\\"'%<>\u00e4\u2028\U0001f600\x7f ;-@.:") for _ in range(dice.randrange(20)))
    if kind == 5:
        return dice.choice(["p1", "a@b.c", BACK, "x" * 300, "ps_", "https://example.org/?a=b#c"])
    if kind < 8:
        return {dice.choice(NAMES): random_value(dice, depth + 1) for _ in range(dice.randrange(4))}
    return [random_value(dice, depth + 1) for _ in range(dice.randrange(4))]


NAMES = ("patient_id", "email", "name", "metadata", "birth_date", "sex", "return_url", "connection_id", "expires_in",
         "recommended_connection_ids", "return_button_label", "patient_email", "patient_name", "url", "events",
         "description", "status", "since", "connection", "full", "x")


def random_bodies():
    """Random members and random bytes. What is taken is answered as the contract says; the patient that a body is
    never about stays."""
    dice = random.Random(20261127)
    untouched = bench.ask("POST", "/patients", {"patient_id": "untouched", "name": "U", "metadata": {"a": 1}})
    hook = bench.ask("POST", "/webhooks", {"url": "https://example.org/", "events": ["*"]})["id"]
    routes = ROUTES + (("POST", "/webhooks"), ("PATCH", "/webhooks/" + hook), ("POST", f"/webhooks/{hook}/replay"),
                       ("POST", "/patients/p1/pulls"))
    with_bodies = {(way, pattern) for way, pattern, _, operation in bench.document.operations if "requestBody" in operation}
    assert len(routes) == len(with_bodies), "every route that takes a body"
    statuses = {}
    for number in range(ROUNDS * len(routes)):
        method, path = routes[number % len(routes)]
        if dice.random() < 0.5:
            body = {name: random_value(dice) for name in dice.sample(NAMES, dice.randrange(1, 6))}
            if dice.random() < 0.5:
                body.update(patient_id="p1", return_url=BACK)
            raw = json.dumps(body, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
        else:
            raw = bytes(dice.choice(b'{}[]",:\\u0123patient_id"\x00\xff\n -.eE') for _ in range(dice.randrange(200)))
        if dice.random() < 0.3 and raw:
            at = dice.randrange(len(raw))
            raw = raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1:]
        reply = bench.send(method, path, raw=raw)
        while reply.status == 429:
            time.sleep(1)
            reply = bench.send(method, path, raw=raw)
        assert reply.status in (200, 400, 404, 409), (method, path, raw, reply.status, reply.body)
        statuses[reply.status] = statuses.get(reply.status, 0) + 1
        if reply.status == 200:
            assert reply.json()["resource_type"] in ("patient", "patient_session", "webhook_endpoint", "webhook_replay", "list")
        else:
            check_envelope(reply)
    print(ROUNDS, "bodies for each of", len(routes), "routes:", statuses)
    assert statuses[200] > ROUNDS / 20 and statuses[400] > ROUNDS, statuses
    assert {name: value for name, value in bench.ask("GET", "/patients/untouched").items() if name != "connections"
            } == untouched


def random_queries():
    dice = random.Random(4)
    alphabet = "limit=&starting_after%20%00%ff+-_type=since=count=2026-01-01ObservationZ:T.?#;[]"
    for _ in range(ROUNDS):
        query = "".join(dice.choice(alphabet) for _ in range(dice.randrange(40))).replace("#", "")
        path = dice.choice(["/patients", "/connections", "/patients/p1/records", "/patients/p1/$everything",
                            "/patients/p1/patient-sessions"])
        reply = bench.send("GET", f"{path}?{urllib.parse.quote(query, safe='%&=?+')}")
        while reply.status == 429:
            time.sleep(1)
            reply = bench.send("GET", path)
        assert reply.status in (200, 400), (path, query, reply.status, reply.body)
        if reply.status != 200:
            check_envelope(reply)


def still_there():
    assert bench.server.poll() is None
    with open(f"{bench.root}/log-{bench.children.index(bench.server)}", "rb") as log:
        said = log.read()
    assert b"CRITICAL" not in said and b"WARNING" not in said, said[-2000:]
    assert bench.run("check").code == 0


try:
    run({test.__name__: test for test in (
        bodies, sizes, doors, paths, shapes, slow, random_bodies, random_queries, still_there)})
finally:
    bench.close()
