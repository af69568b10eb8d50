# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports for servers that are told theirs before they listen."""
import random
import socket


def free_ports(n):
    """None of those that the system gives to whoever wants any: between here and the server's start somebody else could get it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        first, last = map(int, file.read().split())
    ports = [port for port in range(10241, 65000) if not first <= port <= last]
    random.shuffle(ports)
    sockets = []
    try:
        for port in ports:
            each = socket.socket()
            sockets.append(each)
            try:
                each.bind(("127.0.0.1", port))
            except OSError:
                sockets.pop().close()
            if len(sockets) == n:
                return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
    raise OSError("no port is free")
