# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program that is told what happens."""
import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

from ctltest import wait_for


class Receiver(http.server.ThreadingHTTPServer):
    """Answers as told, and keeps what it got."""
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.answers, self.lock = [], [], threading.Lock()
        self.connections = []  # one for each that came, the same for those that came over the same
        self.answer = (200, {}, b"ok", 0)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    def close(self):
        self.shutdown()
        self.server_close()

    def ids(self):
        with self.lock:
            return [json.loads(body)["id"] for _, body in self.got]

    def wait(self, n):
        return wait_for(lambda: len(self.got) >= n, 30)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            return  # the sender was killed in the middle of it
        with self.server.lock:
            self.server.got.append((self.headers, body))
            self.server.connections.append(self.connection)
            status, headers, text, delay = self.server.answers.pop(0) if self.server.answers else self.server.answer
        time.sleep(delay)
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            pass  # it was not waited for

    def log_message(self, *_):
        pass


def contract_signature(secret, at, body):
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def standard_signature(secret, ident, at, body):
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    text = f"{ident}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
