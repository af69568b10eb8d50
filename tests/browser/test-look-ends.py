# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages a patient meets when something is not as it should be, and several portals at once, looked at as in test-look.py:
narrow and wide, light and dark."""

import concurrent.futures
import contextlib
import http.client
import sys
import time
import urllib.parse

import look
import portal
import rig


class Looker:
    def __init__(self, engine, browser, back):
        self.engine, self.browser, self.back = engine, browser, back
        self.faults, self.count = [], 0

    def at(self, name, *words, browser=None):
        """Looks at the page that is there now, which must say the words."""
        browser = browser or self.browser
        browser.wait_for_words(*words)
        self.faults += look.check(browser, name)
        self.count += 1

    def picker(self, person, browser=None):
        session = self.engine.new_session(person, self.back, direct=False)
        (browser or self.browser).open(session["url"])
        return session


def look_at_states(the, person):
    """What cannot be chosen says why, in the list and on its own page; what has moved can be chosen."""
    engine, browser = the.engine, the.browser
    ids = {}
    for name in ("Mountain Suspended", "Mountain Not Enabled", "Mountain Gone", "Mountain Moved"):
        base = f"https://{len(ids)}.mountain.example/r4"
        ids[name] = engine.ctl("source", "add", "--name", name, "--fhir-base-url", base, "--client-id", "x")["id"]
    engine.ctl("source", "suspend", ids["Mountain Suspended"], "--reason", "Their test system is down")
    engine.ctl("source", "suspend", ids["Mountain Not Enabled"], "--not-enabled", "--reason", "They have no license")
    engine.write("UPDATE source SET status = 'gone' WHERE id = ?", ids["Mountain Gone"])
    engine.write("UPDATE source SET status = 'moved' WHERE id = ?", ids["Mountain Moved"])
    session = the.picker(person)
    browser.write("input[type=search]", "mountain")
    the.at("states", "4 portals found", "Cannot be used just now", "does not let patients share", "no longer there")
    assert "Their test system" not in browser.shown(), "staff's reason is for staff"
    assert [name.text for name in browser.find_all("a.source b")] == ["Mountain Moved"]
    for name in ("Suspended", "Not Enabled", "Gone"):
        browser.open(f"{session['url']}/choose?source={ids['Mountain ' + name]}")
        the.at("choose-" + name.lower().replace(" ", "-"), "Mountain " + name, "Choose another portal")
        assert "Continue to" not in browser.shown()


def look_at_search(the, person):
    """While nothing has come yet, without a network, and without scripts."""
    browser = the.browser
    the.picker(person)
    browser.run("window.fetch = () => new Promise(() => {})")
    browser.write("input[type=search]", "sandbox")
    the.at("searching", "Searching…")
    browser.run("window.fetch = () => Promise.reject(new TypeError('no network'))")
    browser.write("input[type=search]", "sandbo")
    the.at("search-trouble", "The search did not get through.")
    still = browser.driver.open_browser(scripts=False)
    the.picker(person, still)
    the.at("still-picker", "Connect your records", browser=still)
    still.write("input[type=search]", "sandbox")
    still.click("button", "Search")
    the.at("still-found", "1 portal found", browser=still)


def look_at_several(the, person, name, other):
    """Two portals connected and one that failed; then the end, with and without a page to go back to."""
    engine, browser = the.engine, the.browser
    session = the.picker(person)
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    browser.wait_for_words("Your records are connected")
    portal.choose(browser, name)
    portal.allow(browser, other)
    browser.wait_for(lambda: browser.shown().count("Connected. Your records") == 2, "both")
    portal.choose(browser, "No Encryption")
    browser.wait_for_words("The portal cannot be opened just now")
    browser.click("a", "Try again")
    the.at("several", "Your records are connected", "Your portal is not answering", engine.source_name, name)
    marks = [(link.text.split("\n")[1], "✓ Connected." in link.text) for link in browser.find_all("a.source")]
    assert marks == [("No Encryption", False), (engine.source_name, True), (name, True)], marks
    browser.click("button", "Done")
    browser.wait_for_words("You are back.")
    browser.open(session["url"])
    the.at("several-done", "You are done", "Return to " + rig.LABEL)
    engine.write("UPDATE session SET return_url = ? WHERE id = ?", session["url"], session["id"])
    browser.open(session["url"])
    the.at("several-done-here", "You are done", "You may close this page.")
    assert "Return" not in browser.shown()


def look_at_refusals(the, person):
    """What the portal may do wrong, one page each."""
    engine, browser = the.engine, the.browser
    session = the.picker(person)
    portal.choose(browser, "No Encryption")
    the.at("no-tls", "The portal cannot be opened just now", "source_unreachable")
    browser.open(session["url"])
    engine.fault("missing-patient")
    engine.fault("patient-search", n=2)
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    the.at("ambiguous", "Your account opens the records of more than one person.")
    engine.clear_faults()
    engine.fault("id-token", how="signature")
    engine.fault("missing-patient", fhir_user=1)
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    the.at("not-proven", "could not prove to your clinic who signed in")
    engine.clear_faults()
    engine.fault("authorize-error", error="unauthorized_client")
    portal.choose(browser, engine.source_name)
    the.at("not-registered", "Your clinic cannot use this portal yet.")
    engine.clear_faults()
    engine.fault("token-reply", status=500)
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    the.at("exchange-failed", "Your portal did not confirm the sign-in.")
    engine.clear_faults()


def look_at_states_of_trips(the, person):
    """A sign-in that comes late, twice, or changed; one whose link ended meanwhile; one nobody came back from."""
    engine, browser = the.engine, the.browser
    session = the.picker(person)
    portal.choose(browser, engine.source_name)
    portal.sign_in(browser, person)
    browser.find("h1", "Share your records?")
    engine.write("UPDATE attempt SET state_expires_ms = 1 WHERE session_id = ?", session["id"])
    portal.decide(browser, "Allow")
    the.at("state-late", "This sign-in cannot be used", "state_expired")
    late = browser.url
    browser.open(late.replace("state=", "state=x"))
    the.at("state-altered", "This sign-in cannot be used", "invalid_state")
    browser.open(session["url"])
    the.at("no-answer", "No answer")
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    browser.wait_for_words("Connected.")
    used = [url for url, _ in browser.requests() if url.startswith(engine.url + "/callback?")][-1]
    browser.open(used)
    the.at("state-reused", "This sign-in cannot be used", "invalid_state")
    session = the.picker(person)
    portal.choose(browser, engine.source_name)
    portal.sign_in(browser, person)
    browser.find("h1", "Share your records?")
    engine.write("UPDATE session SET expires_ms = created_ms + 1 WHERE id = ?", session["id"])
    portal.decide(browser, "Allow")
    the.at("ended-meanwhile", "This link has expired")


def look_at_trouble(the, person):
    """The clinic's own computer: a disk that takes nothing more, an address that is none, too many requests."""
    engine, browser = the.engine, the.browser
    the.picker(person)
    portal.choose(browser, engine.source_name)
    portal.sign_in(browser, person)
    browser.find("h1", "Share your records?")
    engine.write("CREATE TRIGGER no_room BEFORE INSERT ON connection BEGIN SELECT RAISE (FAIL, 'no room'); END")
    portal.decide(browser, "Allow")
    the.at("own-trouble", "Something went wrong", "tell the clinic")
    engine.write("DROP TRIGGER no_room")
    browser.open(engine.url + "/nowhere")
    the.at("nowhere", "This link is not valid", "There is nothing at this address.")
    with too_many(engine):
        end = time.monotonic() + 30
        browser.open(engine.url + "/c/" + "0" * 32)
        while "Please wait" not in browser.shown() and time.monotonic() < end:
            browser.reload()
    if "Please wait" not in browser.shown():
        # tests/connect/test-languages.c sees it on any
        print("not looked at: too-many; this machine is too busy to be asked too much")
        return
    the.at("too-many", "Please wait a moment", "Try again")
    browser.click("a", "Try again")
    browser.wait_for_words("This link is not valid")


