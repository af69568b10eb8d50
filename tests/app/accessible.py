# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program tells the accessibility bus, read at once: one call brings the whole tree, where asking each widget takes seconds."""
import os

from gi.repository import Gio, GLib

ROOT = "/org/a11y/atspi/accessible/root"
ATSPI = "org.a11y.atspi."
VISIBLE = 30  # among its states
ALL = 2**31 - 1  # GTK 4.8 takes -1 for none
LONGEST_MS = 120000  # that a program on a busy machine may take for an answer
GONE = {"org.freedesktop.DBus.Error." + name for name in ("UnknownMethod", "UnknownObject", "UnknownInterface")}


def is_gone(error):
    """Whether the program says that it has no such node: not yet, or not any more."""
    return Gio.DBusError.get_remote_error(error) in GONE


class Bus:
    """The accessibility bus of this desk, for the program with that process id."""

    def __init__(self, pid):
        self.pid = pid
        self.name = None
        session = connect(os.environ["DBUS_SESSION_BUS_ADDRESS"])
        address = session.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, 0, LONGEST_MS, None)
        session.close_sync(None)
        self.connection = connect(address.unpack()[0])

    def call(self, name, path, method, parameters=None):
        interface, _, method = method.rpartition(".")
        interface = interface if interface.startswith("org.freedesktop.") else ATSPI + interface
        return self.connection.call_sync(name, path, interface, method, parameters, None, 0, LONGEST_MS, None).unpack()

    def find(self):
        """→ whether the program is on the bus by now"""
        if self.name is None:
            for name, _ in self.call(ATSPI + "Registry", ROOT, "Accessible.GetChildren")[0]:
                if self.pid_of(name) == self.pid:
                    self.name = name
        return self.name is not None

    def pid_of(self, name):
        try:
            return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetConnectionUnixProcessID",
                             GLib.Variant("(s)", (name,)))[0]
        except GLib.Error:
            return None  # it went after the registry named it

    def items(self):
        """→ what the program keeps for readers, with its nodes' paths; nothing as long as it does not keep it"""
        try:
            return self.call(self.name, "/org/a11y/atspi/cache", "Cache.GetItems")[0]
        except GLib.Error as error:
            if is_gone(error):
                return []  # GTK names itself to the registry before it has its list
            raise

    def read(self):
        """→ the program's node with all below it, as they are now; None before it is there"""
        if not self.find():
            return None
        asked = set()
        while True:
            nodes = {own[1]: Node(self, own[1], name, role, states, interfaces)
                     for own, _, _, _, _, interfaces, name, role, _, states in self.items()}
            if ROOT not in nodes:
                return None
            # What is hidden still says where it was, and that it is visible: only those above know whom they show.
            below = self.call_all(nodes, "Accessible", "GetChildren")
            for path, children in below.items():
                nodes[path].children = [nodes[child] for _, child in children if child in nodes]
            unknown = {node.path for node in nodes[ROOT].walk() if len(node.children) < len(below.get(node.path, []))} - asked
            if not unknown:
                return nodes[ROOT]
            asked |= unknown
            self.make(unknown)

    def make(self, paths):
        """GTK makes an accessible when somebody asks for it, and knows no other: asks for what is visible below these."""
        while paths:
            children = [child for found in self.call_all(paths, "Accessible", "GetChildren").values() for _, child in found]
            states = self.call_all(children, "Accessible", "GetState")
            paths = [child for child, state in states.items() if state[0] >> VISIBLE & 1]

    def call_all(self, paths, interface, method, parameters=None):
        """→ {path: the answer}, without those that went meanwhile; asked together, as each answer takes its time"""
        found, late = {}, []
        left = len(paths)
        context = GLib.MainContext.new()

        def got(connection, result, path):
            nonlocal left
            left -= 1
            try:
                found[path] = connection.call_finish(result).unpack()[0]
            except GLib.Error as error:
                if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                    late.append(error)
        context.push_thread_default()
        for path in paths:
            self.connection.call(self.name, path, ATSPI + interface, method, parameters, None, 0, LONGEST_MS, None, got, path)
        while left > 0:
            context.iteration(True)
        context.pop_thread_default()
        if late:  # what is missing then is not gone
            raise late[0]
        return found

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)


class Node:
    """One accessible as it was when the tree was read; what it does, it does now."""

    def __init__(self, bus, path, name, role, states, interfaces):
        from gi.repository import Atspi
        nick = Atspi.Role(role).value_nick.replace("-", " ")
        self.bus, self.path, self.name, self.states = bus, path, name, states[0] | states[1] << 32
        self.interfaces = interfaces
        # As older versions of AT-SPI, and of GTK, have them too.
        self.role = {"button": "push button", "grouping": "panel"}.get(nick, nick)
        self.parent, self.children = None, []

    def has(self, state):
        """`visible`, `focused` and the others of AT-SPI."""
        from gi.repository import Atspi
        return bool(self.states >> int(getattr(Atspi.StateType, state.upper())) & 1)

    def walk(self):
        """It and all below it that is visible, from the top, with the other sides of its stacks: GTK 4.8 tells no more."""
        todo = [self]
        while todo:
            node = todo.pop()
            if node.has("visible") or node.role == "application":
                for child in node.children:  # a window that is gone may still claim it
                    child.parent = node
                yield node
                todo.extend(reversed(node.children))

    def words(self):
        """All texts of it and below it, a line each."""
        nodes = list(self.walk())
        with_text = [node.path for node in nodes if ATSPI + "Text" in node.interfaces]
        texts = self.bus.call_all(with_text, "Text", "GetText", GLib.Variant("(ii)", (0, ALL)))
        return "\n".join(text for node in nodes for text in (node.name, texts.get(node.path)) if text)

    def place(self):
        """→ x, y, width, height, in its window"""
        return self.bus.call(self.bus.name, self.path, "Component.GetExtents", GLib.Variant("(u)", (1,)))[0]

    def size(self):
        return self.place()[2:]

    def described(self):
        """What is said after its name: the tooltip, as a rule."""
        asked = GLib.Variant("(ss)", (ATSPI + "Accessible", "Description"))
        return self.bus.call(self.bus.name, self.path, "org.freedesktop.DBus.Properties.Get", asked)[0]

    def do_action(self, number):
        """→ whether it did: what is grey does nothing, and what went since the tree was read is not there"""
        try:
            return self.bus.call(self.bus.name, self.path, "Action.DoAction", GLib.Variant("(i)", (number,)))[0]
        except GLib.Error as error:
            if is_gone(error):
                return False
            raise


def connect(address):
    flags = Gio.DBusConnectionFlags
    return Gio.DBusConnection.new_for_address_sync(address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
