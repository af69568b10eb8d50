# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources and preferences: the window by its keys and as a screen reader has it."""
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

from windowcase import Case, setUpModule, wait_for  # noqa: F401  (the runner calls setUpModule)

from ctltest import away_from_midnight  # noqa: E402  (windowcase adds the path)

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
        window.says("New: 2", also=["No connected patient is affected."])
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

    def suspend(self, window, source):
        """→ the dialog is open; its button takes no press before there is a reason"""
        window.do("win.suspend-source", source["id"])
        window.says("Suspend This Source")
        self.assertFalse(self.is_sensitive(window.find("Suspend Suspend", "push button")))

    def is_sensitive(self, node):
        return node.has("sensitive")

    def status(self, source):
        return self.ctl("source", "show", source["id"])

    def test_suspend(self):
        """By key: why, and until when; the row says both, and its buttons whose they are."""
        away_from_midnight()
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]
        window.do("win.section", "sources")
        window.find("Suspend " + source["name"], "push button")
        window.find("Test " + source["name"], "push button")
        window.find("Remove " + source["name"], "push button")
        self.suspend(window, source)
        window.says("when somebody here resumes it")
        window.enter("Why", "Maintenance")
        window.focus("Ends by itself", "check box")
        window.type("space")
        tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
        window.says("Patients can choose it again from %s, %d " % (tomorrow.strftime("%A"), tomorrow.day))
        window.focus("Hour it ends", "spin button")
        window.type("ctrl+a", "8", "Tab")
        window.says("08:59.")
        window.focus("Suspend Suspend", "push button")
        window.type("space")
        now = wait_for(lambda: self.status(source)["status"] == "suspended" and self.status(source))
        self.assertEqual(now["status_reason"], "Maintenance")
        until = datetime.datetime.fromisoformat(now["suspended_until"].replace("Z", "+00:00")).astimezone()
        self.assertEqual((until.date(), until.hour, until.minute), (tomorrow.date(), 8, 59))
        window.find("Suspended · ends tomorrow 08:59 · Maintenance", "panel")
        wait_for(lambda: "Suspended, ends tomorrow" in window.find(source["name"] + ", ", "list item").name)
        window.click("Resume " + source["name"])
        wait_for(lambda: self.status(source)["status"] == "working")
        self.end(window)

    def test_suspend_undone(self):
        """It is said, and taken back from there."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]
        self.suspend(window, source)
        window.enter("Why", "Maintenance")
        window.focus("Suspend Suspend", "push button")
        window.type("space")
        window.says("Patients cannot choose the source now")
        self.assertEqual(self.status(source)["status"], "suspended")
        window.press("Undo")
        wait_for(lambda: self.status(source)["status"] == "working")
        self.end(window)

    def test_not_enabled(self):
        """A site that lets nobody in has no end; an end that has passed is not taken."""
        window = self.open_demo()
        source = self.ctl("source", "list")["data"][0]
        window.do("win.section", "sources")
        self.suspend(window, source)
        window.enter("Why", "Apps are off there")
        window.focus("Ends by itself", "check box")
        window.type("space")
        window.find("Day it ends: ", "push button")
        window.focus("Suspended", "check box")
        window.type("Down", "space")
        window.says("when somebody here resumes it")
        self.assertFalse(self.is_sensitive(window.find("Ends by itself", "list item")))
        window.focus("Suspend Suspend", "push button")
        window.type("space")
        now = wait_for(lambda: self.status(source)["status"] == "not-enabled" and self.status(source))
        self.assertEqual((now["status_reason"], now["suspended_until"]), ("Apps are off there", None))
        window.find("Not enabled", "panel")
        self.end(window)


class Keys(Case):
    def test_key(self):
        """A source with a private key says where its key set is and gives the address away; the first Escape is the toast's."""
        window = self.open_demo()
        source = self.ctl("source", "add", "--name", "Keyed", "--fhir-base-url", "https://keyed.example.org/fhir", "--client-id", "abc",
                          "--client-auth", "private-key-jwt")
        window.do("win.edit-source", source["id"])
        window.says("Signed with this workspace’s key")
        window.find("Save the key set", "push button")
        address = re.compile(r"http://127\.0\.0\.1:\d+/\.well-known/jwks\.json")
        address = address.search(window.says("Portals on the internet cannot read this address", also=[address]))[0]
        before = window.words().count(address)
        window.click("Copy the key set address")
        window.focus("Name", "text")
        window.type("ctrl+a", "ctrl+v")
        wait_for(lambda: window.words().count(address) > before, 60)
        window.type("Escape", "Escape")
        wait_for(lambda: "Save the key set" not in window.words())
        self.assertEqual([s["name"] for s in self.ctl("source", "list")["data"] if s["id"] == source["id"]], ["Keyed"])
        self.end(window)


