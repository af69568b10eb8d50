# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests made of the OpenAPI document, good ones and ones with a single fault: what is answered must be in the document,
a good request is not called bad, a bad one is not taken."""
import os
import random
import string
import urllib.parse

from apitest import ApiBench, BACK, check_envelope, run

CASES = int(os.environ.get("CHARTROOM_API_CASES", "10000"))
SEED = int(os.environ.get("CHARTROOM_API_SEED", "20261127"))

bench = ApiBench(patients="2", rate=100000)
dice = random.Random(SEED)
patient = bench.people[0]["clinic_id"]
TEXT = string.ascii_letters + string.digits + " /?#%&=+\"'\\<>äß漢\U0001f600"


def text(schema, most=30):
    low = schema.get("minLength", 0)
    high = min(schema.get("maxLength", most), low + most)
    return "".join(dice.choice(TEXT) for _ in range(dice.randint(low, high)))


def good(name, schema):
    """A value that the schema takes."""
    schema = bench.document.resolve(schema)
    kinds = schema.get("type")
    kind = dice.choice(kinds) if isinstance(kinds, list) else kinds
    if "enum" in schema:
        return dice.choice(schema["enum"])
    if kind == "null":
        return None
    if kind == "integer":
        return dice.choice([schema.get("minimum", 0), schema.get("maximum", 10),
                            dice.randint(schema.get("minimum", 0), schema.get("maximum", 10))])
    if kind == "boolean":
        return dice.random() < 0.5
    if kind == "object":
        return {text({"minLength": 1}): dice.choice([None, 1, -2.5, "x", [1, {"a": []}], {}]) for _ in range(dice.randint(0, 3))}
    if kind == "array":
        return [bench.source for _ in range(dice.randint(0, 3))]
    if schema.get("format") == "email":
        return "".join(dice.choice(string.ascii_lowercase) for _ in range(5)) + "@example.org"
    if schema.get("format") == "uri":
        return BACK
    if "pattern" in schema:
        return dice.choice(["Observation", "Patient,Condition", "Basic"])
    if name in ("since", "_since"):
        return dice.choice(["2020-01-01", "2026-04-25T10:00:00Z", "2026-04-25T10:00:00.123+02:00"])
    if name in ("patient_id",):
        return dice.choice([patient, "gen-" + "".join(dice.choice(string.ascii_letters) for _ in range(3))])
    if name == "birth_date":
        return dice.choice(["1980", "1980-02", "1980-02-29"])
    if name == "connection_id":
        return bench.source
    if name == "connection":
        return connection
    return text(schema)


def bad(schema):
    """Values that the schema does not take, if there are any that a body can hold."""
    schema = bench.document.resolve(schema)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    values = [value for kind, value in (("string", "x"), ("integer", 7), ("boolean", True), ("object", {}), ("array", []),
                                        ("null", None)) if kind not in kinds and "enum" not in schema]
    if "enum" in schema:
        values += ["nothing", 7, {}]
    if "maxLength" in schema:
        values.append("x" * (schema["maxLength"] + 1))
    if schema.get("minLength"):
        values.append("")
    if "minimum" in schema:
        values += [schema["minimum"] - 1, 0.5]
    if "maximum" in schema:
        values.append(schema["maximum"] + 1)
    if schema.get("format"):
        values.append("not one")
    return values


def bad_texts(schema):
    """The same of a query, where everything is text."""
    if "enum" in schema:
        return ["nothing", ""]
    if "integer" in schema["type"]:
        return [str(schema["minimum"] - 1), str(schema["maximum"] + 1), "x", "", "1.5"]
    return ["x" * (schema["maxLength"] + 1)] if "maxLength" in schema else ["a b"] if "pattern" in schema else []


def parts(pattern):
    known = {"patients": [patient, "gen-abc", "nobody"], "connections": [bench.source, connection, "conn_x"],
             "patient-sessions": [session, "ps_x"], "pulls": [pull, "pull_x"], "launch-contexts": ["x"],
             "destinations": ["dest_x"], "export-runs": ["run_x"]}
    before, made = "", []
    for part in pattern.split("/"):
        if part.startswith("{"):
            value = dice.choice(known.get(before, []) + [text({"minLength": 1})])
            part = urllib.parse.quote(value, safe="")
            if part in (".", ".."):
                part = "x"
        before = part
        made.append(part)
    return "/".join(made)


def query(operation):
    """→ its text, whether it is good"""
    pairs, is_good = [], True
    for parameter in operation["parameters"]:
        parameter = bench.document.resolve(parameter)
        if parameter["in"] != "query" or dice.random() < 0.5:
            continue
        name, schema = parameter["name"], parameter["schema"]
        if name in ("starting_after", "ending_before"):
            if dice.random() < 0.9:
                continue
            value, is_good = text({"minLength": 1}), None
        elif dice.random() < 0.15:
            choices = bad_texts(bench.document.resolve(schema))
            if not choices:
                continue
            value, is_good = dice.choice(choices), False
        else:
            value = good(name, schema)
        pairs.append((name, value))
    return urllib.parse.urlencode(pairs), is_good


def body(operation):
    """→ a body or None, whether it is good"""
    if "requestBody" not in operation:
        return None, True
    request = operation["requestBody"]
    if not request["required"] and dice.random() < 0.3:
        return None, True
    schema = bench.document.resolve(request["content"]["application/json"]["schema"])
    made = {name: good(name, part) for name, part in schema["properties"].items()
            if name in schema["required"] or dice.random() < 0.4}
    if "connection_id" in made:
        made.pop("recommended_connection_ids", None)
    if dice.random() < 0.4:
        choices = [(name, value) for name, part in schema["properties"].items() for value in bad(part)]
        choices += [(name, None) for name in schema["required"]]
        name, value = dice.choice(choices)
        if name in schema["required"] and dice.random() < 0.3:
            del made[name]
        else:
            made[name] = value
        return made, False
    if schema.get("additionalProperties") is False and dice.random() < 0.1:
        made["unknown"] = 1
        return made, False
    return made, True


def one():
    method, pattern, _, operation = dice.choice(bench.document.operations)
    path = parts(pattern)
    if method == "PUT" and dice.random() < 0.7:
        path = pattern.replace("{id}", "gen-abc")
    text_of_query, query_is_good = query(operation)
    sent, body_is_good = body(operation)
    if method == "PUT" and sent and path.endswith("gen-abc") and "patient_id" in sent and body_is_good:
        sent["patient_id"] = "gen-abc"
    whole = path + ("?" + text_of_query if text_of_query else "")
    if pattern == "/events/stream":
        method = "HEAD"
    if method == "DELETE" and patient in path:
        return None
    reply = bench.send(method, whole, sent)
    case = (method, whole, sent, reply.status, reply.body[:300])
    assert reply.status < 500, case
    if reply.status >= 400 and method != "HEAD":
        check_envelope(reply)
    if query_is_good is False or not body_is_good:
        assert reply.status in (400, 404), case
    elif query_is_good and method in ("GET", "HEAD"):
        assert reply.status in (200, 404, 402), case
    elif method == "POST" and pattern in ("/patients", "/patient-sessions") and query_is_good:
        # Control characters and the like are the engine's own rules.
        assert reply.status in (200, 400, 409), case
    return reply.status


def generated():
    statuses = {}
    for _ in range(CASES):
        status = one()
        statuses[status] = statuses.get(status, 0) + 1
    print(CASES, "cases:", dict(sorted((str(key), value) for key, value in statuses.items())))
    assert statuses[200] > CASES / 5 and statuses[400] > CASES / 20


def still_there():
    assert bench.server.poll() is None
    with open(f"{bench.root}/log-{bench.children.index(bench.server)}", "rb") as log:
        said = log.read()
    assert b"CRITICAL" not in said and b"WARNING" not in said, said[-2000:]
    assert bench.run("check").code == 0


try:
    session = bench.connect(0)["id"]
    connection = bench.ask("GET", "/patients/" + patient)["connections"][0]["id"]
    pull = bench.pulled(patient)[0]["id"]
    bench.ask("POST", "/patients", {"patient_id": "gen-abc"})
    run({"generated": generated, "still_there": still_there})
finally:
    bench.close()
