# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page a patient may meet, Chartroom's and the sandbox portal's, is looked at: narrow and wide, light and dark."""

import sys
import time
import urllib.parse

import look
import portal
import rig

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtenkrankenhaus of the Sisters of Mercy"


class Looker:
    def __init__(self, engine, browser, back):
        self.engine, self.browser, self.back = engine, browser, back
        self.faults, self.count = [], 0

    def at(self, name, *words):
        """Looks at the page that is there now, which must say the words."""
        self.browser.wait_for_words(*words)
        self.faults += look.check(self.browser, name)
        self.count += 1

    def session(self, person, **options):
        session = self.engine.new_session(person, self.back, **options)
        self.browser.open(session["url"])
        return session


def see_that_it_bites(browser):
    """A page with every fault that is looked for."""
    page = (
        "<p style='color:#999;background:#fff'>pale</p><input placeholder=p aria-label=a style='background:#777;height:50px'>"
        "<button style='width:50px;height:50px'></button><a href='#' style='display:block'>low</a>"
        "<p style='width:2000px'>wide</p>"
    )
    browser.open("data:text/html," + urllib.parse.quote(page))
    faults = look.check(browser, "bad")
    wanted = ["too pale: 2.85 pale", "too pale: 1.03 p", "has no name: button", "hard to touch", "sticks out: 20"]
    wanted += ["no language", "one heading", "no title"]
    missing = [word for word in wanted if not any(word in fault for fault in faults)]
    assert not missing, (missing, faults)


def look_at_picker(the, person):
    browser = the.browser
    session = the.session(person, direct=False, recommend=the.engine.source)
    the.at("picker", "Connect your records", "Suggested by your clinic", "Other portals")
    browser.write("input[type=search]", "zzz")
    the.at("picker-none", "No portal was found.")
    browser.write("input[type=search]", "river")
    the.at("picker-closed", "1 portal found", "has not set up this portal yet")
    browser.write("input[type=search]", "sandbox")
    the.at("picker-found", "1 portal found", the.engine.source_name)
    browser.click("a.source")
    the.at("farewell", "Your password stays there", "How long it lasts")
    browser.click("button", "Continue to")
    the.at("portal-login", "Sign in to your patient portal")
    browser.click("summary")
    the.at("portal-login-people", "Password", person["username"])
    portal.sign_in(browser, person, "wrong")
    the.at("portal-login-wrong", "That user name and password do not match.")
    portal.sign_in(browser, person)
    the.at("portal-consent", "Share your records?")
    portal.decide(browser, "Deny")
    the.at("picker-denied", "You did not allow access")
    browser.click("a.source", LONG)
    the.at("farewell-long", "Your password stays there")
    browser.click("button", "Continue to")
    the.at("not-started", "The portal cannot be opened just now")
    browser.click("a", "Try again")
    portal.choose(browser, the.engine.source_name)
    browser.find("h1", "Sign in")
    browser.open(session["url"])
    the.at("picker-waiting", "No answer from this portal yet.")
    portal.choose(browser, the.engine.source_name)
    portal.allow(browser, person)
    the.at("picker-connected", "Connected.")
    browser.click("button", "Done")
    browser.wait_for_words("You are back.")
    browser.open(session["url"])
    the.at("done", "You are done")


def look_at_ends(the, person):
    browser = the.browser
    session = the.session(person)
    portal.sign_in(browser, person)
    portal.decide(browser, "Deny")
    browser.wait_for_words("You are back.")
    browser.back()
    browser.click("button", "Allow")
    the.at("portal-again", "Please start again")
    browser.open(session["url"])
    the.at("over-denied", "This visit is over")
    session = the.session(person, direct=False)
    browser.click("button", "Done")
    browser.wait_for_words("You are back.")
    browser.open(session["url"])
    the.at("over-nothing", "Nothing was connected.")


def look_at_wrong_links(the):
    the.browser.open(the.engine.url + "/c/" + "0" * 32)
    the.at("unknown", "This link is not valid")
    the.browser.open(the.engine.url + "/callback?state=made-up&code=x")
    the.at("invalid-state", "This sign-in cannot be used")
    the.browser.open(the.engine.sandbox + "/portal/authorize")
    the.at("portal-unknown-app", "Unknown app")


def look_at_expired(the, session, made):
    """The shortest life a session can have is a minute."""
    time.sleep(max(0, made + 60.2 - time.monotonic()))
    the.browser.open(session["url"])
    the.at("expired", "This link has expired", "Ask the clinic for a new one.")


def main(program):
    with rig.everything(program) as (engine, driver, home):
        person = engine.people[0]
        short = engine.new_session(person, home.url, direct=False, expires_in=60)
        made = time.monotonic()
        engine.ctl("source", "add", "--name", LONG, "--fhir-base-url", "http://127.0.0.1:1/fhir", "--client-id", "long")
        engine.add_unready("Riverside Eye Clinic")
        the = Looker(engine, driver.open_browser(), home.url + "/back")
        see_that_it_bites(the.browser)
        look_at_picker(the, person)
        look_at_ends(the, engine.people[1])
        look_at_wrong_links(the)
        look_at_expired(the, short, made)
        print("looked at", the.count, "pages")
        for fault in the.faults:
            print(fault)
        sys.exit(1 if the.faults else 0)


main(sys.argv[1])
