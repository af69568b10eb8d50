# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: the window by its keys and as a screen reader has it, against a receiver that runs."""
import os
import re
import sqlite3
import sys
import unittest

from desktop import Notices
from receiver import Receiver, contract_signature
from windowcase import PATIENT, Case, setUpModule, wait_for  # noqa: F401  (the runner calls setUpModule)

SYNC = "records.sync.completed"
SECRET = re.compile(r"whsec_[A-Za-z0-9]{40}")


class Webhooks(Case):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def endpoints(self):
        return self.ctl("webhook", "list")["data"]

    def add(self, *events):
        words = [word for event in events for word in ("--events", event)]
        return self.ctl("webhook", "add", self.receiver.url, *words)

    def show(self, webhook):
        return self.ctl("webhook", "show", webhook["id"])

    def events(self, webhook):
        return self.ctl("webhook", "events", webhook["id"])["data"]

    def event(self, webhook, event):
        return [e for e in self.events(webhook) if e["id"] == event["id"]][0]

    def hasten(self, sql):
        """Time passes: the window is closed meanwhile."""
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as db:
            db.execute(sql)
        db.close()

    @staticmethod
    def badge(window):
        """The number beside the section in the sidebar, or None."""
        def look(node):
            if node.role != "label" or node.name != "Webhooks":
                return None
            return [each.name for each in node.parent.children]
        words = wait_for(lambda: window.walk(look))
        return words[-1] if words[-1].isdigit() else None

    def is_signed(self, secret):
        headers, body = self.receiver.got[-1]
        at = headers["webhook-timestamp"]
        return headers["Medblocks-Signature"] == f"t={at},v1={contract_signature(secret, at, body)}"

    def secret(self, window, heading):
        """The secret that is shown, once."""
        text = window.says(heading, also=["It is not shown again.", SECRET])
        window.find("Copy", "push button")
        found = SECRET.search(text).group()
        window.press("Have")
        wait_for(lambda: not SECRET.search(window.words()))
        return found

    def test_words(self):
        """What it is for and what it is told stand in words, and so does what somebody set."""
        window = self.open_demo()
        webhook = self.ctl("webhook", "add", self.receiver.url, "--description", "Laboratory", "--events", SYNC)
        window.do("win.show-webhook", webhook["id"])
        window.says(self.receiver.url + " · told of: Records arrived")
        window.do("win.remove-webhook", webhook["id"])
        window.says("Remove This Endpoint?", also=["Laboratory · " + self.receiver.url])
        window.type("Escape")
        window.do("win.section", "activity")
        window.says("Changed a setting", also=[" · Listen at"])
        self.end(window)

    def test_undo(self):
        """Enabling and disabling take each other back, from where they are said."""
        window = self.open_demo()
        webhook = self.add(SYNC)
        window.do("win.disable-webhook", webhook["id"])
        window.says("Disabled: it is told nothing until it is enabled")
        self.assertEqual(self.show(webhook)["status"], "disabled")
        window.press("Undo")
        window.says("Enabled: what waits is sent now")
        self.assertEqual(self.show(webhook)["status"], "active")
        window.press("Undo")
        wait_for(lambda: self.show(webhook)["status"] == "disabled")
        self.end(window)

    def test_life(self):
        """Added by keys, tested, disabled, enabled, rotated, removed; each secret is shown once and signs."""
        window = self.open_demo()
        window.do("win.section", "webhooks")
        window.says("Another program of the clinic can be told")
        window.do("win.add-webhook")
        window.says("What It Is Told")
        self.assertNotIn("nobody can reach from outside", window.words())
        window.enter("Address", self.receiver.url)
        window.enter("Description", "Front desk")
        window.press("Save")
        first = self.secret(window, "The Signing Secret")
        webhook = wait_for(self.endpoints)[0]
        self.assertEqual((webhook["url"], webhook["events"], webhook["description"]), (self.receiver.url, ["*"], "Front desk"))
        window.find("Ready", "panel")
        window.do("win.test-webhook", webhook["id"])
        window.says("The test was delivered")
        self.assertTrue(self.is_signed(first))
        window.find("Active", "panel")
        window.find("Delivered", "panel")
        window.do("win.disable-webhook", webhook["id"])
        window.find("Disabled by a person", "panel")
        self.assertEqual(self.show(webhook)["disabled_reason"], "person")
        window.do("win.enable-webhook", webhook["id"])
        wait_for(lambda: self.show(webhook)["status"] == "active")
        window.do("win.rotate-webhook", webhook["id"])
        window.says("Rotate the Signing Secret?")
        window.press("Rotate,")
        second = self.secret(window, "The New Signing Secret")
        window.says("The old one signs too until")
        window.do("win.test-webhook", webhook["id"])
        wait_for(lambda: len(self.receiver.got) == 2)
        self.assertTrue(self.is_signed(second))
        self.assertEqual(len(self.receiver.got[-1][0]["webhook-signature"].split(" ")), 2)
        window.do("win.rotate-webhook", webhook["id"])
        window.press("Leaked")
        third = self.secret(window, "The New Signing Secret")
        self.assertEqual(len({first, second, third}), 3)
        window.do("win.test-webhook", webhook["id"])
        wait_for(lambda: len(self.receiver.got) == 3)
        self.assertTrue(self.is_signed(third))
        self.assertEqual(len(self.receiver.got[-1][0]["webhook-signature"].split(" ")), 1)
        window.do("win.remove-webhook", webhook["id"])
        window.says("Remove This Endpoint?", also=[webhook["url"] + "\n"])
        window.press("Remove")
        wait_for(lambda: not self.endpoints())
        window.says("This Endpoint Is Not Here Any More")
        window.do("win.section", "webhooks")
        window.says("No Webhooks Yet")
        window.do("win.section", "activity")
        window.says("Rotated the secret of a webhook endpoint")
        text = window.quit()
        for secret in (first, second, third):
            self.assertNotIn(secret, text)

    def test_leave(self):
        """A host of the network is asked about, and only that; what is chosen is what it is told."""
        window = self.open_demo()
        window.do("win.section", "webhooks")
        window.do("win.add-webhook")
        window.enter("Address", "https://hooks.clinic.example/x")
        self.assertNotIn("nobody can reach from outside", window.words())
        window.enter("Address", "https://10.0.0.5/x")
        window.says("nobody can reach from outside")
        window.press("Save")
        window.says("Say above that it may be")
        self.assertEqual(self.endpoints(), [])
        window.focus("This host is on this computer or our network", "check box")
        window.type("space")
        window.focus("Everything", "check box")
        window.type("space")
        window.press("Save")
        window.says("Choose at least one thing")
        window.focus("Records arrived", "check box")
        window.type("space")
        window.press("Save")
        self.secret(window, "The Signing Secret")
        webhook = self.endpoints()[0]
        self.assertEqual(webhook["events"], [SYNC])
        window.says("may be on this computer or our network")
        window.do("win.edit-webhook", webhook["id"])
        window.says("Edit Endpoint")
        window.enter("Description", "Labs")
        window.press("Save")
        wait_for(lambda: self.endpoints()[0]["description"] == "Labs")
        self.assertEqual(self.endpoints()[0]["events"], [SYNC])
        self.end(window)

    def test_deliveries(self):
        """What failed stands there with each attempt; sent by hand, given up, and what was missed sent after a count."""
        window = self.open_demo()
        self.receiver.answer = (500, {}, b"the disk is full", 0)
        webhook = self.add(SYNC)
        window.do("win.show-webhook", webhook["id"])
        window.says("Nothing was sent yet.")
        window.do("win.pull-now", PATIENT)
        event = wait_for(lambda: [e for e in self.events(webhook) if e["attempts"]])[0]
        window.find("Will try again", "panel")
        window.find("Last attempt failed", "panel")
        window.says("next attempt", also=["It answered 500."])
        window.focus("Records arrived", "list item")
        window.type("space")
        window.says("answered 500")
        window.press("Its")
        window.says("the disk is full")
        window.type("Escape")
        window.do("win.give-up-delivery", event["id"])
        window.press("Give Up")
        window.find("Not delivered", "panel")
        self.assertIsNone(self.event(webhook, event)["next_attempt_at"])
        before = self.event(webhook, event)["attempts"]  # one, or more where all of this takes longer than a minute
        window.do("win.redeliver", event["id"])
        window.says("It was not delivered")
        self.receiver.answer = (200, {}, b"ok", 0)
        window.do("win.replay-webhook", webhook["id"])
        window.says("Send 1 Missed Event?")
        there = len(self.receiver.got)
        window.type("Return")  # the default of the dialog
        wait_for(lambda: len(self.receiver.got) > there)
        wait_for(lambda: self.event(webhook, event)["status"] == "delivered")
        self.assertEqual(self.receiver.ids().count(event["id"]), before + 2)
        window.do("win.replay-webhook", webhook["id"])
        window.says("It has missed nothing")
        for other in self.events(webhook):  # of a pull that started by itself
            if other["status"] != "delivered":
                self.ctl("webhook", "redeliver", other["id"])
        window.press("Delivered")
        window.says("Everything was delivered.")
        self.end(window)

    def test_give_up(self):
        """Attempts that are given up do not come back: it is asked first."""
        window = self.open_demo()
        self.receiver.answer = (500, {}, b"", 0)
        webhook = self.add(SYNC)
        window.do("win.pull-now", PATIENT)
        event = wait_for(lambda: [e for e in self.events(webhook) if e["attempts"]])[0]
        window.do("win.give-up-delivery", event["id"])
        window.says("Give Up This Event?")
        window.type("Return")  # the default is to go on
        wait_for(lambda: "Give Up This Event?" not in window.words())
        self.assertEqual(self.event(webhook, event)["status"], "pending")
        window.do("win.give-up-delivery", event["id"])
        window.press("Give Up")
        wait_for(lambda: self.event(webhook, event)["status"] != "pending")
        self.end(window)

    def test_notice(self):
        """Warned, then disabled: one notice each on the desktop, which a click opens; the sidebar and the overview say it too."""
        notices = Notices()
        self.addCleanup(notices.close)
        window = self.open_demo()
        self.receiver.answer = (500, {}, b"", 0)
        webhook = self.add(SYNC)
        window.do("win.pull-now", PATIENT)
        wait_for(lambda: [e for e in self.events(webhook) if e["attempts"]])
        about = lambda: [n for n in notices.got if "127.0.0.1" in n[1]]  # noqa: E731
        self.assertEqual(about(), [])
        self.end(window)
        self.hasten("UPDATE delivery SET rung = 4, next_ms = 1 WHERE status = 'pending'")
        window = self.folder.sandbox()
        warned = wait_for(about)[0]
        self.assertIn("Events do not reach 127.0.0.1", warned[1])
        self.assertIn("failed for hours", warned[2])
        wait_for(lambda: self.badge(window) == "1")
        window.do("win.section", "overview")
        window.says("Events do not reach 127.0.0.1", also=[re.compile("added (just now|[0-9]+ minutes? ago)")])
        self.end(window)
        self.hasten("UPDATE delivery SET rung = 8, next_ms = 1 WHERE status = 'pending'")
        window = self.folder.sandbox()
        wait_for(lambda: len(about()) == 2)
        number, title, body, actions = about()[1]
        self.assertIn("Webhook endpoint disabled: 127.0.0.1", title)
        self.assertIn("all nine attempts", body)
        for said in (title, body):
            self.assertNotIn("/hook", said)
            self.assertNotIn(PATIENT, said)
        window.says("Webhook endpoint disabled: 127.0.0.1")
        notices.click(number)
        window.find("Disabled: it kept failing", "panel")
        window.says(self.receiver.url)
        self.receiver.answer = (200, {}, b"", 0)
        window.do("win.enable-webhook", webhook["id"])
        window.do("win.replay-webhook", webhook["id"])
        window.says("Missed Event")
        window.type("Return")  # the default of the dialog
        wait_for(lambda: {e["status"] for e in self.events(webhook)} == {"delivered"})
        window.do("win.section", "overview")
        wait_for(lambda: "Webhook endpoint disabled" not in window.words())
        self.assertEqual([n[1] for n in wait_for(lambda: about()[2:])], ["Over: " + title])
        self.end(window)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
