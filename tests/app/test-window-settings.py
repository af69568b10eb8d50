# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources and preferences: the window by its keys and as a screen reader has it."""
import json
import os
import sys
import unittest

from windowcase import Case, setUpModule, wait_for  # noqa: F401  (the runner calls setUpModule)

FHIR = {"system": "http://terminology.hl7.org/CodeSystem/endpoint-connection-type", "code": "hl7-fhir-rest"}


def write(node, text):
    from gi.repository import Atspi
    assert Atspi.EditableText.set_text_contents(node, text)


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

    def test_suspend(self):
        """It is asked why; the state is in words."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]
        window.do("win.section", "sources")
        window.do("win.suspend-source", source["id"])
        write(window.find("Suspend This Source?", "text"), "Maintenance until Monday")
        window.press("Suspend")
        wait_for(lambda: self.ctl("source", "show", source["id"])["status"] == "suspended")
        window.find("Suspended", "panel")
        window.do("win.resume-source", source["id"])
        wait_for(lambda: self.ctl("source", "show", source["id"])["status"] != "suspended")
        self.end(window)

    def test_key(self):
        """A source with a private key shows where its key set is, and can save it."""
        window = self.open_demo()
        source = self.ctl("source", "add", "--name", "Keyed", "--fhir-base-url", "https://keyed.example.org/fhir", "--client-id", "abc",
                          "--client-auth", "private-key-jwt")
        window.do("win.edit-source", source["id"])
        window.says("Signed with this workspace’s key")
        window.find("Key set address to register", "list item")
        window.says("/.well-known/jwks.json")
        window.find("Save the key set", "push button")
        window.find("Copy the key set address", "push button").do_action(0)
        window.says("Copied")
        window.says("Portals on the internet cannot read this address")
        window.type("Escape")
        wait_for(lambda: "Key set address" not in window.words())
        self.end(window)


class Preferences(Case):
    def test_place(self):
        """By key; the name of the clinic is kept; an address that lets others in unencrypted is refused, and says why."""
        window = self.open_demo()
        window.says("12 patients")
        window.type("ctrl+comma")
        window.find("Where the Patient Pages Answer", "list")
        for name in ("Certificate file", "Key file", "Address patients type", "Listen at"):
            window.find(name, "text")
        self.enter(window, "Name of the clinic", "Elm Street Clinic")
        wait_for(lambda: self.ctl("config", "get", "clinic-name")["clinic-name"] == "Elm Street Clinic")
        before = self.ctl("config", "get", "listen")
        self.enter(window, "Listen at", "0.0.0.0:8443")
        window.says("certificate")
        self.assertEqual(self.ctl("config", "get", "listen"), before)
        window.type("Escape")
        wait_for(lambda: "Certificate file" not in window.words())
        self.end(window)

    def enter(self, window, name, text):
        node = window.find(name, "text")
        node.grab_focus()
        write(node, text)
        window.type("Return")


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
