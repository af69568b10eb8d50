# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a patient whose clinic's keyring is locked when they come back from the portal, or not there when they go:
looked at as in test-look.py, with a keyring of this test's own, which nobody can be asked to unlock."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import look
import portal
import rig

NEEDED = ("dbus-daemon", "gnome-keyring-daemon", "gdbus")
BUS = """<busconfig><type>session</type><listen>unix:tmpdir={0}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""
SERVICE = "/org/freedesktop/secrets"


class Keyring:
    """A bus that starts nothing by itself, so no prompt either, and the service on it."""

    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "bus.conf"), "w") as file:
            file.write(BUS.format(folder))
        self.bus = subprocess.Popen(["dbus-daemon", "--config-file=" + file.name, "--nofork", "--nopidfile", "--print-address=1"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.env = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.bus.stdout.readline().strip(), XDG_DATA_HOME=folder)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "SECRET_BACKEND", "CHARTROOM_TEST_KEYRING"):
            self.env.pop(name, None)
        self.start()

    def start(self):
        """Unlocked by the password, as for one who signs in to the desktop."""
        self.daemon = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets",
                                        "--control-directory=" + os.path.join(self.folder, "control")], env=self.env,
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.daemon.stdin.write(b"test")
        self.daemon.stdin.close()
        subprocess.run(["gdbus", "wait", "--session", "--timeout", "90", "org.freedesktop.secrets"], env=self.env, check=True)

    def call(self, method, argument):
        line = ["gdbus", "call", "--session", "--timeout", "20", "-d", "org.freedesktop.secrets", "-o", SERVICE,
                "-m", "org.freedesktop.Secret.Service." + method, argument]
        return subprocess.run(line, env=self.env, check=True, capture_output=True, text=True).stdout

    def lock(self):
        collection = self.call("ReadAlias", "default").split("'")[1]
        assert collection != "/", "there is no keyring"
        assert collection in self.call("Lock", f"['{collection}']"), "it was not locked"

    def unlock(self):
        """There is nobody to ask for the password but at the start."""
        self.daemon.terminate()
        self.daemon.wait(90)
        self.start()

    def close(self):
        for child in (self.daemon, self.bus):
            child.terminate()
            child.wait(90)
        self.bus.stdout.close()


@contextlib.contextmanager
def own_keyring():
    for name in NEEDED:
        if not shutil.which(name):
            print(name, "is not installed")
            sys.exit(77)
    folder = tempfile.mkdtemp(prefix="chartroom-keyring-")
    keyring = Keyring(folder)
    try:
        yield keyring
    finally:
        keyring.close()
        shutil.rmtree(folder, ignore_errors=True)


def look_at_locked(engine, browser, keyring, session, name, person):
    """Locked between leaving and coming back: nothing is lost, and after the unlocking the same page goes on."""
    browser.open(session["url"])
    portal.choose(browser, name)
    portal.sign_in(browser, person)
    browser.find("h1", "Share your records?")
    keyring.lock()
    engine.restart(signal.SIGTERM, keyring.env)
    portal.decide(browser, "Allow")
    browser.wait_for_words("Almost there", "You need not sign in again.")
    faults = look.check(browser, "keyring-locked")
    assert engine.session(session)["status"] == "open", engine.session(session)
    keyring.unlock()
    for _ in range(30):
        browser.click("a", "Try again")
        browser.wait_for(lambda: browser.shown(), "a page")
        if "Almost there" not in browser.shown():
            break
        time.sleep(1)  # the keyring has only just begun
    browser.wait_for_words("Your records are connected")
    return faults


def look_at_missing(engine, browser, keyring, session, name):
    """None when the patient goes: they are not sent to the portal, and no attempt is lost but this."""
    nowhere = dict(keyring.env, DBUS_SESSION_BUS_ADDRESS="unix:path=" + os.path.join(keyring.folder, "no-bus"))
    engine.restart(signal.SIGTERM, nowhere)
    browser.open(session["url"])
    portal.choose(browser, name)
    browser.wait_for_words("keyring_unavailable")
    return look.check(browser, "keyring-missing")


def main(program):
    with own_keyring() as keyring:
        os.environ.clear()
        os.environ.update(keyring.env)
        with rig.everything(program) as (engine, driver, home), rig.own_portal(engine) as (name, people):
            browser = driver.open_browser()
            sessions = [engine.new_session(person, home.url + "/back", direct=False) for person in people[:2]]
            faults = look_at_locked(engine, browser, keyring, sessions[0], name, people[0])
            faults += look_at_missing(engine, browser, keyring, sessions[1], name)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main(sys.argv[1])
