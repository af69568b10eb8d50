# SPDX-License-Identifier: GPL-3.0-or-later
"""Each patient is spoken to in a language of theirs, if it is one there is: the same trip by browsers that ask for German,
for Mexico's Spanish, and for one that nobody here speaks. With longer words too, nothing sticks out."""

import sys

import look
import portal
import rig

WORDS = {
    "de": ("Ihre Gesundheitsdaten verbinden", "Kein Portal gefunden.", "1 Portal gefunden", "Ihr Passwort bleibt dort",
           "Weiter zu", "Sie haben den Zugriff nicht erlaubt", "Ihre Daten sind verbunden", "Fertig – zurück zu",
           "Sie sind fertig", "Dieser Link ist ungültig", "Diese Anmeldung ist nicht verwendbar"),
    "es": ("Conecte sus datos médicos", "No se encontró ningún portal.", "1 portal encontrado", "Su contraseña se queda allí",
           "Continuar a", "Usted no permitió el acceso", "Sus datos están conectados", "Listo: volver a",
           "Ya ha terminado", "Este enlace no es válido", "Este inicio de sesión no se puede usar"),
    "en": ("Connect your records", "No portal was found.", "1 portal found", "Your password stays there",
           "Continue to", "You did not allow access", "Your records are connected", "Done — return to",
           "You are done", "This link is not valid", "This sign-in cannot be used"),
}  # fmt: skip


class Trip:
    def __init__(self, engine, browser, code, asked):
        self.engine, self.browser, self.code, self.asked = engine, browser, code, asked
        self.faults = []

    def at(self, name, *words):
        """On one of our pages, which is in the language throughout."""
        self.browser.wait_for_words(*words)
        root = self.browser.run("return [document.documentElement.lang, document.documentElement.dir]")
        assert root == [self.code, "ltr"], (name, root)
        shown = self.browser.shown()
        for other, said in WORDS.items():
            assert other == self.code or not any(word in shown for word in said), (name, other, shown)
        self.faults += look.check(self.browser, f"{self.asked}-{name}")

    def go(self, person, back):
        (connect, none, one, stays, on, denied, connected, done, over, invalid, refused) = WORDS[self.code]
        browser, engine = self.browser, self.engine
        session = engine.new_session(person, back, direct=False, recommend=engine.source)
        browser.open(session["url"])
        self.at("picker", connect)
        browser.write("input[type=search]", "zzz")
        self.at("none", none)
        browser.write("input[type=search]", "sandbox")
        self.at("found", one)
        browser.click("a.source")
        self.at("farewell", stays)
        browser.click("button", on)
        portal.sign_in(browser, person)
        portal.decide(browser, "Deny")
        self.at("denied", connect, denied)
        browser.click("a.source", engine.source_name)
        self.at("again", stays)
        browser.click("button", on)
        portal.allow(browser, person)
        self.at("connected", connected)
        browser.click("button", done + " " + rig.LABEL)
        browser.wait_for_words("You are back.")
        browser.open(session["url"])
        self.at("done", over)
        browser.open(engine.url + "/nowhere")
        self.at("nowhere", invalid)
        browser.open(engine.url + "/callback?state=x&code=x")
        self.at("refused", refused, "invalid_state")

    def denies_directly(self, person, back):
        """What the clinic's website is told to say is in the language of who reads it there."""
        session = self.engine.new_session(person, back)
        self.browser.open(session["url"])
        portal.sign_in(self.browser, person)
        portal.decide(self.browser, "Deny")
        self.browser.wait_for_words("You are back.")
        said = dict(rig.parameters(self.browser.url))
        assert said["error"] == "user_denied" and said["error_description"].startswith(WORDS[self.code][5]), said


def main(program):
    faults = []
    with rig.everything(program) as (engine, driver, home):
        for n, (asked, code) in enumerate((("de-AT,de,en", "de"), ("es-MX", "es"), ("tlh", "en"))):
            browser = driver.open_browser(language=asked)
            trip = Trip(engine, browser, code, asked.split(",")[0])
            trip.go(engine.people[n], home.url + "/back")
            trip.denies_directly(engine.people[n + 3], home.url + "/back")
            sent = {
                value
                for method, params in browser.network()
                if method == "Network.requestWillBeSentExtraInfo"
                for name, value in params["headers"].items()
                if name.lower() == "accept-language"
            }
            assert sent and all(value.startswith(asked.split(",")[0]) for value in sent), sent
            faults += trip.faults
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main(sys.argv[1])
