# SPDX-License-Identifier: GPL-3.0-or-later
"""A trip that does not go straight on: reloading and going back at every step, an engine that ends in the middle, a portal that
never sends anybody back, two browsers with one link, and links that have run out."""

import signal
import sys
import time

import portal
import rig

BACK = "/back"
DONE = "Done — return to " + rig.LABEL


def done(browser, session):
    browser.wait_for_words("You are back.")
    assert rig.parameters(browser.url) == [("patient_id", session["patient_id"]), ("patient_session_id", session["id"])], browser.url


def statuses(engine, session):
    return [c["status"] for c in engine.session(session)["connections"]]


def reloads(engine, browser, home):
    """Every page can be loaded again, and nothing happens twice."""
    person = engine.people[0]
    session = engine.new_session(person, home.url + BACK, direct=False)
    browser.open(session["url"])
    browser.reload()
    browser.click("a.source", engine.source_name)
    browser.wait_for_words("Your password stays there")
    browser.reload()
    browser.click("button", "Continue to")
    browser.find("h1", "Sign in")
    browser.reload()
    portal.sign_in(browser, person)
    browser.find("h1", "Share your records?")
    portal.decide(browser, "Allow")
    browser.wait_for_words("Your records are connected")
    browser.reload()
    browser.wait_for_words("Your records are connected")
    assert statuses(engine, session) == ["active"], engine.session(session)
    browser.click("button", DONE)
    done(browser, session)
    browser.reload()
    done(browser, session)
    assert engine.session(session)["status"] == "complete" and statuses(engine, session) == ["active"]


def goes_back_at_each_step(engine, browser, home):
    """Back from the portal is no refusal: the page says that nothing came yet, and one may go there again."""
    person = engine.people[1]
    session = engine.new_session(person, home.url + BACK, direct=False)
    browser.open(session["url"])
    browser.click("a.source", engine.source_name)
    browser.wait_for_words("Your password stays there")
    browser.back()
    browser.wait_for_words("Connect your records")
    portal.choose(browser, engine.source_name)
    browser.find("h1", "Sign in")
    browser.back()
    browser.wait_for_words("Your password stays there")
    browser.back()
    browser.wait_for(lambda: "No answer from this portal yet." in browser.shown() or browser.reload(), "what is so far")
    assert "did not allow" not in browser.shown()
    assert statuses(engine, session) == [], "a trip under way is no connection"
    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    browser.wait_for_words("Your records are connected", "Connected.")
    assert "No answer" not in browser.shown()
    assert statuses(engine, session) == ["active"]


def restarts(engine, browser, home, name, people):
    """The engine ends, politely or not, while the patient is at the portal: session, state and attempt go on."""
    for person, how in ((people[2], signal.SIGTERM), (people[3], signal.SIGKILL)):
        session = engine.new_session(person, home.url + BACK, direct=False)
        browser.open(session["url"])
        browser.click("a.source", name)
        browser.wait_for_words("Your password stays there")
        engine.restart(how)
        browser.click("button", "Continue to")
        portal.sign_in(browser, person)
        browser.find("h1", "Share your records?")
        engine.restart(how)
        portal.decide(browser, "Allow")
        browser.wait_for_words("Your records are connected")
        engine.restart(how)
        browser.click("button", DONE)
        done(browser, session)
        assert engine.session(session)["status"] == "complete" and statuses(engine, session) == ["active"]


def restarts_direct(engine, browser, home, name, people):
    """The same in direct mode, where the patient sees no page of ours on the way."""
    source = engine.ctl("source", "list", "--q", name)["data"][0]["id"]
    for person, how in ((people[4], signal.SIGTERM), (people[5], signal.SIGKILL)):
        words = ["session", "create", person["clinic_id"], "--source", source, "--return-url", home.url + BACK]
        session = engine.ctl(*words)
        browser.open(session["url"])
        browser.find("h1", "Sign in")
        engine.restart(how)
        portal.sign_in(browser, person)
        browser.find("h1", "Share your records?")
        engine.restart(how)
        portal.decide(browser, "Allow")
        browser.wait_for_words("You are back.")
        said = dict(rig.parameters(browser.url))
        assert (said["success"], said["connection_id"]) == ("true", source), said
        engine.restart(how)
        assert engine.session(session)["status"] == "complete" and statuses(engine, session) == ["active"]


def two_browsers(engine, first, second, home):
    """One link in two browsers: what one connects the other sees; when one is done, so is the other."""
    person = engine.people[4]
    session = engine.new_session(person, home.url + BACK, direct=False)
    first.open(session["url"])
    second.open(session["url"])
    portal.choose(first, engine.source_name)
    portal.allow(first, person)
    first.wait_for_words("Your records are connected")
    second.reload()
    second.wait_for_words("Your records are connected")
    second.click("a.source", engine.source_name)
    second.wait_for_words("Your password stays there")
    first.click("button", DONE)
    done(first, session)
    second.click("button", "Continue to")
    second.wait_for_words("You are done", "Connected.")
    second.click("a", "Return to " + rig.LABEL)
    done(second, session)
    assert statuses(engine, session) == ["active"]


def run_out(engine, browser, home, sessions, made):
    """After its minute a link says that it has run out, wherever one was."""
    picker, direct = sessions
    browser.open(picker["url"] + "/choose?source=" + engine.source)
    browser.wait_for_words("Your password stays there", "1 more minute")
    time.sleep(max(0, made + 60.5 - time.monotonic()))
    browser.click("button", "Continue to")
    for path in ("", "/choose?source=" + engine.source, "/start", "/done", "?q=x"):
        browser.wait_for_words("This link has expired", "Ask the clinic for a new one.")
        browser.open(picker["url"] + path)
    browser.open(direct["url"])
    browser.wait_for_words("This link has expired")
    for session in sessions:
        shown = engine.session(session)
        assert (shown["status"], shown["connections"]) == ("expired", []), shown


def main(program):
    with rig.everything(program) as (engine, driver, home):
        first, second = driver.open_browser(), driver.open_browser()
        reloads(engine, first, home)
        goes_back_at_each_step(engine, first, home)
        with rig.own_portal(engine) as (name, people):
            restarts(engine, first, home, name, people)
            restarts_direct(engine, first, home, name, people)
        two_browsers(engine, first, second, home)
        person = engine.people[5]
        short = [engine.new_session(person, home.url + BACK, direct=direct, expires_in=60) for direct in (False, True)]
        run_out(engine, second, home, short, time.monotonic())
        for each in (first, second):
            for message in each.console():
                assert "Refused to" not in message["message"], message


main(sys.argv[1])
