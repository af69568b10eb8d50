# SPDX-License-Identifier: GPL-3.0-or-later
"""Direct mode in a real browser: the link leads to the portal at once, and the patient comes back to the clinic's website
with the outcome in the address."""

import sys

import portal
import rig

BACK = "/back?visit=7"


def check_return(browser, session, *outcome):
    """The browser is at the return address, with these parameters after its own and nothing else."""
    browser.wait_for_words("You are back.")
    expected = [("visit", "7"), ("patient_id", session["patient_id"]), ("patient_session_id", session["id"]), *outcome]
    assert rig.parameters(browser.url) == expected, (rig.parameters(browser.url), expected)


def success(engine):
    return ("success", "true"), ("connection_id", engine.source)


def consents(engine, driver, home):
    """A wrong password, then the right one, then consent: connected, and everything the portal lists is pulled."""
    person = engine.people[0]
    browser = driver.open_browser()
    session = engine.new_session(person, home.url + BACK)
    browser.open(session["url"])
    browser.find("h1", "Sign in")
    pages = [url for url, _ in browser.requests() if url.startswith(engine.url)]
    assert pages == [session["url"]], "a page of Chartroom was shown on the way"

    portal.sign_in(browser, person, "not-the-password")
    browser.wait_for_words("That user name and password do not match.")
    assert engine.session(session)["status"] == "open"
    portal.sign_in(browser, person)
    browser.wait_for_words("Share your records?", person["given"])
    portal.decide(browser, "Allow")
    check_return(browser, session, *success(engine))

    done = engine.session(session)
    assert done["status"] == "complete" and [c["status"] for c in done["connections"]] == ["active"], done
    pull = engine.wait_for_pull(person)
    received = {query["type"]: query["received"] for query in pull["queries"] if query["received"]}
    expected = {**person["records"], "References": sum(person["references"].values()), "Attachments": person["attachments"]}
    assert pull["status"] == "complete" and received == expected, (pull["status"], received, expected)
    return browser, session, person


def goes_back(engine, browser, session, person):
    """What is behind the return address is used up: each page says so in words and changes nothing."""
    before = engine.state_of(person)
    browser.back()
    browser.click("button", "Allow")
    browser.wait_for_words("Please start again")
    browser.back()
    browser.back()
    browser.back()
    portal.sign_in(browser, person)
    browser.wait_for_words("Please start again")

    used = [url for url, _ in browser.requests() if url.startswith(engine.url + "/callback?")]
    assert len(used) == 1, used
    browser.open(used[0])
    browser.wait_for_words("This sign-in cannot be used", "Nothing was changed.", "invalid_state")
    browser.open(used[0].replace("code=", "code=x"))
    browser.wait_for_words("This sign-in cannot be used", "invalid_state")
    assert engine.state_of(person) == before


def opens_again(engine, driver, home, browser, session, person):
    """After the end the link tells how it ended, in any browser, and leads back to the same address."""
    before = engine.state_of(person)
    other = driver.open_browser()
    for each in (browser, other):
        each.open(session["url"])
        each.wait_for_words("You are done", engine.source_name, "Connected.")
        each.click("a", "Return")
        check_return(each, session, *success(engine))
    assert engine.state_of(person) == before
    return other


def denies(engine, browser, home):
    person = engine.people[1]
    session = engine.new_session(person, home.url + BACK)
    browser.open(session["url"])
    portal.sign_in(browser, person)
    portal.decide(browser, "Deny")
    words = "You did not allow access, so nothing was shared. You can try again at any time."
    outcome = ("success", "false"), ("error", "user_denied"), ("error_description", words)
    check_return(browser, session, *outcome)
    done = engine.session(session)
    assert done["status"] == "complete", done
    assert [(c["id"], c["status"], c["failure_code"]) for c in done["connections"]] == [(None, "failed", "user_denied")], done
    assert engine.ctl("connection", "list", person["clinic_id"])["data"] == []
    assert engine.ctl("pull", "list", person["clinic_id"])["data"] == []
    browser.open(session["url"])
    browser.wait_for_words("This visit is over", words)
    browser.click("a", "Return")
    check_return(browser, session, *outcome)


