# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader has of every section, page and dialog: no button, entry, switch, choice or row without a name."""
import re
import sys
import unittest

from apptest import ready
from ctltest import wait_for
from receiver import Receiver
from windowcase import HELD, PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

NEED_NAMES = {"push button", "toggle button", "check box", "radio button", "combo box", "entry", "text", "password text", "spin button",
              "list item", "link", "slider", "switch", "menu button", "page tab", "table row", "tree item"}
# What GTK 4.8 says of a widget nobody gave a name.
CLASS = re.compile(r"^(Gtk|Adw|Cr)[A-Z][A-Za-z]+$")
# Parts of GTK's and libadwaita's own, which name them or do not: the list of a choice, whose rows hold labels; the button that
# closes a toast; what the windows About and Keyboard Shortcuts are made of.
THEIRS = re.compile(r"(^|< )(GtkListView|AdwToastWidget|AdwLeaflet|GtkShortcutsWindow|GtkMenuButton)( <|$)|^About <")


class Names(Case):
    def complaints(self, window):
        found = set()

        def look(node):
            role, name = node.role, node.name
            if role in NEED_NAMES and (not name.strip() or CLASS.match(name)) and not THEIRS.search(self.place(node)) \
                    and (role, node.parent.role) != ("table row", "tree table"):  # the heads of columns have names
                found.add((role, name, self.place(node)))
        window.walk(look)
        return found

    @staticmethod
    def place(node):
        """Where it is, by the names above it."""
        words = []
        node = node.parent
        while node is not None and len(words) < 3:
            if node.name:
                words.append(node.name)
            node = node.parent
        return " < ".join(words)

    def check(self, window, name, words):
        window.says(words)
        unnamed = self.complaints(window)
        if unnamed:
            self.unnamed[name] = unnamed

    def end_check(self):
        lines = [f"{page}: {role} “{name}” in {place}" for page, found in self.unnamed.items() for role, name, place in sorted(found)]
        self.assertFalse(lines, "\n" + "\n".join(lines))

    def setUp(self):
        self.unnamed = {}

    def test_pages(self):
        """Every section and page, with something on each."""
        window = self.open_demo()
        run = self.sent()
        record = self.ctl("record", "list", PATIENT, "--type", "Observation", "--limit", "1")["data"][0]
        document = self.ctl("record", "list", PATIENT, "--type", "DocumentReference", "--limit", "1")["data"]
        source = self.ctl("source", "list")["data"][0]["id"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        webhook = self.ctl("webhook", "add", receiver.url)["id"]
        for section, words in (("overview", "Needs Someone"), ("patients", "12 patients"), ("reconnect", "Nobody Needs"), ("sources", "Sandbox Community"),
                               ("destinations", "Where Records Are Delivered"), ("webhooks", receiver.url), ("activity", "Made a connect link")):
            window.do("win.section", section)
            self.check(window, section, words)
        for action, target, words in (
                ("show-patient", [PATIENT], "Amara Okafor"), ("show-pulls", [PATIENT], "After connecting"), ("show-deliveries", [PATIENT], "of 453"),
                ("show-looks", [PATIENT], "Looked the patient up"), ("show-patient", [HELD], "Decide…"), ("show-record", [PATIENT, source, record["type"], record["id"]], "SHA-256"),
                *(("show-record", [PATIENT, source, each["type"], each["id"]], "SHA-256") for each in document),
                ("show-destination", [self.destination("Sandbox bucket")["id"]], "clinic-lake"), ("show-run", [run["id"]], "Failed Only"),
                ("show-webhook", [webhook], receiver.url)):
            window.do("win." + action, *target)
            self.check(window, action, words)
        for _ in range(12):
            window.do("win.back")
        self.end_check()
        self.end(window)

    def test_joined(self):
        """The name of a row is what it shows, joined: what it is, how far, in which state; and nothing twice."""
        window = self.open_demo()
        bucket = self.destination("Sandbox bucket")
        window.do("win.section", "destinations")
        self.assertRegex(window.find("Sandbox bucket, ", "list item").name, r"^Sandbox bucket, .* delivered.*, Ready$")
        window.do("win.show-destination", bucket["id"])
        name = re.compile(r" · pull completed, .* records? .*, Complete$")
        wait_for(lambda: window.walk(lambda node: node.role == "list item" and name.search(node.name)), 20)
        window.do("win.show-run", self.sent(bucket["id"])["id"])
        self.assertRegex(window.find(".ndjson, ", "list item").name, r"\.ndjson, \d+ records? .*, Delivered$")
        self.end(window)

    def test_exact(self):
        """Wherever a time stands as “just now” or “5 minutes ago”, the tooltip says when exactly."""
        window = self.open_demo()
        bucket = self.destination("Sandbox bucket")["id"]
        run = self.ctl("run", "list", bucket)["data"][0]["id"]
        exact = re.compile(r"\d\d:\d\d:\d\d")
        for action, name, role in ((("section", "overview"), "Is this the right patient?", "list item"),
                                   (("section", "destinations"), "Sandbox bucket, ", "list item"),
                                   (("show-destination", bucket), " · pull completed, ", "list item"),
                                   (("show-run", run), "Export run, ", "label"),
                                   (("show-pulls", PATIENT), " · Sandbox Community Health · Complete", "list item"),
                                   (("show-patient", PATIENT), "Last pull ", "label")):
            with self.subTest(action):
                window.do("win." + action[0], *action[1:])
                found = wait_for(lambda: [node for node in window.screen().walk() if name in node.name and node.role == role], 20)
                wait_for(lambda: any(exact.search(node.described()) for node in found), 20)
        self.end(window)

    def test_pull(self):
        """A pull that ended in part, opened to its queries, and one that runs."""
        window = self.open_demo()
        self.folder.fault("status", status=500, types=["Immunization"])
        window.do("win.show-pulls", PATIENT)
        window.do("win.pull-now", PATIENT)
        self.pull("partial")
        window.says("1 type failed")
        window.find("1 type failed", "list item")
        window.focus("1 type failed", "list item")
        window.type("space")
        self.check(window, "pull", "Immunizations")
        self.folder.no_faults()
        self.folder.fault("slow", delay_ms=6000)
        window.do("win.pull-now", PATIENT)
        self.check(window, "running", "Running")
        self.folder.no_faults()
        self.end_check()
        self.end(window)

    def test_help(self):
        """F1 opens it; the words of each state stand in it."""
        window = self.open_demo()
        window.says("Patients with access")
        window.type("F1")
        window.says("What Needs Somebody", also=["Where to Find What"])
        window.find("Partly up to date, The latest pull brought some kinds of records", "list item")
        window.find("Needs someone, Nothing is sent until its settings are corrected.", "list item")
        window.type("Escape")
        wait_for(lambda: "Where to Find What" not in window.words())
        self.end(window)

    def test_dialogs(self):
        """Every dialog, one after another; Escape leaves each."""
        window = self.open_demo()
        ready(self.folder)
        source = self.ctl("source", "list")["data"][0]["id"]
        bucket = self.destination("Sandbox bucket")["id"]
        connection = self.connection()["id"]
        receiver = Receiver()
        self.addCleanup(receiver.close)
        webhook = self.ctl("webhook", "add", receiver.url)["id"]
        for action, target, words in (
                ("add-patient", [], "Birth date"), ("edit-patient", [PATIENT], "Edit Patient"), ("connect-patient", [], "Who is the patient?"),
                ("connect-for", [PATIENT], "Where are the records?"), ("reconnect", [connection], "Hand over the link"),
                ("note-connection", [connection], "The patient was called"), ("decide-patient-hold", [HELD], "Is This the Right Patient?"),
                ("disconnect", [connection], "Disconnect This Source?"), ("remove-data", [connection], "Remove This Connection"),
                ("remove-patient", [PATIENT], "Remove This Patient?"), ("add-source", [], "Registration at the Portal"),
                ("edit-source", [source], "Redirect address to register"), ("suspend-source", [source], "Suspend This Source"),
                ("vendor-clients", [], "Add or Change"), ("add-destination", [], "Name, for your list"), ("edit-destination", [bucket], "Secret key"),
                ("test-destination", [bucket], "Read it back"), ("add-webhook", [], "What It Is Told"), ("edit-webhook", [webhook], "Edit Endpoint"),
                ("rotate-webhook", [webhook], "Rotate the Signing Secret?"), ("remove-webhook", [webhook], "Remove This Endpoint?"),
                ("preferences", [], "Name of the clinic"), ("show-help-overlay", [], "Keyboard shortcuts"),
                ("help", [], "What Needs Somebody"), ("about", [], "The Chartroom developers")):
            with self.subTest(action):
                before = self.frames(window)
                window.do("win." + action, *target)
                self.check(window, action, words)
                window.type("Escape")
                wait_for(lambda before=before: self.frames(window) <= before, 20)
        self.end_check()
        # The window About is libadwaita's: labels in it measure less than nothing in 4.8.
        text = "\n".join(line for line in window.quit().splitlines() if "reported min width -" not in line)
        for word in ("CRITICAL", "WARNING"):
            self.assertNotIn(word, text)

    @staticmethod
    def frames(window):
        return len(window.screen().children)


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
