# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a built chartroom from the outside: a display, a bus and a folder of its own, actions over the bus."""
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ctl"))
SKIP = 77
IN_USE = 7  # what chartroomctl ends with then
ID = "io.github.chartroom.Chartroom"
BUS = """<busconfig><type>session</type><listen>unix:tmpdir={root}</listen><auth>EXTERNAL</auth>
<servicedir>{services}</servicedir><policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


def skip(words):
    print("skipped: " + words)
    sys.exit(SKIP)


try:
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Gio, GLib
except (ImportError, ValueError):
    skip("the GObject bindings of Python, or those of AT-SPI, are not installed")

import accessible  # noqa: E402  (needs what was skipped for above)
import ctltest  # noqa: E402  (needs the path above)
from ctltest import Bench, wait_for  # noqa: E402

# What never comes is told before the runner's own limit, whatever else its file waited for.
ctltest.PATIENCE = 150

CHARTROOM = os.environ["CHARTROOM"]

# libadwaita's AdwMessageDialog looks for its size by measuring labels for less than they need, which GTK tells since 4.18.
TOOLKITS_OWN = re.compile(r"Trying to measure GtkLabel 0x[0-9a-f]+ for width of \d+, but it needs at least \d+")


class Desk:
    """A screen and a bus which can start the accessibility bus and nothing else."""

    def __init__(self, size="1280x900"):
        for tool in ("Xvfb", "dbus-daemon"):
            if not shutil.which(tool):
                skip(tool + " is not installed")
        self.root = tempfile.mkdtemp(prefix="chartroom-desk-")
        services = os.path.join(self.root, "services")
        os.mkdir(services)
        self.has_labels = os.path.exists("/usr/share/dbus-1/services/org.a11y.Bus.service")
        if self.has_labels:
            os.symlink("/usr/share/dbus-1/services/org.a11y.Bus.service", os.path.join(services, "org.a11y.Bus.service"))
        runtime = os.path.join(self.root, "run")
        os.mkdir(runtime, 0o700)
        config = os.path.join(self.root, "session.conf")
        with open(config, "w") as file:
            file.write(BUS.format(root=self.root, services=services))
        self.children = []
        for name in ("WAYLAND_DISPLAY", "XAUTHORITY", "GTK_A11Y", "DBUS_SESSION_BUS_PID"):
            os.environ.pop(name, None)
        os.environ.update(XDG_RUNTIME_DIR=runtime, HOME=self.root, XDG_DATA_HOME=os.path.join(self.root, "share"),
                          XDG_CONFIG_HOME=os.path.join(self.root, "config"), XDG_CACHE_HOME=os.path.join(self.root, "cache"),
                          GSETTINGS_BACKEND="keyfile", GSK_RENDERER="cairo", GDK_BACKEND="x11")
        os.environ["DISPLAY"] = ":" + self.start("Xvfb", "-displayfd", "1", "-screen", "0", size + "x24", "-nolisten", "tcp",
                                                 "-noreset", "-r")  # a key that is held for long on a busy machine is one key
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = self.start("dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile",
                                                            "--print-address=1")
        self.write("config/gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=false\ngtk-cursor-blink=false\ngtk-print-backends=file\n"
                   "gtk-decoration-layout=:close\n")

    def start(self, *line):
        """→ the first line it writes"""
        child = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.children.append(child)
        first = child.stdout.readline().decode().strip()
        if not first:
            skip(line[0] + " does not start here")
        return first

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def settings(self, **values):
        lines = [f"{key.replace('_', '-')}={value}" for key, value in values.items()]
        self.write("config/glib-2.0/settings/keyfile", "[io/github/chartroom/Chartroom]\n" + "\n".join(lines) + "\n")

    def read_settings(self):
        with open(os.path.join(self.root, "config/glib-2.0/settings/keyfile")) as file:
            return dict(line.strip().split("=", 1) for line in file if "=" in line)

    def close(self):
        for child in reversed(self.children):
            child.terminate()
            child.wait()
            child.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Window:
    """A chartroom that runs; its words on screen and its actions."""

    def __init__(self, folder, env, *more, name=None):
        self.id = ID + ".w" + hashlib.sha256((name or folder).encode()).hexdigest()[:16]
        self.path = "/" + self.id.replace(".", "/").replace("-", "_")
        self.log = tempfile.TemporaryFile()
        if "CHARTROOM_PRELOAD" in os.environ:
            env = dict(env, LD_PRELOAD=os.environ["CHARTROOM_PRELOAD"])
        self.child = subprocess.Popen([CHARTROOM, "--data-dir", name or folder, *more], env=env, stdin=subprocess.DEVNULL,
                                      stdout=self.log, stderr=self.log)
        self.bus = accessible.connect(os.environ["DBUS_SESSION_BUS_ADDRESS"])
        self.bus_of_names = None
        self.number = 1

    def call(self, path, method, parameters, reply=None):
        return self.bus.call_sync(self.id, path, "org.gtk.Actions", method, parameters, reply, 0, accessible.LONGEST_MS, None)

    def here(self):
        """Whether the window has its actions on the bus by now."""
        if self.child.poll() is not None:
            raise AssertionError("chartroom ended: " + self.said())
        try:
            return "section" in self.call(f"{self.path}/window/{self.number}", "List", None)[0]
        except GLib.Error:
            return False

    def do(self, action, *target):
        """win.ACTION, or app.ACTION, with strings as its target."""
        where, name = action.split(".")
        value = []
        if len(target) == 1:
            value = [GLib.Variant("s", target[0])]
        elif target:
            value = [GLib.Variant("(" + "s" * len(target) + ")", target)]
        path = self.path + (f"/window/{self.number}" if where == "win" else "")
        self.call(path, "Activate", GLib.Variant("(sava{sv})", (name, value, {})))

    def at_once(self, *actions):
        """Actions of the window, (ACTION, its target)…, which it is told of in one turn: none has come far when the next one begins."""
        os.kill(self.child.pid, signal.SIGSTOP)
        for name, *target in actions:
            words = GLib.Variant("(sava{sv})", (name, [GLib.Variant("s", each) for each in target], {}))
            self.bus.call(self.id, f"{self.path}/window/{self.number}", "org.gtk.Actions", "Activate", words, None, 0,
                          accessible.LONGEST_MS, None)
        self.bus.flush_sync(None)
        os.kill(self.child.pid, signal.SIGCONT)

    def can(self, action):
        """Whether an action of the window may be taken now."""
        answer = self.call(f"{self.path}/window/{self.number}", "Describe", GLib.Variant("(s)", (action,)))
        return answer.unpack()[0][0]

    def screen(self):
        """→ the program as a screen reader has it now; None before it has any"""
        if self.bus_of_names is None:
            self.bus_of_names = accessible.Bus(self.child.pid)
        try:
            return self.bus_of_names.read()
        except GLib.Error as error:
            if self.child.poll() is None:
                raise
            raise AssertionError("chartroom ended: " + self.said()) from error

    def top(self):
        """The window or dialog that came last, which has the keys."""
        screen = self.screen()
        return ([frame for frame in screen.children if frame.has("visible")] or [None])[-1] if screen else None

    def walk(self, visit, top=None):
        """Shows every accessible that is visible to a function, from the top. → the first answer that is one"""
        top = top or self.screen()
        return next(filter(None, map(visit, top.walk())), None) if top else None

    def words(self):
        """All texts on screen."""
        screen = self.screen()
        return screen.words() if screen else ""

    def says(self, text, seconds=20, also=()):
        """Waits until the text, and what is said with it, is on screen at once: some of it comes later, or is read earlier. → all texts"""
        seen, left = [""], []

        def look():
            seen[0] = self.words()
            left[:] = [each for each in (text, *also) if not (each.search(seen[0]) if isinstance(each, re.Pattern) else each in seen[0])]
            return not left
        try:
            wait_for(look, seconds)
        except AssertionError:
            raise AssertionError(f"{left} is not on screen, but: {sorted(set(seen[0].splitlines()))}\n{self.said()}") from None
        return seen[0]

    def find(self, name, role=None, seconds=20):
        """The accessible whose name has these words, and that role (its name in AT-SPI)."""
        def look(node):
            return node if name in node.name.replace("_", "") and role in (None, node.role) else None
        try:
            return wait_for(lambda: self.walk(look), seconds)
        except AssertionError:
            raise AssertionError(f"no {role} “{name}” among {self.tree()}\n{self.said()}") from None

    def tree(self):
        """What a screen reader has: (role, name) of all there is."""
        found = []
        self.walk(lambda node: found.append((node.role, node.name)))
        return [each for each in found if each[1]]

    def type(self, *keys):
        """Keys as a person presses them: `Tab`, `alt+2`, `a`."""
        if not shutil.which("xdotool"):
            raise unittest.SkipTest("xdotool is not installed")
        subprocess.run(["xdotool", "key", "--delay", "40", *keys], check=True, timeout=120)
        self.take_keys(len(keys))

    def write(self, text):
        """Types it where the focus is."""
        subprocess.run(["xdotool", "type", "--delay", "20", text], check=True, timeout=240)
        self.take_keys(len(text))

    def take_keys(self, n):
        """Waits until the program has so many keys: it looks at one event of the screen, at least, before it answers once."""
        try:
            for _ in range(2 * n + 8):
                self.call(self.path, "List", None)
        except GLib.Error:
            pass  # it ends by what was typed

    def focus(self, name, role):
        """Tabs until the accessible says that it has the focus: each one is in reach of the keyboard."""
        def look(node):
            return node if name in node.name.replace("_", "") and role == node.role and node.has("focused") else None
        self.find(name, role)
        for _ in range(40):
            found = self.walk(look, self.top())
            if found:
                return found
            self.type("Tab")
        raise AssertionError(f"Tab does not lead to the {role} “{name}”")

    def enter(self, name, text):
        """Tabs to the entry of that name and types over what is in it."""
        self.focus(name, "text")
        self.type("ctrl+a")
        self.write(text)

    def click(self, name, role="push button", seconds=20):
        """Presses what `find` finds, as soon as it can be pressed."""
        wait_for(lambda: self.find(name, role, seconds).do_action(0), seconds)

    def press(self, name, seconds=20):
        """Presses the button of that name, or with that word in it; one with a mnemonic is called `_Name Name`."""
        def find(node):
            text = node.name.replace("_", "")
            return node if name in (text, text[:len(text) // 2], *text.split(" ")) and node.role in ("push button", "toggle button") else None
        try:
            wait_for(lambda: (button := self.walk(find)) and button.do_action(0), seconds)
        except AssertionError:
            raise AssertionError(f"“{name}” cannot be pressed among {self.tree()}\n{self.said()}") from None

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def quit(self):
        """→ what it wrote"""
        try:
            if self.child.poll() is None:
                self.do("app.quit")
        except GLib.Error:
            pass  # it was about to end: whether it does is seen now
        code = self.child.wait(240)
        text = "\n".join(line for line in self.said().splitlines() if not TOOLKITS_OWN.search(line))
        self.close()
        assert code == 0, f"chartroom ended with {code}: {text}"
        return text

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if not self.bus.is_closed():
            self.bus.close_sync(None)
        if self.bus_of_names:
            self.bus_of_names.close()
        self.log.close()


class InUse(AssertionError):
    """A command waited for its turn, and a window still had the folder without being ready for it."""


class Room(Bench):
    """A folder with the window on it, and chartroomctl beside."""

    def __init__(self, like=None):
        super().__init__()
        if like:
            shutil.copytree(like.data, self.data, ignore=shutil.ignore_patterns("*.sock"))
            shutil.copy(os.path.join(like.root, "keyring"), self.root)
        self.windows = []

    def open(self, *more, env=None, name=None):
        window = Window(self.data, env or self.env, *more, name=name)
        self.windows.append(window)
        wait_for(window.here)
        return window

    def sandbox(self, *more, **options):
        return self.open("--sandbox", *more, **options)

    def ctl(self, *words, code=0, **more):
        """A command in the sandbox. → its document"""
        answer = self.run(*words, before=("--sandbox", "--json"), **more)
        if answer.code == IN_USE != code:
            raise InUse(f"{words}: {answer.out[:600]}")
        assert answer.code == code, f"{words}: {answer.code}: {answer.out[:600]} {answer.err[:600]}"
        return answer.json()

    def find_portal(self):
        """The sandbox's address, as the source has it."""
        url = self.ctl("source", "list")["data"][0]["fhir_base_url"]
        self.portal = url[:url.index("/portal")]
        return self.portal

    def demo(self):
        """Twelve patients, connected and pulled, delivered to both destinations."""
        self.ctl("config", "set", "listen", "127.0.0.1:0")
        answer = self.run("demo", "--keep", self.data)
        assert answer.code == 0, answer.err

    def close(self):
        for window in self.windows:
            window.close()
        super().close()


def ready(room):
    """Until the portal of the sample patients answers: the word about it is gone too soon for a slow machine."""
    def answers():
        try:
            return room.find_portal() and room.about()
        except (IndexError, InUse, OSError):
            return None
    return wait_for(answers)
