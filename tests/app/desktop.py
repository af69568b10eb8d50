# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop's side: services that the window asks on the session bus."""
import os
import threading

from apptest import Gio, GLib

NOTIFICATIONS = """<node><interface name="org.freedesktop.Notifications">
<method name="GetCapabilities"><arg direction="out" type="as"/></method>
<method name="GetServerInformation"><arg direction="out" type="s"/><arg direction="out" type="s"/>
<arg direction="out" type="s"/><arg direction="out" type="s"/></method>
<method name="Notify"><arg direction="in" type="s"/><arg direction="in" type="u"/><arg direction="in" type="s"/>
<arg direction="in" type="s"/><arg direction="in" type="s"/><arg direction="in" type="as"/><arg direction="in" type="a{sv}"/>
<arg direction="in" type="i"/><arg direction="out" type="u"/></method>
<method name="CloseNotification"><arg direction="in" type="u"/></method>
<signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal></interface></node>"""
POLKIT = """<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization">
<arg direction="in" type="(sa{sv})"/><arg direction="in" type="s"/><arg direction="in" type="a{ss}"/>
<arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="out" type="(bba{ss})"/></method></interface></node>"""

BACKGROUND = """<node><interface name="org.freedesktop.portal.Background"><method name="RequestBackground">
<arg direction="in" type="s"/><arg direction="in" type="a{sv}"/><arg direction="out" type="o"/></method></interface></node>"""


class Service:
    """A name on the session bus with one object."""

    def __init__(self, name, path, xml):
        self.name, self.path, self.xml, self.ready = name, path, xml, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        assert self.ready.wait(120), name + " is not on the bus"

    def run(self):
        context = GLib.MainContext()
        context.push_thread_default()
        self.bus = Gio.DBusConnection.new_for_address_sync(
            os.environ["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        interface = Gio.DBusNodeInfo.new_for_xml(self.xml).interfaces[0]
        self.bus.register_object(self.path, interface, self.call, None, None)
        answer = self.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                    GLib.Variant("(su)", (self.name, 4)), None, 0, 60000, None).unpack()[0]
        self.loop = GLib.MainLoop.new(context, False)
        if answer == 1:  # nobody else has the name
            self.ready.set()
        self.loop.run()
        self.bus.close_sync(None)

    def close(self):
        """The name is free for the next test afterwards."""
        end = GLib.Idle()
        end.set_callback(lambda *_: self.loop.quit())
        end.attach(self.loop.get_context())
        self.thread.join(60)


class Notices(Service):
    """Notices: what is asked to be shown, and a click on it."""

    def __init__(self):
        self.got = []
        super().__init__("org.freedesktop.Notifications", "/org/freedesktop/Notifications", NOTIFICATIONS)

    def call(self, bus, sender, path, interface, method, parameters, invocation):
        if method == "Notify":
            app, replaces, icon, title, body, actions, hints, timeout = parameters.unpack()
            number = replaces or len(self.got) + 1
            invocation.return_value(GLib.Variant("(u)", (number,)))
            # Nobody clicks on a notice before its program has been told the number.
            self.got.append((number, title, body, actions))
        elif method == "GetServerInformation":
            invocation.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["actions", "body"],)))
        else:
            invocation.return_value(None)

    def click(self, number):
        self.bus.emit_signal(None, "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "ActionInvoked",
                             GLib.Variant("(us)", (number, "default")))


class Polkit(Service):
    """The system's authority: answers as it is told to."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []
        super().__init__("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority", POLKIT)

    def call(self, bus, sender, path, interface, method, parameters, invocation):
        self.asked.append(parameters.unpack())
        invocation.return_value(GLib.Variant("((bba{ss}))", ((self.answer, False, {}),)))


class Background(Service):
    """The portal for what goes on without a window: answers a request by its handle, with (code, results), or not at all."""

    def __init__(self, answer=None):
        self.answer, self.asked = answer, []
        super().__init__("org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", BACKGROUND)

    def call(self, bus, sender, path, interface, method, parameters, invocation):
        window, options = parameters.unpack()
        self.asked.append(options)
        if self.answer == "no such portal":
            invocation.return_dbus_error("org.freedesktop.DBus.Error.UnknownMethod", "There is none")
            return
        handle = f"{path}/request/{sender[1:].replace('.', '_')}/{options['handle_token']}"
        invocation.return_value(GLib.Variant("(o)", (handle,)))
        code, has_it = self.answer or (0, options["autostart"])
        results = {"background": GLib.Variant("b", code == 0), "autostart": GLib.Variant("b", has_it)}
        bus.emit_signal(sender, handle, "org.freedesktop.portal.Request", "Response", GLib.Variant("(ua{sv})", (code, results)))
