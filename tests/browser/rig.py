# SPDX-License-Identifier: GPL-3.0-or-later
"""What the browser tests go against: an engine in a folder of its own with its sandbox, and, as the clinic's website, a
server that notes what browsers bring back to it."""

import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import webdriver

LABEL = "Willow Clinic"


class Website(http.server.ThreadingHTTPServer):
    """The clinic's, on this computer: notes what every request brings back, (path with query, headers)."""

    daemon_threads = True

    def __init__(self):
        self.seen = []
        super().__init__(("127.0.0.1", 0), WebsiteHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class WebsiteHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/favicon.ico":
            self.send_error(404)
            return
        self.server.seen.append((self.path, dict(self.headers)))
        body = b'<!DOCTYPE html><html lang="en"><title>Back</title><link rel="icon" href="data:,"><p>You are back.'
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Engine:
    """`chartroomctl serve` on a new sandbox workspace."""

    def __init__(self, program):
        self.program, self.env = program, None
        self.folder = tempfile.mkdtemp(prefix="chartroom-browser-")
        self.log = open(os.path.join(self.folder, "serve.log"), "w+")
        self._start("127.0.0.1:0")
        self._find_sandbox()

    def _start(self, address):
        command = [self.program, "--data-dir", self.folder, "--sandbox", "serve", "--listen", address]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.env)
        match = re.match(r"listening (http://127\.0\.0\.1:\d+)$", self.process.stdout.readline().strip())
        if match is None:
            self._give_up("the engine did not start")
        self.url = match.group(1)

    def restart(self, how, env=None):
        """Ends by this signal, and starts again at the same address."""
        self.env = env
        self.process.send_signal(how)
        code = self.process.wait(90)
        self.process.stdout.close()
        assert code == (0 if how == signal.SIGTERM else -how), code
        self._start(self.url.removeprefix("http://"))
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.sandbox + "/_sandbox?counts=no", timeout=5).close()
                return
            time.sleep(0.1)
        self._give_up("the sandbox did not come back")

    def _give_up(self, why):
        self.log.seek(0)
        sys.exit(f"{why}: {self.log.read()}")

    def _find_sandbox(self):
        end = time.monotonic() + 120
        sources, patients = [], []
        while not (sources and patients) and time.monotonic() < end:
            sources = self.ctl("source", "list")["data"]
            patients = self.ctl("patient", "list")["data"]
        if not (sources and patients):
            self._give_up("the sandbox did not start")
        self.source = sources[0]["id"]
        self.source_name = sources[0]["name"]
        self.fhir = sources[0]["fhir_base_url"]
        self.sandbox = self.fhir.removesuffix("/portal/fhir")
        with urllib.request.urlopen(self.sandbox + "/_sandbox", timeout=60) as reply:
            everyone = json.load(reply)["patients"]
        self.people = [person for person in everyone if not person["mismatch"]]

    def ctl(self, *words, expect=0):
        command = [self.program, "--data-dir", self.folder, "--sandbox", "--json", *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert result.returncode == expect, (words, result.returncode, result.stdout, result.stderr)
        return json.loads(result.stdout) if result.stdout.strip() else None

    def new_session(self, person, back, direct=True, **options):
        words = ["session", "create", person["clinic_id"], "--return-url", back]
        words += ["--source", self.source] if direct else ["--return-button-label", LABEL]
        for name, value in options.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        return self.ctl(*words)

    def add_unready(self, name):
        """A source without a client id, as a catalog that was read in leaves it."""
        base = "https://fhir.unready.example/" + str(time.monotonic_ns())
        source = self.ctl("source", "add", "--name", name, "--fhir-base-url", base, "--client-id", "x")["id"]
        self.write("UPDATE source SET client_id = NULL WHERE id = ?", source)
        return source

    def write(self, statement, *values):
        """Changes the engine's database behind its back: what else would take hours, or a broken disk."""
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "chartroom.db"), timeout=20)) as database:
            with database:
                database.execute(statement, values)

    def fault(self, name, **parameters):
        """Switches a fault of the sandbox on."""
        body = json.dumps(parameters).encode()
        request = urllib.request.Request(f"{self.sandbox}/_sandbox/faults/{name}", data=body, method="PUT")
        urllib.request.urlopen(request, timeout=90).close()

    def clear_faults(self):
        request = urllib.request.Request(self.sandbox + "/_sandbox/faults", method="DELETE")
        urllib.request.urlopen(request, timeout=90).close()

    def session(self, session):
        return self.ctl("session", "show", session["id"])

    def wait_for_pull(self, person):
        """The one pull of this person, once it has ended."""
        end = time.monotonic() + 150
        while time.monotonic() < end:
            pulls = self.ctl("pull", "list", person["clinic_id"])["data"]
            if pulls and pulls[0]["status"] not in ("queued", "running", "waiting"):
                assert len(pulls) == 1, pulls
                return self.ctl("pull", "show", pulls[0]["id"])
            time.sleep(0.2)
        raise AssertionError("the pull did not end")

    def state_of(self, person):
        """Everything the engine tells about a person, to compare before and after."""
        name = person["clinic_id"]
        lists = [("session", "list"), ("connection", "list"), ("auth", "list"), ("pull", "list")]
        return [self.ctl("patient", "show", name)] + [self.ctl(*words, name)["data"] for words in lists]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(90)
        self.process.stdout.close()
        self.log.seek(0)
        said = self.log.read()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        assert code == 0, (code, said)


@contextlib.contextmanager
def everything(program):
    """(engine, driver, the clinic's website); they end in the other order."""
    driver = webdriver.Driver()
    try:
        engine = Engine(program)
        try:
            yield engine, driver, Website()
        finally:
            engine.close()
    finally:
        driver.close()


@contextlib.contextmanager
def own_portal(engine, name="Lasting Hospital"):
    """A portal that does not end with the engine: (its name, its people)."""
    state = os.path.join(engine.folder, "own-portal")
    command = [engine.program, "sandbox", "--listen", "127.0.0.1:0", "--state", state, "--seed", "77"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        uri = process.stdout.readline().split()[1]
        with urllib.request.urlopen(uri + "/_sandbox?counts=no", timeout=60) as reply:
            about = json.load(reply)
        words = ["--fhir-base-url", uri + "/portal/fhir", "--client-id", about["portal"]["client_id"]]
        engine.ctl("source", "add", "--name", name, *words)
        yield name, [person for person in about["patients"] if not person["mismatch"]]
    finally:
        process.terminate()
        process.wait(90)


def parameters(url):
    """What was brought back, in its order."""
    return urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
