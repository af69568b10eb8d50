# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of records: pages, Bundles, and what is kept back."""
import gzip
import json
import time
import urllib.parse

from apitest import ApiBench, run, wait_for

bench = ApiBench(patients="12", rate=100000)
SYSTEM = "urn:medblocks:patient-id"
patient = bench.people[0]["clinic_id"]
path = f"/patients/{patient}"


def records(query=""):
    """All pages. → items"""
    return all_records(path, query)


def all_records(where, query=""):
    rows, cursor = [], None
    while True:
        more = "starting_after=" + cursor if cursor else ""
        page = bench.ask("GET", f"{where}/records?" + "&".join(part for part in (query, more) if part))
        assert set(page) == {"resource_type", "patient_id", "data", "has_more", "next_cursor", "previous_cursor", "held_sources"}
        assert page["resource_type"] == "list" and page["patient_id"] == where.split("/")[2]
        assert page["has_more"] == (page["next_cursor"] is not None)
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows
        assert len(cursor) == 12 and cursor.isalnum(), cursor


def bundle(query="", headers=None):
    reply = bench.send("GET", f"{path}/$everything{query}", headers=headers)
    assert reply.status == 200, reply.body[:300]
    assert reply.headers["Content-Type"] == "application/fhir+json"
    return reply


def stored():
    """What the command line has of the patient: type/id → the line."""
    lines = bench.run("record", "save", patient, "--output", bench.root + "/all.ndjson")
    assert lines.code == 0, lines.err
    with open(bench.root + "/all.ndjson", "rb") as file:
        found = {}
        for line in file:
            record = json.loads(line)
            found[record["resourceType"] + "/" + record["id"]] = line.rstrip(b"\n")
        return found


def name(resource):
    return resource["resourceType"] + "/" + resource["id"]


def before_anything():
    bench.ask("POST", "/patients", {"patient_id": patient})
    assert records() == []
    reply = bundle()
    assert reply.json() == {"resourceType": "Bundle", "type": "searchset",
                            "link": [{"relation": "self", "url": f"{bench.url}{path}/$everything"}]}
    for what in ("records", "$everything"):
        bench.refuse(404, "resource_not_found", "GET", "/patients/nobody/" + what)


def pages():
    bench.connect(0)
    bench.pulled(patient)
    known = stored()
    rows = records("count=50")
    assert len(rows) == len(known) > 200
    assert {name(row["resource"]) for row in rows} == set(known)
    assert all(set(row) == {"source", "resource"} and row["source"] == bench.source for row in rows)
    assert len(bench.ask("GET", path + "/records")["data"]) == 100
    assert [name(row["resource"]) for row in records("count=7")] == [name(row["resource"]) for row in rows]

    # Backwards over the same ground.
    first = bench.ask("GET", path + "/records?count=3")
    second = bench.ask("GET", path + "/records?count=3&starting_after=" + first["next_cursor"])
    third = bench.ask("GET", path + "/records?count=3&starting_after=" + second["next_cursor"])
    assert first["previous_cursor"] is None
    back = bench.ask("GET", path + "/records?count=3&ending_before=" + third["previous_cursor"])
    assert back["data"] == second["data"] and back["has_more"] is True
    back = bench.ask("GET", path + "/records?count=3&ending_before=" + back["previous_cursor"])
    assert back["data"] == first["data"] and back["has_more"] is False and back["previous_cursor"] is None
    again = bench.ask("GET", path + "/records?count=3&starting_after=" + back["next_cursor"])
    assert again["data"] == second["data"]


def filters():
    types = {"Observation", "Patient"}
    rows = records("type=Observation,Patient")
    assert {row["resource"]["resourceType"] for row in rows} == types
    assert len(rows) == sum(key.split("/")[0] in types for key in stored())
    assert records("type=Basic") == [] and records("since=2999-01-01") == []
    assert len(records("since=2020-01-01")) == len(records())
    assert len(records("since=2020-01-01T00%3A00%3A00%2B02%3A00")) == len(records())
    cursor = bench.ask("GET", path + "/records?count=1&type=Observation")["next_cursor"]
    for query, param in (("type=", "type"), ("type=observation", "type"), ("type=Observation,,", "type"),
                         ("type=%27", "type"), ("since=yesterday", "since"), ("since=", "since"), ("count=0", "count"),
                         ("count=101", "count"), ("count=x", "count"), ("starting_after=x", "starting_after"),
                         ("ending_before=" + "0" * 12, "ending_before"), ("starting_after=" + cursor, "starting_after"),
                         (f"type=Observation&starting_after={cursor}&ending_before={cursor}", "ending_before")):
        bench.refuse(400, "bad_request", "GET", f"{path}/records?{query}", param=param)
    bench.refuse(400, "bad_request", "GET", "/patients/other/records?type=Observation&starting_after=" + cursor)