def two_browsers(engine, first, second, home):
    """The same link opened by two browsers, and twice by one: whoever is through first ends the session; the others are told
    how things stand or make the same connection again, and never a second one."""
    person = engine.people[2]
    session = engine.new_session(person, home.url + BACK)
    first.open(session["url"])
    early = first.url
    first.open(session["url"])
    second.open(session["url"])
    assert early != first.url != second.url, "one state for two trips"
    portal.sign_in(first, person)
    first.find("h1", "Share your records?")
    portal.allow(second, person)
    check_return(second, session, *success(engine))
    engine.wait_for_pull(person)
    before = engine.ctl("connection", "list", person["clinic_id"])["data"]
    portal.decide(first, "Allow")
    check_return(first, session, *success(engine))
    after = engine.ctl("connection", "list", person["clinic_id"])["data"]
    assert [(c["id"], c["status"]) for c in after] == [(c["id"], "active") for c in before], (before, after)
    assert engine.session(session)["status"] == "complete"


def somebody_else(engine, browser, home):
    """Another of the portal's patients signs in with the link of one who is connected: refused, and nothing touched."""
    person, other = engine.people[0], engine.people[3]
    before = engine.ctl("connection", "list", person["clinic_id"])["data"]
    session = engine.new_session(person, home.url + BACK)
    browser.open(session["url"])
    portal.allow(browser, other)
    browser.wait_for_words("You are back.")
    said = dict(rig.parameters(browser.url))
    assert (said["success"], said["error"]) == ("false", "different_portal_patient"), said
    assert other["given"] not in browser.url and other["family"] not in browser.url
    assert engine.ctl("connection", "list", person["clinic_id"])["data"] == before


def portal_is_down(engine, browser, home):
    """Nothing answers at the portal: the patient is told, may try again, and can go back with the reason."""
    person = engine.people[4]
    source = engine.ctl("source", "add", "--name", "Away", "--fhir-base-url", "http://127.0.0.1:1/fhir", "--client-id", "away")["id"]
    words = ["session", "create", person["clinic_id"], "--source", source, "--return-url", home.url + BACK]
    session = engine.ctl(*words)
    browser.open(session["url"])
    browser.wait_for_words("The portal cannot be opened just now", "source_unreachable")
    browser.click("a", "Try again")
    browser.wait_for_words("The portal cannot be opened just now")
    assert engine.session(session)["status"] == "open"
    browser.click("button", "Stop here")
    why = ("error_description", "Your portal is not answering. Please try again later.")
    check_return(browser, session, ("success", "false"), ("error", "source_unreachable"), why)
    assert engine.session(session)["status"] == "complete"


def wrong_links(engine, browser, home):
    """Addresses that are no session's: words, and nothing else."""
    key = "0123456789abcdef" * 2
    for path in ("/c/" + key, "/c/" + key[1:], "/c/" + "z" * 32, f"/c/{key}/start", f"/c/{key}/done"):
        browser.open(engine.url + path)
        browser.wait_for_words("This link is not valid", "ask the clinic for a new one")
    for path in ("/", "/c/", "/c/%00", "/c/..%2f", "/callback/x"):
        browser.open(engine.url + path)
        browser.wait_for_words("There is nothing at this address.")
    for query in ("state=made-up&code=x", "state=made-up&error=access_denied", "state=&code=x", "code=x", ""):
        browser.open(engine.url + "/callback?" + query)
        browser.wait_for_words("This sign-in cannot be used", "Nothing was changed.")


def main(program):
    with rig.everything(program) as (engine, driver, home):
        browser, session, person = consents(engine, driver, home)
        print("connected, and pulled", sum(person["records"].values()), "records of the portal's own count")
        goes_back(engine, browser, session, person)
        other = opens_again(engine, driver, home, browser, session, person)
        denies(engine, browser, home)
        two_browsers(engine, browser, other, home)
        somebody_else(engine, other, home)
        portal_is_down(engine, other, home)
        wrong_links(engine, browser, home)
        for each in (browser, other):
            portal.check_quiet(each, engine.people, engine)
        assert all(path.startswith(BACK) for path, _ in home.seen), home.seen
        for _, headers in home.seen:
            assert not {"referer", "cookie"} & {name.lower() for name in headers}, headers
        print("looked at", sum(len(each.requests()) for each in (browser, other)), "requests of two browsers")


main(sys.argv[1])
