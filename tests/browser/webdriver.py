# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser as a person uses it: Chromium driven through chromedriver (W3C WebDriver, https://www.w3.org/TR/webdriver2/),
each with a profile of its own that goes with it. Nothing but the standard library."""

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SKIP = 77
PATIENCE = 180  # seconds, where the machine is busy elsewhere
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # Whatever is not on this computer ends at a closed door: the browser calls its makers by itself.
    "--proxy-server=http://127.0.0.1:1",
    # Its own cookies need no keyring, and the tests' one is for Chartroom.
    "--password-store=basic", "--disable-dev-shm-usage",
]  # fmt: skip
# What is meant for the programs under test would change, or stop, the browser.
FOREIGN = ("G_DEBUG", "MALLOC_CHECK_", "LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Shift": "\ue008", "Space": "\ue00d", "Control": "\ue009"}


class DriverError(Exception):
    pass


def find_programs():
    """(chromium, chromedriver); without either the test is skipped, and says so."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    for program, name in ((browser, "Chromium"), (driver, "chromedriver")):
        if program is None:
            print(f"skipped: {name} is not installed")
            sys.exit(SKIP)
    return browser, driver


class Driver:
    """The chromedriver process; it may run several browsers at a time."""

    def __init__(self):
        self.chromium, chromedriver = find_programs()
        self.folder = tempfile.mkdtemp(prefix="chartroom-browser-")
        env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.browsers = []
        self.errors = open(os.path.join(self.folder, "chromedriver.log"), "w")
        self.process = subprocess.Popen(
            [chromedriver, "--port=0"], stdout=subprocess.PIPE, stderr=self.errors, text=True, env=env, start_new_session=True
        )
        self.url = self._read_address()

    def _read_address(self):
        for line in self.process.stdout:
            match = re.search(r"started successfully on port (\d+)", line)
            if match:
                return f"http://127.0.0.1:{match.group(1)}"
        sys.exit("chromedriver did not start")

    def call(self, method, path, body=None, seconds=2 * PATIENCE):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=seconds) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise DriverError(f"{value['error']}: {value['message'].splitlines()[0]}") from None

    def open_browser(self, **options):
        browser = Browser(self, **options)
        self.browsers.append(browser)
        return browser

    def close(self):
        for browser in self.browsers:
            browser.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Browser:
    def __init__(self, driver, scripts=True, language=None):
        self.driver = driver
        self.session = None
        self.events = []
        self.messages = []
        flags = [*FLAGS, "--user-data-dir=" + tempfile.mkdtemp(dir=driver.folder)]
        if language is not None:
            flags.append("--accept-lang=" + language)
        options = {"binary": driver.chromium, "args": flags}
        if not scripts:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        self.session = self._begin({"capabilities": {"alwaysMatch": wanted}})
        self.call("POST", "/timeouts", {"implicit": 0, "pageLoad": 1000 * PATIENCE})

    def _begin(self, wanted):
        """chromedriver gives the browser a minute to start, which is not enough where all are busy: it is asked again."""
        for left in (2, 1, 0):
            try:
                return self.driver.call("POST", "/session", wanted)["sessionId"]
            except DriverError as error:
                if left == 0 or not str(error).startswith("session not created"):
                    raise
                time.sleep(5)

    def call(self, method, path, body=None):
        return self.driver.call(method, f"/session/{self.session}{path}", body)

    def close(self):
        if self.session is not None:
            self.call("DELETE", "")
            self.session = None

    # Going about

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def back(self):
        self.call("POST", "/back", {})

    def reload(self):
        self.call("POST", "/refresh", {})

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def title(self):
        return self.call("GET", "/title")

    def find_all(self, css):
        found = self.call("POST", "/elements", {"using": "css selector", "value": css})
        return [Element(self, item[ELEMENT]) for item in found]

    def find(self, css, words=None):
        """The first element that is on the page and holds the words; waits for it a little."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            for element in self.find_all(css):
                try:
                    if words is None or words in element.text:
                        return element
                except DriverError:
                    break
            time.sleep(0.05)
        raise AssertionError(f"no {css!r} with {words!r} on {self.shown()!r}")

    def shown(self):
        """The words on the page."""
        return self.on("body", None, lambda element: element.text)

    def on(self, css, words, act):
        """Does something with an element; once more if the page was replaced meanwhile."""
        end = time.monotonic() + 10
        while True:
            element = self.find(css, words)
            try:
                return act(element)
            except DriverError as error:
                if "stale element" not in str(error) or time.monotonic() > end:
                    raise

    def click(self, css, words=None):
        self.on(css, words, lambda element: element.click())

    def write(self, css, text):
        self.on(css, None, lambda element: element.write(text))

    def wait_for(self, is_there, what):
        """Until it is; a page that is replaced while being asked is asked again."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(DriverError):
                if is_there():
                    return
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come; the page is {self.url} and says {self.shown()!r}")

    def wait_for_words(self, *words):
        """Until the page says them all."""

        def says():
            text = self.shown()
            return all(word in text for word in words)

        self.wait_for(says, " and ".join(repr(word) for word in words))

    # By keyboard

    def press(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def type(self, text):
        self.press(*text)

    @property
    def focused(self):
        return Element(self, self.call("GET", "/element/active")[ELEMENT])

    # Looking underneath

    def run(self, script, *args):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(args)})

    def devtools(self, command, **params):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def picture(self):
        """The whole page as PNG."""
        reply = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(reply["data"])

    def network(self):
        """Every event of the network so far, oldest first: (method, params)."""
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"].startswith("Network."):
                self.events.append((message["method"], message["params"]))
        return self.events

    def requests(self):
        """Of every request so far, redirects among them: its URL and what sent it."""
        sent = []
        for method, params in self.network():
            if method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("data:", "about:", "chrome:", "chrome-untrusted:")):
                sent.append((params["request"]["url"], params))
        return sent

    def console(self):
        """What the console said so far."""
        self.messages += self.call("POST", "/se/log", {"type": "browser"})
        return self.messages


class Element:
    def __init__(self, browser, number):
        self.browser = browser
        self.number = number

    def call(self, method, path, body=None):
        return self.browser.call(method, f"/element/{self.number}{path}", body)

    @property
    def text(self):
        return self.call("GET", "/text")

    @property
    def label(self):
        """What a screen reader says it is called."""
        return self.call("GET", "/computedlabel")

    @property
    def tag(self):
        return self.call("GET", "/name")

    def attribute(self, name):
        return self.call("GET", "/attribute/" + name)

    def style(self, name):
        return self.call("GET", "/css/" + name)

    def click(self):
        self.call("POST", "/click", {})

    def write(self, text):
        self.call("POST", "/clear", {})
        self.call("POST", "/value", {"text": text})