def bytes_are_kept():
    known = stored()
    whole = bundle().body
    assert b'"valueQuantity":{"value":' in whole
    for key, line in known.items():
        if not key.startswith("Patient/"):
            assert line in whole, key
    entries = json.loads(whole)["entry"]
    assert {name(entry["resource"]) for entry in entries} == set(known)
    base = bench.about()["portal"]["fhir_base_url"]
    for entry in entries:
        assert entry["fullUrl"] == base + "/" + name(entry["resource"]) and entry["search"] == {"mode": "match"}
    person = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient")
    assert [one["value"] for one in person["identifier"] if one.get("system") == SYSTEM] == [patient]
    assert person == next(row["resource"] for row in records("type=Patient"))
    # Nothing else of the Patient is another.
    person["identifier"] = [one for one in person["identifier"] if one.get("system") != SYSTEM]
    assert person == json.loads(known[name(person)])


def bundles():
    whole = bundle().json()
    assert whole["type"] == "searchset" and [link["relation"] for link in whole["link"]] == ["self"]
    for count in (1000, 100, 33):
        entries, url = [], f"{bench.url}{path}/$everything?_count={count}"
        while url:
            page = bench.ask("GET", url[len(bench.url):])
            assert len(page["entry"]) <= count
            entries += page["entry"]
            links = {link["relation"]: link["url"] for link in page["link"]}
            assert links["self"] == url
            url = links.get("next")
        assert entries == whole["entry"], count
    some = bundle("?_type=Observation,Patient&_since=2020-01-01").json()
    assert {entry["resource"]["resourceType"] for entry in some["entry"]} == {"Observation", "Patient"}
    assert "entry" not in bundle("?_since=2999-01-01").json()
    for query, param in (("_count=0", "_count"), ("_count=1001", "_count"), ("_type=x", "_type"), ("_since=x", "_since"),
                         ("starting_after=x", "starting_after")):
        bench.refuse(400, "bad_request", "GET", f"{path}/$everything?{query}", param=param)


def etag():
    reply = bundle()
    etag = reply.headers["ETag"]
    assert reply.headers["Vary"] == "Accept-Encoding"
    for known in (etag, f'"x", {etag}', "*", etag[2:]):
        again = bench.send("GET", f"{path}/$everything", headers={"If-None-Match": known})
        assert again.status == 304 and again.body == b"" and again.headers["ETag"] == etag, known
    assert bench.send("GET", f"{path}/$everything", headers={"If-None-Match": '"x"'}).status == 200
    assert bundle("?_type=Patient").headers["ETag"] != etag
    head = bench.send("HEAD", f"{path}/$everything")
    assert head.status == 200 and head.headers["ETag"] == etag and head.body == b""


def packed():
    plain = bundle()
    assert "Content-Encoding" not in plain.headers
    reply = bundle(headers={"Accept-Encoding": "br, gzip"})
    assert reply.headers["Content-Encoding"] == "gzip" and len(reply.body) < len(plain.body) / 3
    assert gzip.decompress(reply.body) == plain.body
    for accept in ("gzip;q=0", "br", "identity"):
        assert "Content-Encoding" not in bundle(headers={"Accept-Encoding": accept}).headers
    some = bundle("?_count=3", headers={"Accept-Encoding": "gzip"})
    assert len(json.loads(gzip.decompress(some.body))["entry"]) == 3


