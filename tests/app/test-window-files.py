# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a record in the window: shown where they are text or an image, offered to be saved or opened, or why not."""
import base64
import json
import os
import sqlite3
import struct
import sys
import unittest
import zlib

from windowcase import PATIENT, Case, setUpModule  # noqa: F401  (the runner calls setUpModule)

from ctltest import wait_for  # noqa: E402  (windowcase adds the path)


def png(width, height):
    """A plain image; of its points only the first row is there."""
    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x35\x84\xe4" * width for _ in range(min(height, 200)))
    return (b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))


def attachment(title, kind, data=None, **more):
    found = dict({"title": title, "contentType": kind}, **more)
    if data is not None:
        found["data"] = base64.b64encode(data).decode()
    return {"attachment": found}


RECORD = {"resourceType": "DocumentReference", "id": "with-files", "status": "current",
          "description": "Discharge papers", "content": [
              attachment("Note of the ward", "text/plain; charset=iso-8859-1", "Übergabe: slept well".encode("latin-1")),
              attachment("Photo of the wound", "image/png", png(300, 200)),
              attachment("Bomb", "image/png", png(60000, 60000)),
              attachment("Summary", "application/pdf", b"%PDF-1.4\n%%EOF\n"),
              attachment("letter.desktop", "application/x-desktop", b"[Desktop Entry]\nExec=xterm\n"),
              attachment("Page", "text/html", b"<script>alert(1)</script>"),
              attachment("Far away", "application/pdf", url="https://files.example.org/x.pdf", size=2048),
              {"attachment": {"title": "Kept back", "_url": {"extension": [{"url": "x", "valueCode": "masked"}]}}}]}


class Files(Case):
    def open_record(self):
        window = self.open_demo()
        self.folder.fault("extra-entry", types=["DocumentReference"], text=json.dumps(RECORD))
        self.folder.run("pull", "start", PATIENT, "--full", "--wait", before=("--sandbox",))
        source = self.ctl("source", "list")["data"][0]["id"]
        window.do("win.show-patient", PATIENT)
        window.do("win.show-record", PATIENT, source, "DocumentReference", "with-files")
        window.says("Discharge papers")
        window.says("Note of the ward")
        return window

    def test_shown(self):
        window = self.open_record()
        window.says("Übergabe: slept well")
        window.says("<script>alert(1)</script>")
        window.find("Photo of the wound", "image")
        window.says("The image has too many points", also=[
            "Its reason: masked.", "on a server that this patient's access must not be sent to"])
        for name in ("Open Photo of the wound", "Open Summary", "Save letter.desktop…"):
            window.find(name, "push button")
        buttons = [name for role, name in window.tree() if role == "push button"]
        for title in ("letter.desktop", "Page", "Note of the ward", "Far away", "Kept back"):
            self.assertNotIn("Open " + title, buttons)
        for title in ("Far away", "Kept back"):
            self.assertNotIn("Save " + title + "…", buttons)
        self.end(window)

    def test_many(self):
        """Of very many files the first are listed, and more by and by."""
        window = self.open_demo()
        many = dict(RECORD, content=[attachment(f"Page {i:03}", "text/rtf", b"x") for i in range(120)])
        self.folder.fault("extra-entry", types=["DocumentReference"], text=json.dumps(many))
        self.folder.run("pull", "start", PATIENT, "--full", "--wait", before=("--sandbox",))
        source = self.ctl("source", "list")["data"][0]["id"]
        window.do("win.show-patient", PATIENT)
        window.do("win.show-record", PATIENT, source, "DocumentReference", "with-files")
        window.says("Page 049")
        for n in (50, 100, 120):
            wait_for(lambda n=n: len(window.find("Files of the record", "list").children) == n, 20)
            more = [name for role, name in window.tree() if role == "push button" and name == "Show More Files"]
            self.assertEqual(len(more), 0 if n == 120 else 1)
            if more:
                window.click("Show More Files")
        self.end(window)

    def test_opened(self):
        """Another program gets a private copy under a plain name, which goes with the window."""
        window = self.open_record()
        runtime = os.environ["XDG_RUNTIME_DIR"]

        def copies():
            return [os.path.join(runtime, each, name) for each in os.listdir(runtime) if each.startswith("chartroom-")
                    for name in os.listdir(os.path.join(runtime, each))]
        self.assertEqual(copies(), [])
        window.click("Open Summary")
        path = wait_for(lambda: [path for path in copies() if os.stat(path).st_size > 0])[0]
        self.assertEqual(os.path.basename(path), "document.pdf")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o777, 0o700)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"%PDF-1.4\n%%EOF\n")
        wait_for(lambda: "file" in self.looks())
        window.quit()
        self.assertEqual(copies(), [])

    def test_saved(self):
        """By the keyboard, through the dialog, which suggests a name that does no harm: the bytes that the store has, in private."""
        window = self.open_record()
        window.click("Save letter.desktop…")
        wait_for(lambda: window.find("Save the File"))
        window.says("letter.desktop.bin")
        window.type("Escape")
        self.assertNotIn("save", self.looks())
        self.save(window, "letter.desktop", b"[Desktop Entry]\nExec=xterm\n")
        wait_for(lambda: "save" in self.looks())
        # What the link of a document led to is kept as a record of its own, in which the bytes stand as text.
        file = [each for each in self.ctl("record", "attachment", "list", PATIENT)["data"] if each["binary"] and each["id"] != "with-files"][0]
        with sqlite3.connect(os.path.join(self.folder.data, "chartroom.db")) as database:
            (body,), = database.execute("SELECT v.body FROM record r JOIN version v ON v.seq = r.seq JOIN rtype t ON t.n = r.type"
                                        " WHERE t.name = 'Binary' AND r.id = ?", (file["binary"],)).fetchall()
        database.close()
        kept = base64.b64decode(json.loads(body)["data"])
        self.assertGreater(len(kept), 0)
        window.do("win.back")
        window.do("win.show-record", PATIENT, self.ctl("source", "list")["data"][0]["id"], file["type"], file["id"])
        self.save(window, file["title"] or "File %d" % file["number"], kept)
        self.end(window)

    def save(self, window, title, expected):
        path = os.path.join(self.folder.root, f"{len(expected)}.bin")
        window.click(f"Save {title}…")
        window.find("Save the File")
        window.type("ctrl+a")
        window.write(path)
        window.type("Return")
        wait_for(lambda: os.path.exists(path) and os.path.getsize(path) >= len(expected))
        window.says("File saved")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), expected)

    def looks(self):
        return {look["kind"] for look in self.ctl("look", "list", PATIENT)["data"]}


if __name__ == "__main__":
    sys.argv.append("--verbose")
    unittest.main()
