# SPDX-License-Identifier: GPL-3.0-or-later
"""Another program is told what happened: what counts is what a receiver of its own got."""
import json
import os
import signal
import socket
import sqlite3
import time
import unittest

from ctltest import Bench, Visitor, wait_for
from receiver import Receiver, contract_signature, standard_signature

SESSION, SYNC = "patient_session.completed", "records.sync.completed"


class Webhooks(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.close)
        self.ask = self.bench.ask
        self.bench.start_sandbox()
        portal, self.person = self.bench.about()["portal"], self.bench.about()["patients"][4]
        self.source = self.bench.add_portal(portal)
        self.patient = self.person["clinic_id"]
        self.bench.add_person(self.person)
        self.receiver = self.receive()

    def receive(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        return receiver

    def add(self, receiver=None, *events, more=("--allow-private",), code=0):
        words = [word for event in events for word in ("--events", event)]
        return self.ask("webhook", "add", (receiver or self.receiver).url, *words, *more, code=code)

    def connect(self, metadata=()):
        session = self.ask("session", "create", self.patient, "--source", self.source, "--return-url",
                           "https://clinic.example/back", *metadata)
        self.assertIn("success=true", Visitor().sign_in(session["url"], self.person))
        return session["id"]

    def show(self, webhook):
        return self.ask("webhook", "show", webhook["id"])

    def events(self, webhook, *more):
        return self.ask("webhook", "events", webhook["id"], *more)["data"]

    def settled(self, webhook, n=1):
        """Once so many of its events are neither new nor on their way."""
        return wait_for(lambda: (lambda e: e if len(e) >= n and all(x["attempts"] > 0 for x in e) else None)(
            self.events(webhook)), 60)

    def hasten(self, sql="UPDATE delivery SET next_ms = 1 WHERE status = 'pending'"):
        """Time passes: the engine is stopped meanwhile."""
        self.bench.end(self.bench.server)
        with sqlite3.connect(os.path.join(self.bench.data, "chartroom.db")) as db:
            db.execute(sql)
        db.close()
        self.bench.serve()

    def test_envelope_and_signatures(self):
        self.bench.serve()
        webhook = self.add()
        self.assertRegex(webhook["secret"], r"^whsec_[A-Za-z0-9]{40}$")
        self.assertEqual((webhook["status"], webhook["events"], webhook["api_version"]), ("active", ["*"], "2026-04-25"))
        self.assertNotIn("secret", self.show(webhook))
        session = self.connect()
        self.receiver.wait(2)
        types = {}
        for headers, body in self.receiver.got:
            at = headers["Medblocks-Signature"].split(",")[0].removeprefix("t=")
            self.assertLess(abs(int(at) - time.time()), 60)
            self.assertEqual(headers["Medblocks-Signature"], f"t={at},v1={contract_signature(webhook['secret'], at, body)}")
            event = json.loads(body)
            self.assertEqual(headers["webhook-id"], event["id"])
            self.assertEqual(headers["webhook-timestamp"], at)
            self.assertEqual(headers["webhook-signature"], standard_signature(webhook["secret"], event["id"], at, body))
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(list(event), ["id", "object", "type", "api_version", "created_at", "data"])
            self.assertEqual((event["object"], event["api_version"]), ("event", "2026-04-25"))
            self.assertRegex(event["id"], "^evt_[0-9A-Z]{26}$")
            self.assertRegex(event["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            types[event["type"]] = event["data"]["object"]
        self.assertEqual(types[SESSION]["id"], session)
        self.assertEqual((types[SESSION]["resource_type"], types[SESSION]["status"]), ("patient_session", "complete"))
        sync = types[SYNC]
        self.assertEqual((sync["resource_type"], sync["patient_id"], sync["connection_id"]), ("records_sync", self.patient, self.source))
        self.assertEqual(set(sync), {"resource_type", "patient_id", "connection_id", "total", "errors", "duration_ms"})
        log = self.settled(webhook, 2)
        self.assertEqual({e["status"] for e in log}, {"delivered"})
        for event in log:
            self.assertEqual((event["last_status_code"], event["last_response_body"], event["attempts"]), (200, "ok", 1))
            self.assertIsNone(event["next_attempt_at"])
            self.assertIsNotNone(event["delivered_at"])
        self.assertEqual(self.events(webhook, "--delivered", "false"), [])

    def test_what_fails_is_told(self):
        """The two events of failure, with what the contract says of each; the second names the patient too."""
        self.bench.serve()
        self.add()
        self.bench.fault("token-lifetime", seconds=1)
        self.connect()
        self.object_of(SYNC)
        self.bench.fault("status", status=400)
        self.bench.run("pull", "start", self.patient)
        told = self.object_of("records.sync.failed")
        self.assertEqual(set(told), {"resource_type", "patient_id", "connection_id", "error_message"})
        self.assertEqual((told["resource_type"], told["patient_id"], told["connection_id"]),
                         ("records_sync", self.patient, self.source))
        self.assertGreater(len(told["error_message"]), 10)
        self.bench.no_faults()
        self.bench.fault("refuse-refresh")
        time.sleep(1.5)
        self.bench.run("pull", "start", self.patient)
        told = self.object_of("connection.token_refresh_failed")
        self.assertEqual(set(told), {"id", "patient_id", "connection_id", "status", "failure_code", "failure_at", "created_at"})
        self.assertEqual((told["patient_id"], told["connection_id"], told["status"]), (self.patient, self.source, "refresh_failed"))
        self.assertRegex(told["id"], "^conn_[0-9A-Z]{26}$")

    def object_of(self, kind):
        """What an event of the kind carried, once it came."""
        return wait_for(lambda: next((event["data"]["object"] for event in (json.loads(body) for _, body in list(self.receiver.got))
                                      if event["type"] == kind), None), 60)

    def test_connections_are_kept(self):
        """One for many, and another once the receiver has closed it; that is no failed attempt."""
        self.bench.serve()
        webhook = self.add()
        for _ in range(3):
            self.ask("webhook", "test", webhook["id"])
        self.assertEqual(len(set(self.receiver.connections)), 1)
        self.receiver.connections[0].shutdown(socket.SHUT_RDWR)
        done = self.ask("webhook", "test", webhook["id"])
        self.assertEqual((done["status"], done["attempts"]), ("delivered", 1))
        self.assertEqual(len(set(self.receiver.connections)), 2)

    def test_only_what_was_chosen(self):
        self.bench.serve()
        webhook = self.add(None, SYNC)
        self.connect()
        self.receiver.wait(1)
        self.settled(webhook)
        self.assertEqual([json.loads(body)["type"] for _, body in self.receiver.got], [SYNC])

    def test_bad_input(self):
        for words, said in ((("ftp://clinic.example/x",), "url"), (("https://u:p@clinic.example/",), "url"),
                            (("https://clinic.example/#x",), "#"), (("http://clinic.example/",), "encryption"),
                            (("https://clinic.example/", "--events", "patient.created"), "patient.created"),
                            (("https://clinic.example/", "--events", "*", "--events", SYNC), "alone"),
                            (("https://clinic.example/", "--events", SYNC, "--events", SYNC), "twice"),
                            (("https://clinic.example/", "--description", "x" * 501), "description")):
            with self.subTest(words=words):
                error = self.ask("webhook", "add", *words, code=4)["error"]
                self.assertIn(said, error["message"])
        self.assertEqual(self.ask("webhook", "list")["data"], [])
        for verb in ("show", "enable", "disable", "rotate-secret", "test", "remove"):
            self.ask("webhook", verb, "wh_01ARZ3NDEKTSV4RRFFQ69G5FAV", code=3)
        self.ask("webhook", "redeliver", "evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", code=3)

    def test_W01_status_and_deadline_count(self):
        self.bench.serve()
        receiver = self.receiver
        receiver.answer = (302, {"Location": receiver.url + "/elsewhere"}, b"", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        event = self.settled(webhook)[0]
        self.assertEqual((event["status"], event["last_status_code"]), ("pending", 302))
        self.assertIn("not followed", event["last_error"])
        self.assertEqual(len(receiver.got), 1)
        receiver.answer = (200, {}, b"error: not understood", 0)
        done = self.ask("webhook", "redeliver", event["id"])
        self.assertEqual((done["status"], done["attempts"], done["last_response_body"]), ("delivered", 2, "error: not understood"))
        receiver.answer = (200, {}, b"late", 120)
        began = time.monotonic()
        late = self.ask("webhook", "test", webhook["id"], code=1)
        self.assertLess(time.monotonic() - began, 60)
        self.assertIsNone(late["last_status_code"])
        self.assertIn("too long", late["last_error"])

    def test_a_long_answer_is_cut(self):
        self.bench.serve()
        self.receiver.answer = (500, {}, "é".encode() * 50000 + b"\0", 0)
        webhook = self.add()
        done = self.ask("webhook", "test", webhook["id"], code=1)
        self.assertEqual(done["last_status_code"], 500)
        self.assertEqual(done["last_response_body"], "é" * 2048)

    def test_W02_gone_disables_at_once(self):
        self.bench.serve()
        self.receiver.answer = (410, {}, b"", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        wait_for(lambda: self.show(webhook)["status"] == "disabled", 30)
        self.assertEqual(self.show(webhook)["disabled_reason"], "gone")
        n = len(self.receiver.got)
        self.connect()
        time.sleep(1)
        self.assertEqual(len(self.receiver.got), n)

    def test_W03_patience_is_honoured(self):
        self.bench.serve()
        self.receiver.answer = (429, {"Retry-After": "7200"}, b"", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        event = self.settled(webhook)[0]
        wait_s = self.seconds(event["next_attempt_at"]) - time.time()
        self.assertTrue(7000 < wait_s < 7300, wait_s)
        self.connect()  # its event waits behind the same gate
        time.sleep(1)
        self.assertEqual(len(self.receiver.got), 1)

    @staticmethod
    def seconds(text):
        import datetime
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    def test_W04_rotated_while_attempts_wait(self):
        self.bench.serve()
        self.receiver.answer = (500, {}, b"", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        self.settled(webhook)
        rotated = self.ask("webhook", "rotate-secret", webhook["id"])
        self.assertNotEqual(rotated["secret"], webhook["secret"])
        self.assertIsNotNone(rotated["old_secret_until"])
        self.receiver.answer = (200, {}, b"", 0)
        self.hasten()
        self.receiver.wait(2)
        headers, body = self.receiver.got[-1]
        at, ident = headers["webhook-timestamp"], headers["webhook-id"]
        self.assertEqual(headers["Medblocks-Signature"], f"t={at},v1={contract_signature(rotated['secret'], at, body)}")
        self.assertEqual(headers["webhook-signature"].split(" "),
                         [standard_signature(secret, ident, at, body) for secret in (rotated["secret"], webhook["secret"])])
        # Once the day is over the old one signs no more, nor is it kept.
        self.settled(webhook)
        self.hasten("UPDATE webhook SET old_secret_until_ms = 1")
        self.ask("webhook", "test", webhook["id"])
        self.assertEqual(len(self.receiver.got[-1][0]["webhook-signature"].split(" ")), 1)
        leaked = self.ask("webhook", "rotate-secret", webhook["id"], "--now")
        self.assertIsNone(leaked["old_secret_until"])
        self.ask("webhook", "test", webhook["id"])
        headers, body = self.receiver.got[-1]
        self.assertEqual(headers["webhook-signature"],
                         standard_signature(leaked["secret"], headers["webhook-id"], headers["webhook-timestamp"], body))

    def test_W05_private_addresses_are_refused(self):
        for url in ("https://localhost/x", "https://127.0.0.1/x", "https://169.254.169.254/latest", "https://[::1]/x",
                    "https://10.0.0.5/x", "https://[::ffff:192.168.0.1]/x", "https://printer.local/x", self.receiver.url):
            with self.subTest(url=url):
                error = self.ask("webhook", "add", url, code=4)["error"]
                self.assertIn("admin", error["message"])
        # A name that is public to look at and means this computer is found out when it is connected to.
        self.bench.serve()
        name = socket.gethostname()
        try:
            address = socket.gethostbyname(name)
        except OSError:  # a computer that does not know its own name
            address = ""
        if address.startswith(("127.", "10.", "172.", "192.168.")):
            webhook = self.ask("webhook", "add", f"https://{name}:{self.receiver.server_port}/x")
            done = self.ask("webhook", "test", webhook["id"], code=1)
            self.assertIn("not allowed", done["last_error"])
        self.assertEqual(self.receiver.got, [])

    def test_the_setting_names_hosts(self):
        self.ask("config", "set", "webhook-hosts", "127.0.0.1")
        self.bench.serve()
        webhook = self.add(more=())
        self.ask("webhook", "test", webhook["id"])
        self.assertEqual(len(self.receiver.got), 1)

    def test_the_setting_takes_effect_at_once(self):
        """Named, a host is taken; named no more, not even what is there is sent."""
        self.bench.serve()
        self.add(more=(), code=4)
        self.ask("config", "set", "webhook-hosts", "other.example, 127.0.0.1")
        webhook = self.add(more=())
        self.ask("webhook", "test", webhook["id"])
        self.assertEqual(len(self.receiver.got), 1)
        self.ask("config", "set", "webhook-hosts", "other.example")
        refused = self.ask("webhook", "test", webhook["id"], code=1)
        self.assertIn("not allowed", refused["last_error"])
        self.assertEqual(len(self.receiver.got), 1)
        for bad in ("https://other.example", "other.example:8443", "other.example/x"):
            self.assertIn("without https://", self.ask("config", "set", "webhook-hosts", bad, code=4)["error"]["message"])

    def test_W06_warned_then_disabled(self):
        self.bench.serve()
        self.receiver.answer = (500, {}, b"broken", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        event = self.settled(webhook)[0]
        self.assertTrue(30 < self.seconds(event["next_attempt_at"]) - time.time() < 65)
        for attempt in range(2, 10):
            self.assertEqual(self.show(webhook)["status"], "active")
            self.hasten()
            wait_for(lambda: self.events(webhook)[0]["attempts"] == attempt, 30)
        self.assertEqual(self.events(webhook)[0]["status"], "exhausted")
        self.assertEqual(self.show(webhook)["disabled_reason"], "exhausted")
        log = self.ask("webhook", "attempts", event["id"])["data"]
        self.assertEqual([a["attempt"] for a in log], list(range(1, 10)))
        self.assertEqual({a["response_body"] for a in log}, {"broken"})

    def test_W07_replay_what_was_missed(self):
        self.bench.serve()
        webhook = self.add(None, SESSION)
        self.connect()
        self.receiver.wait(1)
        self.settled(webhook)
        self.ask("webhook", "disable", webhook["id"])
        self.connect()
        self.connect()
        self.assertEqual(len(self.events(webhook)), 1)
        self.assertEqual(self.ask("webhook", "replay", webhook["id"], "--count"), {"missed": 2})
        self.ask("webhook", "redeliver", self.events(webhook)[0]["id"], code=4)
        self.ask("webhook", "enable", webhook["id"])
        self.assertEqual(self.ask("webhook", "replay", webhook["id"]), {"replayed": 2})
        self.receiver.wait(3)
        self.assertEqual(len(set(self.receiver.ids())), 3)
        self.settled(webhook, 3)
        self.assertEqual(self.ask("webhook", "replay", webhook["id"], "--count"), {"missed": 0})

    def test_W08_send_now_and_give_up(self):
        self.bench.serve()
        self.receiver.answer = (500, {}, b"", 0)
        webhook = self.add(None, SESSION)
        self.connect()
        event = self.settled(webhook)[0]
        self.receiver.answer = (200, {}, b"", 0)
        self.assertEqual(self.ask("webhook", "redeliver", event["id"])["status"], "delivered")
        again = self.ask("webhook", "redeliver", event["id"], code=1)
        self.assertIn("less than a minute", again["error"]["message"])
        self.assertEqual(len(set(self.receiver.ids())), 1)
        self.receiver.answer = (500, {}, b"", 0)
        self.connect()
        second = wait_for(lambda: next((e for e in self.events(webhook) if e["status"] == "pending" and e["attempts"]), None), 30)
        self.ask("webhook", "give-up", second["id"])
        self.assertIsNone(self.events(webhook)[0]["next_attempt_at"])
        n = len(self.receiver.got)
        self.hasten()
        time.sleep(1)
        self.assertEqual(len(self.receiver.got), n)
        self.ask("webhook", "give-up", event["id"], code=4)

    def test_one_slow_receiver_slows_nobody(self):
        self.bench.serve()
        slow = self.receive()
        slow.answer = (200, {}, b"", 30)
        hanging = [self.add(slow) for _ in range(4)]
        webhook = self.add()
        self.connect()
        self.receiver.wait(2)
        for event in self.settled(webhook, 2):
            waited = self.seconds(event["delivered_at"]) - self.seconds(event["created_at"])
            self.assertLess(waited, 15)  # each of the four takes five seconds before it is given up
        self.assertEqual(len(hanging), 4)

    def test_killed_at_any_time_nothing_is_missed(self):
        self.bench.serve()
        self.receiver.answer = (200, {}, b"", 0.3)
        webhook = self.add(None, SESSION)
        for n in range(6):
            self.connect()
            self.bench.end(self.bench.server, signal.SIGKILL)
            self.bench.serve()
        done = wait_for(lambda: (lambda e: e if len(e) == 6 and all(x["status"] == "delivered" for x in e) else None)(
            self.events(webhook)), 60)
        self.assertEqual({event["id"] for event in done}, set(self.receiver.ids()))
        self.assertEqual(len(set(self.receiver.ids())), 6)

    def test_removed_with_its_history_and_secret(self):
        self.bench.serve()
        webhook = self.add(None, SESSION)
        self.connect()
        self.settled(webhook)
        self.ask("webhook", "remove", webhook["id"])
        self.ask("webhook", "show", webhook["id"], code=3)
        wait_for(lambda: webhook["id"] not in self.still_to_remove(), 30)
        self.connect()
        time.sleep(0.5)
        self.assertEqual(len(self.receiver.got), 1)

    def still_to_remove(self):
        """What is not proven to be gone from the keyring."""
        with sqlite3.connect(os.path.join(self.bench.data, "chartroom.db")) as db:
            rows = db.execute("SELECT name FROM removal_task").fetchall()
        db.close()
        return " ".join(name for name, in rows)

    def test_removing_a_patient_takes_what_waits(self):
        self.bench.serve()
        self.receiver.answer = (500, {}, b"about " + self.patient.encode(), 0)
        webhook = self.add(None, SESSION)
        self.connect()
        self.settled(webhook)
        self.ask("patient", "remove", self.patient)
        self.assertEqual(self.events(webhook), [])
        self.bench.end(self.bench.server)
        for name in os.listdir(self.bench.data):
            path = os.path.join(self.bench.data, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    self.assertNotIn(b"about " + self.patient.encode(), file.read(), name)

    def test_no_secret_where_it_does_not_belong(self):
        self.bench.serve()
        webhook = self.add()
        rotated = self.ask("webhook", "rotate-secret", webhook["id"])
        self.connect()
        self.receiver.wait(2)
        self.bench.end(self.bench.server)
        for folder, _, files in os.walk(self.bench.root):
            for name in files:
                if name == "keyring" or not os.path.isfile(os.path.join(folder, name)):
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    text = file.read()
                for secret in (webhook["secret"], rotated["secret"]):
                    self.assertNotIn(secret.encode(), text, name)


if __name__ == "__main__":
    unittest.main()
