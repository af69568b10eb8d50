# SPDX-License-Identifier: GPL-3.0-or-later
"""Picker mode in a real browser: without scripts by mouse, then with the keyboard alone. The patient looks for the portal,
signs in there, says no or yes, and goes back by the button that says so."""

import sys

import look
import portal
import rig

BACK = "/back"
DONE = "Done — return to " + rig.LABEL
NASTY = 'Rose & "Thorn" <b>Clinic</b><script>document.title="owned"</script>'


def check_done(browser, session, url):
    """Back at the clinic's website with who and which session, and no word about success."""
    browser.wait_for_words("You are back.")
    assert browser.url.startswith(url), browser.url
    expected = [("patient_id", session["patient_id"]), ("patient_session_id", session["id"])]
    assert rig.parameters(browser.url) == expected, browser.url


def scripts_are_off(browser, home):
    browser.open(home.url + "/back?script")
    browser.open("data:text/html,<title>off</title><script>document.title='on'</script>")
    assert browser.title == "off"
    browser.open("about:blank")


def search(browser, text):
    browser.write("input[type=search]", text)
    browser.click("button", "Search")


def wait_for_sources(browser, *names):
    """Until these portals are offered, in this order, and no others."""

    def sources():
        return [name.text for name in browser.find_all("a.source b")]

    browser.wait_for_words("Connect your records")
    browser.wait_for(lambda: sources() == list(names), f"the choice of {names}")


def without_scripts(engine, driver, home):
    person = engine.people[0]
    browser = driver.open_browser(scripts=False)
    scripts_are_off(browser, home)
    session = engine.new_session(person, home.url + BACK, direct=False)
    browser.open(session["url"])
    wait_for_sources(browser, NASTY, engine.source_name)

    search(browser, "zzz")
    browser.wait_for_words("No portal was found. Try fewer letters")
    wait_for_sources(browser)
    assert browser.find("input[type=search]").attribute("value") == "zzz"
    search(browser, '"><script>document.title="stolen"</script>')
    browser.wait_for_words("No portal was found.")
    search(browser, "sandbox com")
    wait_for_sources(browser, engine.source_name)

    portal.choose(browser, engine.source_name)
    portal.sign_in(browser, person)
    portal.decide(browser, "Deny")
    browser.wait_for_words("Connect your records", engine.source_name, "You did not allow access")
    assert browser.url == session["url"]
    assert engine.session(session)["status"] == "open"

    portal.choose(browser, engine.source_name)
    portal.allow(browser, person)
    browser.wait_for_words("Your records are connected", "Connected.")
    assert "You did not allow access" not in browser.shown()
    assert browser.url == session["url"]
    done = engine.session(session)
    assert done["status"] == "open" and {c["status"] for c in done["connections"]} == {"active", "failed"}, done

    browser.click("button", DONE)
    check_done(browser, session, home.url + BACK)
    assert engine.session(session)["status"] == "complete"
    assert engine.wait_for_pull(person)["status"] == "complete"
    return browser, session


def goes_back(engine, browser, session, home):
    """The picker behind the end: what it offers is over, in words, and Done leads to the same place."""
    before = engine.state_of({"clinic_id": session["patient_id"]})
    browser.back()
    browser.wait_for_words("Your records are connected")
    browser.click("a.source", engine.source_name)
    browser.wait_for_words("You are done", "Connected.")
    browser.reload()
    browser.wait_for_words("You are done", "Connected.")
    browser.open(browser.url)
    browser.wait_for_words("You are done", "Connected.")
    browser.click("a", "Return to " + rig.LABEL)
    check_done(browser, session, home.url + BACK)
    assert engine.state_of({"clinic_id": session["patient_id"]}) == before


def leaves_at_once(engine, browser, home):
    """Done without having chosen: complete, nothing connected."""
    person = engine.people[1]
    session = engine.new_session(person, home.url + BACK, direct=False)
    browser.open(session["url"])
    browser.click("button", DONE)
    check_done(browser, session, home.url + BACK)
    done = engine.session(session)
    assert done["status"] == "complete" and done["connections"] == [], done
    browser.open(session["url"])
    browser.wait_for_words("This visit is over", "Nothing was connected.")