def held():
    """Nobody reads what may be another person's."""
    number = next(n for n, person in enumerate(bench.people) if person["mismatch"])
    other = bench.people[number]["clinic_id"]
    bench.ask("POST", "/patients", {"patient_id": other, "name": bench.people[number]["name"],
                                    "birth_date": bench.people[number]["birth_date"]})
    bench.connect(number)
    bench.pulled(other)
    holds = json.loads(bench.run("hold", "list", before=("--json",)).out)["data"]
    assert [hold["patient_id"] for hold in holds] == [other]
    page = bench.ask("GET", f"/patients/{other}/records")
    assert page["data"] == [] and page["held_sources"] == [bench.source]
    page = bench.ask("GET", f"/patients/{other}/$everything")
    assert [entry["search"]["mode"] for entry in page["entry"]] == ["outcome"]
    assert page["entry"][0]["resource"]["issue"][0]["code"] == "suppressed"
    assert bench.run("hold", "release", holds[0]["id"]).code == 0
    page = bench.ask("GET", f"/patients/{other}/records")
    assert len(page["data"]) == 100 and page["held_sources"] == []
    page = bench.ask("GET", f"/patients/{other}/$everything")
    assert {entry["search"]["mode"] for entry in page["entry"]} == {"match"}


def while_a_pull_writes():
    """Nothing twice, and nothing missed of what was there; what comes meanwhile comes behind."""
    number = next(n for n, person in enumerate(bench.people[1:], 1) if not person["mismatch"])
    other = bench.people[number]["clinic_id"]
    bench.fault("slow", delay_ms=700)
    bench.connect(number)
    there = f"/patients/{other}"
    wait_for(lambda: bench.ask("GET", there + "/records")["data"])
    seen, cursor, n_pages, n_before = [], None, 0, None
    known = {name(row["resource"]) for row in bench.ask("GET", there + "/records")["data"]}
    bundle, url = [], f"{there}/$everything?_count=7"
    while True:
        page = bench.ask("GET", f"{there}/records?count=7" + (f"&starting_after={cursor}" if cursor else ""))
        seen += [name(row["resource"]) for row in page["data"]]
        if url:
            part = bench.ask("GET", url)
            bundle += [name(entry["resource"]) for entry in part.get("entry", ())]
            url = next((link["url"][len(bench.url):] for link in part["link"] if link["relation"] == "next"), None)
        n_pages += 1
        if page["has_more"]:
            cursor = page["next_cursor"]
        elif bench.ask("GET", there + "/pulls")["data"][0]["status"] == "complete" and n_before == len(seen):
            break
        else:
            # The end of what there is, not of what is coming: back to the last page until nothing comes any more.
            time.sleep(0.05)
            n_before = len(seen)
            last = bench.ask("GET", f"{there}/records?count=7" + (f"&starting_after={cursor}" if cursor else ""))
            seen = seen[:len(seen) - len(page["data"])]
            assert [name(row["resource"]) for row in last["data"]][:len(page["data"])] == [
                name(row["resource"]) for row in page["data"]], "a page that was read stays as it was"
    bench.no_faults()
    assert n_pages > 20 and len(seen) > len(known), (n_pages, len(seen), len(known))
    assert len(seen) == len(set(seen)), "nothing twice"
    whole = {name(row["resource"]) for row in all_records(there)}
    assert set(seen) == whole and known <= set(seen)
    assert len(bundle) == len(set(bundle)) and known <= set(bundle) <= whole


def looked():
    """Who read the patient is kept, by the name of the key; who asks for what is not there is not."""
    records()
    bundle()
    bench.ask("GET", path)
    looks = bench.run("look", "list", patient, before=("--json",)).json()["data"]
    mine = {look["kind"] for look in looks if look["person"].startswith("API: ")}
    assert mine == {"patient", "record"}, looks
    bench.refuse(404, "resource_not_found", "GET", "/patients/nobody/records")


def odd_ids():
    odd = "a/b?c=d&e#f%g\"h\\ä"
    escaped = urllib.parse.quote(odd, safe="")
    bench.ask("POST", "/patients", {"patient_id": odd})
    assert bench.ask("GET", f"/patients/{escaped}/records")["patient_id"] == odd
    page = bench.ask("GET", f"/patients/{escaped}/$everything")
    assert page["link"][0]["url"] == f"{bench.url}/patients/{escaped}/$everything"


def removed():
    bench.ask("DELETE", path)
    bench.refuse(404, "resource_not_found", "GET", path + "/records")
    bench.refuse(404, "resource_not_found", "GET", path + "/$everything")


try:
    run({test.__name__: test for test in (
        before_anything, pages, filters, bytes_are_kept, bundles, etag, packed, held, while_a_pull_writes, looked, odd_ids,
        removed)})
finally:
    bench.close()
