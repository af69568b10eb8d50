# SPDX-License-Identifier: GPL-3.0-or-later
"""A chartroom that the session bus starts: installed as the build says, under its own name, on folders of a home of its own."""
import os
import shlex
import shutil
import subprocess
import sys

import accessible
from apptest import CHARTROOM, ID, GLib, Window
from ctltest import wait_for

BUILT = os.environ["GSETTINGS_SCHEMA_DIR"]
LAUNCH = """import sys
from gi.repository import Gio
assert Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)
# The bus forgets what it was asked by who left before the program is there.
Gio.bus_get_sync(Gio.BusType.SESSION, None).call_sync(sys.argv[2], "/", "org.freedesktop.DBus.Peer", "Ping", None, None, 0, -1, None)"""


class Process:
    """What nobody here started, as if it were a child: the script around it writes how it ended."""

    def __init__(self, pid, log):
        self.pid, self.ended = pid, log + ".code"

    def poll(self):
        if os.path.exists(self.ended):
            with open(self.ended) as file:
                return int(file.read() or "0")
        return None

    def wait(self, seconds=60):
        wait_for(lambda: self.poll() is not None, seconds)
        return self.poll()

    def kill(self):
        os.kill(self.pid, 9)


class Started(Window):
    """The program once the bus has started it."""

    def __init__(self, pid, log):
        self.id, self.path, self.number = ID, "/" + ID.replace(".", "/"), 1
        self.log = open(log, "rb")
        self.child = Process(pid, log)
        self.bus = accessible.connect(os.environ["DBUS_SESSION_BUS_ADDRESS"])
        self.bus_of_names = None


class Home:
    """What an installation leaves for the bus and the desktop, and a home: its sandbox is a copy of a room's."""

    def __init__(self, desk, room):
        self.room, self.root = room, os.path.join(room.root, "home")
        self.log = os.path.join(room.root, "started")
        self.services = os.path.join(desk.root, "services")
        self.live = os.path.join(self.root, "share/chartroom/live")
        shutil.copytree(room.data, os.path.join(self.root, "share/chartroom/sandbox"), ignore=shutil.ignore_patterns("*.sock"))
        self.ctl("config", "set", "listen", "127.0.0.1:0")
        self.script = os.path.join(room.root, "chartroom")
        self.env = env = dict(room.env, XDG_DATA_HOME=os.path.join(self.root, "share"))
        if "CHARTROOM_PRELOAD" in os.environ:
            env["LD_PRELOAD"] = os.environ["CHARTROOM_PRELOAD"]
        lines = [f"export {name}={shlex.quote(value)}" for name, value in env.items() if name.isidentifier()]
        with open(self.script, "w") as file:
            file.write("\n".join(["#!/bin/sh", *lines, f"echo \"$*\" >>{self.log}.words; rm -f {self.log}.code",
                                  f"{CHARTROOM} \"$@\" >{self.log} 2>&1", f"echo $? >{self.log}.code"]) + "\n")
        os.chmod(self.script, 0o755)
        self.bus = accessible.connect(os.environ["DBUS_SESSION_BUS_ADDRESS"])
        self.install()

    def install(self):
        """The service as it was built, but for where the program is."""
        with open(os.path.join(BUILT, ID + ".service")) as file:
            text = file.read()
        name, line = [part.split("=", 1)[1] for part in text.splitlines()[1:]]
        assert name == ID, text
        program, words = line.split(" ", 1)
        assert os.path.basename(program) == "chartroom", text
        self.service = os.path.join(self.services, ID + ".service")
        with open(self.service, "w") as file:
            file.write(text.replace(program, self.script))
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None)

    def ctl(self, *words, secret=None):
        """A command for the live workspace, which is the one that the bus starts. → its document"""
        answer = self.room.run(*words, data=self.live, before=("--json",), secret=secret)
        assert answer.code == 0, answer.out + answer.err
        return answer.json()

    def call(self, name, path, interface, method, parameters):
        return self.bus.call_sync(name, path, interface, method, parameters, None, 0, accessible.LONGEST_MS, None).unpack()

    def is_running(self):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                         GLib.Variant("(s)", (ID,)))[0]

    def click(self, action, *target):
        """What a desktop does for a click on a notice that it kept, whether the program runs or not. → the program"""
        parameter = [GLib.Variant("(bss)", target)] if target else []
        self.call(ID, "/" + ID.replace(".", "/"), "org.freedesktop.Application", "ActivateAction",
                  GLib.Variant("(sava{sv})", (action, parameter, {})))
        return self.window()

    def launch(self):
        """As from the desktop's list of programs, which asks the bus. → the program"""
        env = dict(os.environ, PATH=os.path.dirname(self.script) + ":" + os.environ["PATH"])
        subprocess.run([sys.executable, "-c", LAUNCH, os.path.join(BUILT, ID + ".desktop"), ID], env=env, check=True, timeout=60)
        return self.window()

    def window(self):
        pid = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                        GLib.Variant("(s)", (ID,)))[0]
        window = Started(pid, self.log)
        self.room.windows.append(window)
        wait_for(window.here)
        return window

    def close(self):
        if self.is_running():
            self.window().close()
        os.unlink(self.service)
        self.bus.close_sync(None)
