# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a built chartroomctl in folders of its own, against a sandbox of its own."""
import base64
import hashlib
import html.parser
import http.cookiejar
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

CTL = os.environ["CHARTROOMCTL"]
PATIENCE = 300  # the runner's own limit comes before
BUSY = 4


def environment(folder):
    """The keyring of a test is a file, so that no service is needed."""
    env = dict(os.environ)
    env.update(CHARTROOM_TEST_KEYRING="1", SECRET_BACKEND="file", SECRET_FILE_TEST_PASSWORD="test",
               SECRET_FILE_TEST_PATH=os.path.join(folder, "keyring"))
    env.pop("CHARTROOM_DATA_DIR", None)
    return env


def without_keyring(folder):
    env = environment(folder)
    for name in ("CHARTROOM_TEST_KEYRING", "SECRET_BACKEND", "SECRET_FILE_TEST_PATH", "SECRET_FILE_TEST_PASSWORD"):
        env.pop(name, None)
    env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + os.path.join(folder, "no-bus")
    return env


class Answer:
    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def json(self):
        """What --json promises: one document, nothing else."""
        text = self.out.decode()
        value, end = json.JSONDecoder().raw_decode(text)
        assert text[end:].strip() == "", "more than one document: " + text[:400]
        return value


class Bench:
    """A data folder, its keyring, and the processes started for them."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="chartroom-ctl-")
        self.data = os.path.join(self.root, "data")
        self.env = environment(self.root)
        self.children = []
        self.server = None
        self.portal = None

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def run(self, *words, data=None, secret=None, env=None, before=(), timeout=None):
        line = [CTL, "--data-dir", data or self.data, "--as", "tester", *before, *words]
        return Answer(subprocess.run(line, input=(secret + "\n").encode() if secret else b"", env=env or self.env,
                                     capture_output=True, timeout=timeout or PATIENCE, cwd=self.root))

    def ask(self, *words, code=0, **more):
        """Runs with --json; the exit code must be as said. → the document"""
        answer = self.run(*words, before=("--json",), **more)
        assert answer.code == code, f"{words}: {answer.code} instead of {code}: {answer.out[:600]} {answer.err[:600]}"
        document = answer.json()
        if code not in (0, 5) and "findings" not in document and "data" not in document:
            error = document["error"]
            assert re.fullmatch(r"[a-z_]+", error["code"]), error
            assert len(error["message"]) > 10 and "\n" not in error["message"], error
        return document

    def spawn(self, *line, stdin=subprocess.DEVNULL, env=None):
        with open(os.path.join(self.root, f"log-{len(self.children)}"), "wb") as log:
            child = subprocess.Popen(line, stdin=stdin, stdout=subprocess.PIPE, stderr=log, env=env or self.env)
        self.children.append(child)
        return child

    def start_sandbox(self, *more):
        state = os.path.join(self.root, "sandbox")
        child = self.spawn(CTL, "sandbox", "--listen", "127.0.0.1:0", "--state", state, *more)
        self.portal = self.listening(child)
        return child

    def listening(self, child):
        for line in child.stdout:
            if line.startswith(b"listening "):
                return line.decode().split()[1]
        raise AssertionError("it does not listen")

    def serve(self, *more):
        self.server = self.spawn(CTL, "--data-dir", self.data, *more, "serve", "--listen", "127.0.0.1:0")
        return self.listening(self.server)

    def add_portal(self, portal):
        """The sandbox's portal, as it says of itself. → the source's id"""
        return self.ask("source", "add", "--name", "Portal", "--fhir-base-url", self.portal + "/portal/fhir", "--client-id",
                        portal["client_id"])["id"]

    def add_person(self, person):
        """One of its patients, as the clinic knows them. → what is answered"""
        return self.ask("patient", "add", person["clinic_id"], "--name", person["name"], "--birth-date", person["birth_date"],
                        "--sex", person["sex"])

    def end(self, child, how=signal.SIGTERM):
        child.send_signal(how)
        return child.wait(PATIENCE)

    def path(self, name):
        return os.path.join(self.root, name)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.root)

    def make_authorities(self):
        """known.pem and other.pem, and leaf.pem with leaf.key for this computer, which known has signed."""
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        for name in ("known", "other"):
            self.openssl("req", "-x509", *new, "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name, "-days", "2",
                         "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        with open(self.path("leaf.ext"), "w") as out:
            out.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self.openssl("req", "-new", *new, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=leaf")
        self.openssl("x509", "-req", "-in", "leaf.csr", "-CA", "known.pem", "-CAkey", "known.key", "-CAcreateserial", "-days", "2",
                     "-out", "leaf.pem", "-extfile", "leaf.ext")

    # The sandbox ----------------------------------------------------------------------------

    def http(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.portal + path, method=method, headers=headers or {},
                                         data=json.dumps(body).encode() if body is not None else None)
        # What urlopen () makes by itself it keeps, with the authorities that were there then.
        trust = ssl.create_default_context() if self.portal.startswith("https:") else None
        with urllib.request.urlopen(request, timeout=PATIENCE, context=trust) as reply:
            return reply.read()

    def about(self, counts=False):
        return json.loads(self.http("GET", "/_sandbox" + ("" if counts else "?counts=no")))

    def fault(self, name, **parameters):
        self.http("PUT", "/_sandbox/faults/" + name, parameters)

    def requests(self, path):
        """How many the portal has had of a path, answered or not."""
        lines = json.loads(self.http("GET", "/_sandbox/log"))["requests"]
        return sum(line["path"] == path for line in lines)

    def no_faults(self):
        self.http("DELETE", "/_sandbox/faults")

    def reader(self, person):
        """An app of the person's own: → what reads a record as the portal has it now"""
        verifier = base64.urlsafe_b64encode(os.urandom(48)).rstrip(b"=")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        portal = self.about()["portal"]
        back = "http://127.0.0.1/callback"
        form = {"client_id": portal["client_id"], "redirect_uri": back, "code_verifier": verifier.decode()}
        query = {"response_type": "code", "client_id": portal["client_id"], "redirect_uri": back, "state": "x",
                 "aud": portal["fhir_base_url"], "scope": portal["scopes"], "code_challenge": challenge,
                 "code_challenge_method": "S256"}
        visitor = Visitor()
        url = visitor.consent(self.portal + "/portal/authorize?" + urllib.parse.urlencode(query), person, "allow")
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["code"][0]
        _, _, text = visitor.go(self.portal + "/portal/token", dict(form, grant_type="authorization_code", code=code))
        token = json.loads(text)["access_token"]

        def read(path):
            return self.http("GET", "/portal/fhir/" + urllib.parse.quote(path, safe="/"),
                             headers={"Authorization": "Bearer " + token, "Accept": "application/fhir+json"})
        return read


