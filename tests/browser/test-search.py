# SPDX-License-Identifier: GPL-3.0-or-later
"""The search of the page one chooses a portal on, while one types: what it finds, what it says aloud, and where the keyboard is."""

import sys
import time

import rig

NAMES = ("Åland Hälsa", "Saint Mary Hospital", "Saint Mary Clinic", "Oak Grove Family Practice")


def found(browser):
    return [name.text for name in browser.find_all("#found b")]


def type_anew(browser, text):
    """As a person does: clears the field and types."""
    browser.find("#q").click()
    browser.run("document.getElementById('q').select()")
    browser.type(text)


def finds(engine, browser):
    """Every spelling finds its portal; what is found is said where a screen reader hears it, and nothing is loaded anew."""
    browser.run("window.same = true")
    for text, names in (
        ("aland", ["Åland Hälsa"]), ("ÅLAND", ["Åland Hälsa"]), ("hals", ["Åland Hälsa"]),
        ("mary saint", ["Saint Mary Clinic", "Saint Mary Hospital"]), ("oak prac", ["Oak Grove Family Practice"]),
        ("cerner", ["Oak Grove Family Practice"]), ("nothing like it", []), ("100%", []), ("_", []),
    ):  # fmt: skip
        type_anew(browser, text)
        browser.wait_for(lambda: found(browser) == names and browser.run("return !document.querySelector('[aria-busy]')"), f"{text} → {names}")
        status = browser.find("[role=status]").text
        wanted = {0: "No portal was found", 1: "1 portal found"}.get(len(names), f"{len(names)} portals found")
        assert status.startswith(wanted), (text, status)
        assert browser.focused.attribute("id") == "q", "typing goes on"
    assert browser.run("return window.same"), "the page was loaded anew"


def asks_little(engine, browser):
    """A word typed quickly is asked for once or twice, not once a letter; the answer to an older text never replaces a newer."""
    before = len(browser.requests())
    begun = time.monotonic()
    type_anew(browser, "saint mary hospital")
    seconds = time.monotonic() - begun
    browser.wait_for_words("1 portal found", "Saint Mary Hospital")
    asked = [url for url, _ in browser.requests()[before:] if "?q=" in url]
    # It is asked where nobody typed for a fifth of a second, as may be between any two letters here.
    assert 1 <= len(asked) <= max(4, 1 + seconds / 0.2), (seconds, asked)
    # The answer to the first search comes after the second's.
    browser.run("""
      const real = window.fetch; let n = 0;
      window.fetch = (url, options) => ++n > 1 ? real(url, options) : new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
        real(url).then(reply => setTimeout(() => resolve(reply), 1500));
      });
    """)
    type_anew(browser, "aland")
    time.sleep(0.5)
    type_anew(browser, "oak")
    browser.wait_for_words("1 portal found", "Oak Grove")
    time.sleep(2)
    assert found(browser) == ["Oak Grove Family Practice"], found(browser)
    browser.run("window.fetch = () => Promise.reject(new TypeError('no network'))")
    type_anew(browser, "saint")
    browser.wait_for_words("The search did not get through.")
    browser.reload()


def by_arrows(engine, browser, session):
    """Down into the list, up out of it, Escape back and once more to empty the field; Enter goes on; Back comes back to what
    was found."""
    down, up, escape = "\ue015", "\ue013", "\ue00c"
    type_anew(browser, "saint")
    browser.wait_for_words("2 portals found")
    browser.press(down)
    assert "Saint Mary Clinic" in browser.focused.text
    browser.press(down)
    assert "Saint Mary Hospital" in browser.focused.text
    browser.press(down)
    assert "Saint Mary Hospital" in browser.focused.text, "the end of the list"
    browser.press(up, up)
    assert browser.focused.attribute("id") == "q"
    browser.press(down, escape)
    assert browser.focused.attribute("id") == "q"
    browser.press(down, down, "Enter")
    browser.wait_for_words("Your password stays there", "Saint Mary Hospital")
    browser.back()
    browser.wait_for_words("2 portals found")
    assert browser.find("#q").attribute("value") == "saint" and browser.url == session["url"] + "?q=saint", browser.url
    browser.find("#q").click()
    browser.press(escape)
    browser.wait_for(lambda: len(found(browser)) == len(NAMES) + 1, "everything again")
    assert browser.url == session["url"], browser.url


def over_meanwhile(engine, browser, session):
    """The session ends in another browser while somebody types here."""
    other = browser.driver.open_browser()
    other.open(session["url"])
    other.click("button", "Done")
    other.wait_for_words("You are back.")
    type_anew(browser, "oak")
    browser.wait_for_words("This visit is over")
    return other


def main(program):
    with rig.everything(program) as (engine, driver, home):
        for n, name in enumerate(NAMES):
            vendor = ["--type", "cerner"] if n == 3 else []
            engine.ctl("source", "add", "--name", name, "--fhir-base-url", f"https://f{n}.example/r4", "--client-id", "c", *vendor)
        browser = driver.open_browser()
        session = engine.new_session(engine.people[0], home.url + "/back", direct=False)
        browser.open(session["url"])
        browser.wait_for_words("Connect your records", *NAMES)
        finds(engine, browser)
        asks_little(engine, browser)
        by_arrows(engine, browser, session)
        over_meanwhile(engine, browser, session)
        for message in browser.console():
            assert "Refused to" not in message["message"], message


main(sys.argv[1])
