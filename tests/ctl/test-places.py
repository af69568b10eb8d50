# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the pages answer: on this computer, unless somebody chose otherwise and it is safe."""
import os
import shutil
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request

from ctltest import CTL, Bench


@unittest.skipIf(shutil.which("openssl") is None, "openssl is not installed")
class Places(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        for name in ("own", "other"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                            self.path(name + ".key"), "-out", self.path(name + ".pem"), "-subj", "/CN=" + name, "-days", "2",
                            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.bench.root, name)

    def refused(self, *words, says):
        answer = self.ask(*words, code=4)
        self.assertIn(says, answer["error"]["message"])

    def test_refused(self):
        """Each with a sentence, and before anything listens."""
        pair = ("--tls-cert", self.path("own.pem"), "--tls-key")
        self.refused("serve", "--listen", "0.0.0.0:0", says="anybody on the way could read")
        self.refused("serve", "--listen", "0.0.0.0:0", "--public-url", "https://r.example", says="anybody on the way could read")
        self.refused("serve", "--listen", "127.0.0.1:0", "--public-url", "http://r.example", says="begins with http://")
        self.refused("serve", "--listen", "127.0.0.1:0", *pair[:2], says="go together")
        self.refused("serve", "--listen", "127.0.0.1:0", *pair, self.path("other.key"), says="another certificate")
        self.refused("serve", "--listen", "127.0.0.1:0", *pair, self.path("none"), says="No such file")
        self.refused("serve", "--listen", "0.0.0.0:0", *pair, self.path("own.key"), says="say in public-url")

    def test_settings(self):
        """A setting the next start would fail by is refused when it is set."""
        own = ("tls-cert", self.path("own.pem")), ("tls-key", self.path("own.key"))
        self.refused("config", "set", "listen", "0.0.0.0:8484", says="anybody on the way could read")
        self.refused("config", "set", "public-url", "http://r.example", says="begins with http://")
        self.refused("config", "set", "tls-cert", "own.pem", says="a whole path")
        for key, value in own:
            self.ask("config", "set", key, value)
        self.refused("config", "set", "listen", "0.0.0.0:8484", says="say in public-url")
        self.ask("config", "set", "public-url", "https://r.example")
        self.ask("config", "set", "listen", "0.0.0.0:8484")
        self.refused("config", "set", "tls-cert", "", says="go together")
        self.ask("config", "set", "listen", "")
        self.ask("config", "set", "tls-cert", "")
        self.ask("config", "set", "tls-key", "")
        self.ask("config", "set", "public-url", "")
        self.assertTrue(self.bench.serve().startswith("http://127.0.0.1:"))

    def test_tls(self):
        """The pages over TLS; plain http on that port gets nothing."""
        server = self.bench.spawn(CTL, "--data-dir", self.bench.data, "serve", "--listen", "127.0.0.1:0", "--tls-cert",
                                  self.path("own.pem"), "--tls-key", self.path("own.key"))
        url = self.bench.listening(server)
        self.assertTrue(url.startswith("https://127.0.0.1:"))
        session = self.ask("session", "create", "p-1", "--return-url", "https://c.example/")
        self.assertTrue(session["url"].startswith(url + "/c/"))
        trust = ssl.create_default_context(cafile=self.path("own.pem"))
        with urllib.request.urlopen(session["url"], context=trust, timeout=20) as reply:
            self.assertIn("Connect your records", reply.read().decode())
        with self.assertRaises(OSError):
            urllib.request.urlopen(session["url"].replace("https:", "http:"), timeout=20)
        self.assertEqual(self.bench.end(server), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