class Authority(Case):
    @unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
    def test_ca_file(self):
        """R07: a source's CA certificate is chosen, shown, kept and taken away; one that is no certificate is refused in words."""
        window = self.open_demo()
        path = os.path.join(self.folder.root, "clinic-ca.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        os.path.join(self.folder.root, "clinic-ca.key"), "-out", path, "-subj", "/CN=clinic", "-days", "2"],
                       check=True, capture_output=True)
        source = self.ctl("source", "list")["data"][0]["id"]
        for name, kept in (("clinic-ca.key", None), ("clinic-ca.pem", path)):
            window.do("win.edit-source", source)
            window.says("only for a portal whose certificate is of a private authority")
            window.click("Choose a CA certificate")
            window.find("Choose a CA Certificate")
            window.type("slash")
            window.write(os.path.join(self.folder.root, name)[1:])
            window.type("Return")
            window.says(os.path.join(self.folder.root, name))
            window.press("Save")
            if kept is None:
                window.says("has no certificate in it")
                window.type("Escape")
                wait_for(lambda: "Choose a CA certificate" not in window.words(), 20)
            wait_for(lambda kept=kept: self.ctl("source", "show", source)["ca_file"] == kept, 30)
        wait_for(lambda: "Choose a CA certificate" not in window.words(), 20)
        window.do("win.edit-source", source)
        window.says(path)
        window.click("Remove the CA certificate")
        window.says("only for a portal whose certificate is of a private authority")
        window.press("Save")
        wait_for(lambda: self.ctl("source", "show", source)["ca_file"] is None, 30)
        self.end(window)


class Preferences(Case):
    def test_place(self):
        """By key; the name of the clinic is kept; an address that lets others in unencrypted is refused, and says why."""
        window = self.open_demo()
        window.says("Patients with access")
        window.type("ctrl+comma")
        window.find("Where the Patient Pages Answer", "list")
        for name in ("Certificate file", "Key file", "Public address", "Listen at"):
            window.find(name, "text")
        window.enter("Name of the clinic", "Elm Street Clinic")
        window.type("Return")
        wait_for(lambda: self.ctl("config", "get", "clinic-name")["clinic-name"] == "Elm Street Clinic")
        before = self.ctl("config", "get", "listen")
        window.enter("Listen at", "0.0.0.0:8443")
        window.type("Return")
        window.says("certificate")
        self.assertEqual(self.ctl("config", "get", "listen"), before)
        window.enter("Listen at", "127.0.0.1:0")
        window.type("Return")
        window.says("takes effect when")
        self.assertTrue(window.walk(lambda node: node.name == "Listen at" and node.has("focused")))
        window.type("Escape")
        wait_for(lambda: "Certificate file" not in window.words())
        self.end(window)

    def test_pulls_and_retention(self):
        """When pulls start and how long requests are kept are kept as typed; what is no such thing is refused in words, and not kept."""
        window = self.open_demo()
        window.says("Patients with access")
        window.type("ctrl+comma")
        for name, key, text in (("Hours between", "pull-interval-hours", "48"), ("Quiet hours", "pull-quiet-hours", "22:00-06:00"),
                                ("Days to keep", "keep-log-days", "90")):
            window.enter(name, text)
            window.type("Return")
            wait_for(lambda key=key, text=text: self.ctl("config", "get", key)[key] == text, 30)
        window.enter("Quiet hours", "at night")
        window.type("Return")
        window.find("The Setting Could Not Be Kept")
        window.type("Escape")
        self.assertEqual(self.ctl("config", "get", "pull-quiet-hours")["pull-quiet-hours"], "22:00-06:00")
        window.type("Escape")
        self.end(window)


class ApiKeys(Case):
    def test_key(self):
        """Made, shown once, used, seen to be used, and revoked: all of it by keys and by name."""
        window = self.open_demo()
        window.do("win.preferences")
        window.says("Keys for Other Programs")
        window.click("Add a key for another program")
        window.says("Which program uses it")
        window.type(*"Reports", "Return")
        key = re.compile(r"mb_sk_sbx_[0-9a-f]{64}")
        key = key.search(window.says("cannot be shown again", also=[key])).group(0)
        window.press("Copy")
        window.says("Copied")
        window.press("Done")
        window.says("Never used", also=["Reports"])
        wait_for(lambda: key not in window.words())
        url = self.ctl("status")["public_url"]
        request = urllib.request.Request(url + "/patients", headers={"Authorization": "Bearer " + key})
        with urllib.request.urlopen(request, timeout=30) as reply:
            self.assertEqual(len(json.load(reply)["data"]), 10)
        window.click("Revoke the key “Reports”")
        window.says("Revoke “Reports”?")
        window.type("Escape")
        self.assertEqual([each["status"] for each in self.ctl("api-key", "list")["data"]], ["active"])
        window.click("Revoke the key “Reports”")
        window.says("Revoke “Reports”?")
        window.type("alt+r")
        wait_for(lambda: [each["status"] for each in self.ctl("api-key", "list")["data"]] == ["revoked"])
        window.says("Revoked", also=["Last used"])
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=30)
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
