# SPDX-License-Identifier: GPL-3.0-or-later
"""What the computer says of itself: that it goes to sleep, that there is no network. The sleep is announced by a login1 on a system bus of
this test's own; the network is the kernel's, in a name space of this test's own, where the only route out goes and comes back."""
import json
import os
import shutil
import subprocess
import sys
import time
import unittest

SKIP = 77
try:
    from gi.repository import Gio, GLib
except ImportError:
    print("skipped: the GObject bindings of Python are not installed")
    sys.exit(SKIP)

from ctltest import CTL, Bench, Visitor, wait_for  # noqa: E402

FINAL = ("complete", "partial", "failed", "cancelled")
LOGIN = "org.freedesktop.login1"
BUS = """<busconfig><type>session</type><listen>unix:tmpdir={root}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""


def route(verb):
    """The way to everywhere: with it there is a network, without it none. What is on this computer can be reached all the same."""
    subprocess.run(["ip", "route", verb, "default", "dev", "lo"], check=True, capture_output=True)


def in_own_network():
    """Runs again where it may change the network; → the exit code, None when it is there already or cannot be"""
    if os.environ.get("CHARTROOM_TEST_NET"):
        return None
    enter = ["unshare", "--user", "--map-root-user", "--net"] if os.getuid() else ["unshare", "--net"]
    try:
        subprocess.run(enter + ["sh", "-c", "ip link set lo up && ip route add default dev lo"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    line = ["sh", "-c", 'ip link set lo up && ip route add default dev lo && exec "$@"', "sh", sys.executable, *sys.argv]
    return subprocess.call(enter + line, env=dict(os.environ, CHARTROOM_TEST_NET="1"))


class System:
    """A system bus with a login1 that announces sleeps."""

    def __init__(self, root):
        if not shutil.which("dbus-daemon"):
            print("skipped: dbus-daemon is not installed")
            sys.exit(SKIP)
        config = os.path.join(root, "system.conf")
        with open(config, "w") as file:
            file.write(BUS.format(root=root))
        self.daemon = subprocess.Popen(["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile", "--print-address=1"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.address = self.daemon.stdout.readline().decode().strip()
        self.bus = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                           GLib.Variant("(su)", (LOGIN, 0)), None, 0, 10000, None)

    def sleep(self, is_asleep):
        self.bus.emit_signal(None, "/org/freedesktop/login1", LOGIN + ".Manager", "PrepareForSleep", GLib.Variant("(b)", (is_asleep,)))
        self.bus.flush_sync(None)

    def close(self):
        self.bus.close_sync(None)
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()


class Outside(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.system = System(self.bench.root)
        self.addCleanup(self.system.close)
        self.bench.env.update(DBUS_SYSTEM_BUS_ADDRESS=self.system.address, GIO_USE_NETWORK_MONITOR="netlink")
        self.sandbox = self.bench.start_sandbox()
        about = self.bench.about()
        self.person = about["patients"][3]
        self.id = self.person["clinic_id"]
        self.source = self.bench.add_portal(about["portal"])
        self.bench.add_person(self.person)
        self.bench.serve()

    def connect(self):
        session = self.ask("session", "create", self.id, "--source", self.source, "--return-url", "https://c.example/")
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))

    def latest(self):
        return self.ask("pull", "list", self.id)["data"][0]

    def paths(self):
        return {line["path"] for line in json.loads(self.bench.http("GET", "/_sandbox/log"))["requests"]}

    def requests(self):
        return json.loads(self.bench.http("GET", "/_sandbox/log"))["seen"]

    def quiet(self):
        """→ how many requests there were, once no more come: each took two seconds, and another came then"""
        before = self.requests()
        time.sleep(4)
        return (before,) if self.requests() == before else None

    def test_L08_sleep(self):
        """In the middle of a pull: nothing is asked while it sleeps, nothing counts as failed, and the same pull goes on."""
        self.bench.fault("slow", delay_ms=2000)
        self.connect()
        wait_for(lambda: "/portal/fhir/Observation" in self.paths(), 60)
        pull = self.latest()
        self.assertEqual(pull["status"], "running")
        self.system.sleep(True)
        before = wait_for(self.quiet, 60)[0]
        held = self.latest()
        self.assertEqual(held["id"], pull["id"])
        self.assertNotIn(held["status"], FINAL)
        self.ask("pull", "start", self.id)  # joins it, and does not wake it
        time.sleep(1)
        self.assertEqual(self.requests(), before)

        self.bench.no_faults()
        self.system.sleep(False)
        done = wait_for(lambda: self.latest() if self.latest()["status"] in FINAL else None, 60)
        self.assertEqual((done["id"], done["status"], done["failed"]), (pull["id"], "complete", 0))
        self.assertEqual(done["new"], done["received"])  # each page once
        self.assertEqual(len(self.ask("pull", "list", self.id)["data"]), 1)
        self.assertEqual(self.bench.end(self.bench.server), 0)

    def test_network(self):
        """Lost, a pull waits and no portal is to blame; found again, it goes on at once and not when its wait is over."""
        if not os.environ.get("CHARTROOM_TEST_NET"):
            self.skipTest("a network cannot be made here")
        self.connect()
        wait_for(lambda: self.latest()["status"] == "complete")
        route("del")
        time.sleep(3)
        port = self.bench.portal.rsplit(":", 1)[1]
        self.bench.end(self.sandbox)
        pull = self.ask("pull", "start", self.id)["data"][0]
        waiting = wait_for(lambda: self.latest() if self.latest()["status"] == "waiting" else None, 120)
        self.assertEqual((waiting["id"], waiting["waiting_for"]), (pull["id"], "offline"))
        self.assertEqual(self.ask("status").get("outages", []), [])
        self.sandbox = self.bench.spawn(CTL, "sandbox", "--listen", "127.0.0.1:" + port, "--state", os.path.join(self.bench.root, "sandbox"))
        self.bench.listening(self.sandbox)
        time.sleep(2)
        self.assertEqual(self.latest()["status"], "waiting")
        began = time.monotonic()
        route("add")
        done = wait_for(lambda: self.latest() if self.latest()["status"] in FINAL else None, 60)
        self.assertEqual((done["id"], done["status"]), (pull["id"], "complete"))
        self.assertLess(time.monotonic() - began, 25)
        self.assertEqual(self.bench.end(self.bench.server), 0)


if __name__ == "__main__":
    code = in_own_network()
    if code is not None:
        sys.exit(code)
    unittest.main(verbosity=2)
