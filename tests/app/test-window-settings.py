# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources: the window by its keys and as a screen reader has it."""
import json
import os
import sys
import unittest

from windowcase import Case, setUpModule, wait_for  # noqa: F401  (the runner calls setUpModule)

FHIR = {"system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest"}


class Sources(Case):
    def catalog(self):
        path = os.path.join(self.folder.root, "endpoints.json")
        endpoints = [{"resource": {"resourceType": "Endpoint", "id": f"e{i}", "status": status, "connectionType": FHIR, "name": name,
                                   "payloadType": [{"text": "any"}], "address": f"https://fhir{i}.example.org/r4"}}
                     for i, (name, status) in enumerate((("Valley Clinic", "active"), ("Hill Hospital", "active"), ("Closed", "off")))]
        with open(path, "w") as file:
            json.dump({"resourceType": "Bundle", "type": "collection", "entry": endpoints}, file)
        return path

    def names(self):
        return [s["name"] for s in self.ctl("source", "list")["data"]]

    def test_import(self):
        """What would change is said before it changes; Escape changes nothing; twice is nothing more."""
        window = self.open_demo()
        path = self.catalog()
        window.do("win.import-file", path)
        self.assertIn("No connected patient is affected.", window.says("New: 2"))
        window.find("What would change", "list")
        window.says("Left out: 1 switched off.")
        window.type("Escape")
        wait_for(lambda: "New: 2" not in window.words())
        self.assertNotIn("Valley Clinic", self.names())
        window.do("win.import-file", path)
        window.says("New: 2")
        window.press("Apply")
        wait_for(lambda: {"Valley Clinic", "Hill Hospital"} <= set(self.names()))
        self.assertNotIn("Closed", self.names())
        window.do("win.import-file", path)
        window.says("Nothing Would Change")
        window.type("Escape")
        window.do("win.section", "sources")
        window.says("no client id yet")
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
