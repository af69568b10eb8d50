# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what dump-fhir makes of example files with what Python's own JSON makes of them. Numbers are kept as
their text on both sides. Skips, saying so, where the example files are not there."""

import json
import os
import pathlib
import subprocess
import sys

SKIP = 77
FOLDERS = ["us-core-examples", "synthea-10"]


class Number(str):
    """The text of a number; unequal to the string of the same characters."""

    def __eq__(self, other):
        return type(other) is Number and str.__eq__(self, other)

    __hash__ = str.__hash__


def parse(text):
    return json.loads(text, parse_int=Number, parse_float=Number)


def split_reference(text):
    """(type, id) of a relative reference, or None."""
    text = text.partition("#")[0]
    parts = text.split("/")
    if len(parts) == 4 and parts[2] == "_history":
        parts = parts[:2]
    if len(parts) != 2 or not parts[1] or "?" in parts[1]:
        return None
    return tuple(parts) if parts[0].isalpha() and parts[0][0].isupper() else None


def references(value, found):
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "reference" and isinstance(member, str) and split_reference(member):
                found.append("/".join(split_reference(member)))
            references(member, found)
    elif isinstance(value, list):
        for element in value:
            references(element, found)
    return found


def rewrite(value):
    if isinstance(value, list):
        return [rewrite(element) for element in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for key, member in value.items():
        target = split_reference(member) if key in ("reference", "url") and type(member) is str else None
        if target and (key == "reference" or target[0] == "Binary"):
            fragment = member[member.index("#"):] if "#" in member else ""
            changed[key] = f"{target[0]}/{target[0]}.{target[1]}.x{fragment}"
        else:
            changed[key] = rewrite(member)
    return changed


def check(record, resource, path):
    def same(what, got, expected):
        if got != expected:
            sys.exit(f"{path}: {resource['resourceType']}: {what} differs\n got {got}\n not {expected}")

    same("type", record["type"], resource["resourceType"])
    same("id", record["id"], resource.get("id", ""))
    same("body", record["body"], resource)
    same("order of members", json.dumps(record["body"]), json.dumps(resource))
    same("references", sorted(set(record["references"])), sorted(set(references(resource, []))))

    expected = rewrite(resource)
    if "id" in resource:
        expected["id"] = f"{resource['resourceType']}.{resource['id']}.x"
    same("rewritten", record["rewritten"], expected)

    tag = {"system": "urn:test", "code": "t"}
    meta = dict(resource.get("meta", {}))
    meta["tag"] = meta.get("tag", []) + [tag]
    same("tagged", record["tagged"], {**resource, "meta": meta})
    if "named" in record:
        name = {"system": "urn:test", "value": "i"}
        same("named", record["named"], {**resource, "identifier": resource.get("identifier", []) + [name]})
    if not record["title"]:
        sys.exit(f"{path}: a record without a title")


def main(program, root):
    data = pathlib.Path(os.environ.get("CHARTROOM_SHARED_DATA", pathlib.Path(root).parent / "shared" / "data"))
    paths = sorted(path for folder in FOLDERS for path in (data / folder).glob("*.json"))
    if not paths:
        print(f"skipped: no example files; set CHARTROOM_SHARED_DATA to a folder with {' and '.join(FOLDERS)}")
        return SKIP

    n_records = 0
    for path in paths:
        document = parse(path.read_bytes().decode("utf-8-sig"))
        resources = [document]
        if document["resourceType"] == "Bundle":
            resources = [entry["resource"] for entry in document.get("entry", []) if "resource" in entry]
        dump = subprocess.run([program, path], check=True, capture_output=True, timeout=60)
        records = [parse(line) for line in dump.stdout.decode().splitlines()]
        if len(records) != len(resources):
            sys.exit(f"{path}: {len(records)} records instead of {len(resources)}")
        for record, resource in zip(records, resources):
            check(record, resource, path)
        n_records += len(records)
    print(f"{n_records} records in {len(paths)} files agree")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