class Form(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.fields = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if tag == "input" and of.get("type") == "hidden":
            self.fields[of["name"]] = of["value"]


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, reply, code, message, headers, url):
        return None


class Visitor:
    """A browser: keeps cookies, follows redirects one by one."""

    def __init__(self):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay)

    def go(self, url, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(url, data, timeout=PATIENCE) as reply:
                return reply.status, None, reply.read().decode()
        except urllib.error.HTTPError as reply:
            where = reply.headers.get("Location")
            return reply.code, urllib.parse.urljoin(url, where) if where else None, reply.read().decode()

    def sign_in(self, session_url, person, decision="allow"):
        """→ the URL the session ends at"""
        _, url, _ = self.go(session_url)
        url = self.consent(url, person, decision)
        status, url, _ = self.go(url)
        assert status == 303, status
        return url

    def consent(self, url, person, decision):
        """Through the portal's pages. → the URL they lead back to"""
        _, _, page = self.go(url)
        root = urllib.parse.urljoin(url, "/portal/")
        fields = Form(page).fields
        _, url, _ = self.go(root + "login", dict(fields, username=person["username"], password=person["password"]))
        _, _, page = self.go(url)
        _, url, _ = self.go(root + "consent", dict(Form(page).fields, decision=decision))
        return url


def away_from_midnight(seconds=240):
    """Before what says today or tomorrow: waits for the day that begins meanwhile."""
    now = time.localtime()
    left = 24 * 60 * 60 - (now.tm_hour * 60 + now.tm_min) * 60 - now.tm_sec
    if left < seconds:
        time.sleep(left + 1)


def wait_for(what, seconds=None):
    """@seconds: what a machine with nothing else to do may take; a busy one gets more. → what came of it"""
    end = time.monotonic() + (seconds * BUSY if seconds else PATIENCE)
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("waited too long")