def tab_to(browser, css, words):
    """By Tab to what is looked for; every stop on the way can be seen and has a name."""
    wanted = browser.find(css, words).number
    for _ in range(40):
        browser.press("Tab")
        focused = browser.focused
        if focused.tag in ("body", "html"):
            continue
        assert look.has_ring(browser), f"where the keyboard is cannot be seen: {focused.label!r} of {browser.title!r}"
        assert focused.label.strip() != "", f"a stop without a name on {browser.title!r}"
        if focused.number == wanted:
            return
    raise AssertionError(f"{words!r} cannot be reached by Tab on {browser.title!r}")


def by_keyboard(engine, driver, home):
    person = engine.people[2]
    browser = driver.open_browser()
    session = engine.new_session(person, home.url + BACK, direct=False, recommend=engine.source)
    browser.open(session["url"])
    wait_for_sources(browser, engine.source_name, NASTY)
    assert "owned" not in browser.title

    tab_to(browser, "input[type=search]", None)
    browser.type("sandbox")
    browser.press("Enter")
    wait_for_sources(browser, engine.source_name)
    tab_to(browser, "a.source", engine.source_name)
    browser.press("Enter")
    tab_to(browser, "button", "Continue to " + engine.source_name)
    browser.press("Enter")
    browser.find("h1", "Sign in")
    browser.wait_for(lambda: browser.focused.attribute("id") == "username", "typing at once")
    browser.type(person["username"])
    tab_to(browser, "#password", None)
    browser.type("wrong")
    browser.press("Enter")
    browser.wait_for_words("That user name and password do not match.")
    browser.wait_for(lambda: browser.focused.attribute("id") == "username", "typing at once")
    browser.type(person["username"])
    tab_to(browser, "#password", None)
    browser.type(person["password"])
    browser.press("Enter")
    browser.find("h1", "Share your records?")
    tab_to(browser, "button", "Allow")
    browser.press("Enter")
    browser.wait_for_words("Connected.")
    tab_to(browser, "button", DONE)
    browser.press("Space")
    check_done(browser, session, home.url + BACK)
    assert [c["status"] for c in engine.session(session)["connections"]] == ["active"]
    browser.open(session["url"])
    tab_to(browser, "a", "Return to " + rig.LABEL)
    browser.press("Enter")
    check_done(browser, session, home.url + BACK)
    return browser


def portal_is_down(engine, browser, home):
    """A portal that does not answer: words, another try, and a way back."""
    person = engine.people[3]
    session = engine.new_session(person, home.url + BACK, direct=False)
    browser.open(session["url"])
    portal.choose(browser, NASTY)
    browser.wait_for_words("The portal cannot be opened just now", "source_unreachable", "Try again")
    browser.open(browser.url)
    browser.wait_for_words("Connect your records", NASTY)
    portal.choose(browser, NASTY)
    browser.click("a", "Try again")
    browser.wait_for_words("Connect your records")
    assert "owned" not in browser.title
    browser.click("button", DONE)
    check_done(browser, session, home.url + BACK)


def main(program):
    with rig.everything(program) as (engine, driver, home):
        engine.ctl("source", "add", "--name", NASTY, "--fhir-base-url", "http://127.0.0.1:1/fhir", "--client-id", "thorn")
        still, session = without_scripts(engine, driver, home)
        goes_back(engine, still, session, home)
        leaves_at_once(engine, still, home)
        quick = by_keyboard(engine, driver, home)
        portal_is_down(engine, quick, home)
        for each in (still, quick):
            portal.check_quiet(each, engine.people, engine)
        for _, headers in home.seen:
            assert not {"referer", "cookie"} & {name.lower() for name in headers}, headers


main(sys.argv[1])