@contextlib.contextmanager
def too_many(engine):
    """Somebody asks and asks, without closing the door in between."""
    host = urllib.parse.urlsplit(engine.url).netloc
    go_on = [True]

    def ask():
        connection = http.client.HTTPConnection(host, timeout=10)
        while go_on[0]:
            try:
                connection.request("HEAD", "/c/pages.js")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection.close()
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(ask)
        try:
            yield
        finally:
            go_on[0] = False


def look_at_nothing(the, person):
    """No portal that could be chosen."""
    the.engine.write("UPDATE source SET status = 'suspended'")
    the.picker(person)
    the.at("picker-empty", "There is no portal to choose from yet.")


def main(program):
    with rig.everything(program) as (engine, driver, home):
        the = Looker(engine, driver.open_browser(), home.url + "/back")
        people = engine.people
        # a web server that knows no TLS
        words = ["--fhir-base-url", home.url.replace("http:", "https:") + "/fhir", "--client-id", "x"]
        engine.ctl("source", "add", "--name", "No Encryption", *words)
        with rig.own_portal(engine, "Valley Hospital") as (name, others):
            look_at_several(the, people[0], name, others[0])
        look_at_search(the, people[1])
        look_at_states(the, people[1])
        look_at_refusals(the, people[2])
        look_at_states_of_trips(the, people[4])
        look_at_trouble(the, people[5])
        look_at_nothing(the, people[1])
        print("looked at", the.count, "pages")
        for fault in the.faults:
            print(fault)
        sys.exit(1 if the.faults else 0)


main(sys.argv[1])
