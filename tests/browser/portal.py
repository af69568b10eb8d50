# SPDX-License-Identifier: GPL-3.0-or-later
"""What a patient does at the sandbox's portal, and what may be seen of it from outside."""

import re
import urllib.parse


def sign_in(browser, person, password=None):
    browser.write("#username", person["username"])
    browser.write("#password", person["password"] if password is None else password)
    browser.click("button", "Sign in")


def choose(browser, name):
    """From the choice of portals to this one's sign-in page."""
    browser.click("a.source", name)
    browser.wait_for_words("Your password stays there")
    browser.click("button", "Continue to " + name)


def decide(browser, word):
    browser.find("h1", "Share your records?")
    browser.click("button", word)


def allow(browser, person):
    sign_in(browser, person)
    decide(browser, "Allow")


def check_quiet(browser, people, engine):
    """No request left this computer, no address named a person or held a token, no page heard whence the browser came,
    and the console had nothing to say but which pages were refusals."""
    private = [re.escape(person[key]) for person in people for key in ("name", "given", "family", "username", "email", "password")]
    telling = re.compile("|".join(private), re.IGNORECASE)
    requests = browser.requests()
    assert requests, "nothing was noted"
    for url, params in requests:
        parts = urllib.parse.urlsplit(url)
        names = [name for name, _ in urllib.parse.parse_qsl(parts.query)]
        assert parts.hostname == "127.0.0.1", url
        # Of as many random letters some are a short name.
        assert not telling.search(re.sub(r"[\w-]{24,}", "", urllib.parse.unquote_plus(url))), url
        assert not set(names) & {"access_token", "refresh_token", "id_token", "code_verifier", "client_secret"}, url
        assert "code" not in names or parts.path == "/callback", url
    check_referrers(browser, engine)
    for message in browser.console():
        text = message["message"]
        assert message["level"] != "SEVERE" or "Failed to load resource: the server responded with a status of 4" in text or (
            "status of 503" in text
        ), message
        assert "Content Security Policy" not in text and "Refused to" not in text, message


def check_referrers(browser, engine):
    """What was really sent, on every redirect too: a page's address, which opens a session, is told to nobody else."""
    own = urllib.parse.urlsplit(engine.url).netloc
    hosts = set()
    for method, params in browser.network():
        if method == "Network.requestWillBeSentExtraInfo":
            headers = {name.lower(): value for name, value in params["headers"].items()}
            hosts.add(headers["host"])
            assert "referer" not in headers or headers["host"] == own, headers
    assert own in hosts and len(hosts) == 3, f"headers of pages, portal and website are needed, not of {hosts}"
