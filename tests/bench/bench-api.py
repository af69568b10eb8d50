# SPDX-License-Identifier: GPL-3.0-or-later
"""bench-api.py BASE WORK SOUP RECORDS ROUNDS: the REST API and webhooks of an engine of its own, each figure beside what it is
compared with, in turn. BASE is the nginx of tools/bench, WORK its folder with the sets of pages `big` (RECORDS) and `pull`
(twice as many), SOUP the program bench-soup. Prints tables."""
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
from apitest import ApiBench, BACK, Visitor, wait_for  # noqa: E402

BASE, WORK, SOUP, RECORDS, ROUNDS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
SECONDS, VISITORS, EVENTS = 4, 8, 20000
TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / TICK


def memory(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(name + r":\s+(\d+)", file.read()).group(1)) / 1024


class Soup:
    """A bare libsoup handler."""

    def __init__(self, *words):
        self.process = subprocess.Popen([SOUP, os.path.join(WORK, "static"), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.process.pid
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Figures:
    """Of each name the medians of what its rounds gave."""

    def __init__(self):
        self.rows = {}

    def add(self, name, **values):
        for key, value in values.items():
            self.rows.setdefault(name, {}).setdefault(key, []).append(value)

    def get(self, name, key):
        values = self.rows.get(name, {}).get(key)
        return statistics.median(values) if values else None

    def top(self, name, key):
        return max(self.rows.get(name, {}).get(key) or [0])


figures = Figures()


def load(name, url, pid, seconds=SECONDS, key=None, visitors=VISITORS):
    """wrk for a while. → requests a second"""
    words = ["wrk", "-t1", f"-c{visitors}", f"-d{seconds}s", "--latency"]
    words += ["-H", "Authorization: Bearer " + key] if key else []
    before = cpu(pid)
    said = subprocess.run([*words, url], capture_output=True, text=True, check=True).stdout
    used = cpu(pid) - before
    n = int(re.search(r"(\d+) requests in", said).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    assert wrong is None and n > 0, said
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said).groups()
    p99 = float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    figures.add(name, rate=rate, p99=p99, cpu=1e6 * used / n)
    return rate


def fetch(name, url, pid, key=None):
    """The whole of it, to nowhere."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    idle, before, begun = memory(pid, "VmRSS"), cpu(pid), time.monotonic()
    words = ["-K", "-"] if key else []
    said = subprocess.run(["curl", "-sS", "--fail", *words, "-o", "/dev/null", "-w", "%{size_download}", url], capture_output=True,
                          text=True, check=True, input=f'header = "Authorization: Bearer {key}"\n' if key else None).stdout
    seconds = time.monotonic() - begun
    figures.add(name, rate=int(said) / 1e6 / seconds, seconds=seconds, cpu=cpu(pid) - before, above=memory(pid, "VmHWM") - idle)


class Bench(ApiBench):
    def __init__(self):
        super().__init__(portal=False, rate=100000)
        self.document = None
        assert self.run("config", "set", "webhook-hosts", "127.0.0.1").code == 0

    def add_source(self, name, path):
        return self.ask_ctl("source", "add", "--name", name, "--fhir-base-url", BASE + path, "--client-id", "bench",
                            "--scopes", "launch/patient patient/*.rs")["id"]

    def ask_ctl(self, *words):
        done = self.run(*words, before=("--json",))
        assert done.code == 0, (words, done.out, done.err)
        return json.loads(done.out)

    def join(self, patient, source):
        """The portal is a file; what the browser does is done here. A pull begins."""
        session = self.ask("POST", "/patient-sessions", {"patient_id": patient, "connection_id": source, "return_url": BACK})
        visitor = Visitor()
        status, url, page = visitor.go(session["url"])
        assert url, (status, page[:500])
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
        status, url, page = visitor.go(query["redirect_uri"][0] + "?" + urllib.parse.urlencode({"code": "x", "state": query["state"][0]}))
        assert "success=true" in (url or ""), (status, url, page[:500])

    def pull_of(self, patient):
        return self.ask("GET", f"/patients/{patient}/pulls?limit=1")["data"][0]

    def settle(self, patient):
        def is_done():
            pull = self.pull_of(patient)
            assert pull["status"] not in ("failed", "partial", "cancelled"), pull
            return pull["status"] == "complete" and pull
        return wait_for(is_done)


def serve_as_files(bench):
    """What others answer is what we answer, byte for byte."""
    folder = os.path.join(WORK, "static")
    os.makedirs(folder, exist_ok=True)
    for name, path in PATHS.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(bench.send("GET", path).body)
        os.chmod(os.path.join(folder, name), 0o644)
    os.chmod(folder, 0o755)


PATHS = {"patient": "/patients/big", "page": "/patients/big/records?count=100", "everything": "/patients/big/$everything"}


def restart(bench):
    """So that idle is what an engine takes that has not pulled."""
    bench.restart()
    for name in ("patient", "page"):
        bench.send("GET", PATHS[name])


def quiet_round(bench, bare, closing):
    pid = bench.server.pid
    for name in ("patient", "page"):
        load(name, bench.url + PATHS[name], pid, key=bench.key)
        load(name + "-close", f"{closing.url}/{name}", closing.pid)
        load(name + "-bare", f"{bare.url}/{name}", bare.pid)
        load(name + "-nginx", f"{BASE}/static/{name}", NGINX)
    restart(bench)
    fetch("everything", bench.url + PATHS["everything"], bench.server.pid, bench.key)
    fetch("everything-nginx", BASE + "/static/everything", NGINX)
    fetch("everything-close", closing.url + "/everything", closing.pid)


def while_pulling(bench, source, number, closing):
    """Reads while records of somebody else come in as fast as they can; of a bare handler in the same moments."""
    pid = bench.server.pid
    for name in ("patient", "page", "everything"):
        patient = f"{name}-{number}"
        begun = time.monotonic()
        bench.join(patient, source)
        wait_for(lambda: bench.ask("GET", f"/patients/{patient}/records?count=1")["data"])
        if name == "everything":
            fetch("everything-pulling", bench.url + PATHS[name], pid, bench.key)
        else:
            load(name + "-pulling", bench.url + PATHS[name], pid, seconds=2, key=bench.key, visitors=2)
            load(name + "-close-pulling", f"{closing.url}/{name}", closing.pid, seconds=2, visitors=2)
        pull = bench.pull_of(patient)
        if pull["status"] != "running":
            print(f"{name}: the pull was {pull['status']} before the reads were over, {pull['received']} received", file=sys.stderr)
        pull = bench.settle(patient)
        figures.add("pull-beside-" + name, rate=pull["received"] / (time.monotonic() - begun))


def deliver(bench):
    """Events that an endpoint has missed, made by hand, as no portal makes so many; sent by a replay."""
    bench.end(bench.server)
    now = int(time.time() * 1000)
    data = json.dumps({"resource_type": "records_sync", "patient_id": "big", "connection_id": "fhirsrc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
                       "total": 100, "errors": 0, "duration_ms": 1234})
    with sqlite3.connect(os.path.join(bench.data, "chartroom.db")) as db:
        db.execute("DELETE FROM event")
        db.executemany("INSERT INTO event (id, type, data, created_ms) VALUES (?, 'records.sync.completed', ?, ?)",
                       ((f"ev_{now}_{n}", data, now) for n in range(EVENTS)))
    db.close()
    bench.start()
    pid = bench.server.pid
    log = os.path.join(WORK, "hook.log")
    webhook = bench.ask("POST", "/webhooks", {"url": BASE + "/hook", "events": ["*"]})["id"]
    before = lines(log)
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    idle, used = memory(pid, "VmRSS"), cpu(pid)
    assert bench.ask("POST", f"/webhooks/{webhook}/replay")["replayed"] == EVENTS
    wait_for(lambda: lines(log) - before >= EVENTS)
    with open(log, encoding="ascii") as file:
        rows = [line.split() for line in file.read().splitlines()[before:]]
    times = sorted(float(row[0]) for row in rows)
    figures.add("deliveries", rate=len(times) / (times[-1] - times[0]), cpu=1e6 * (cpu(pid) - used) / len(times),
                above=memory(pid, "VmHWM") - idle, connections=len({row[1] for row in rows}))
    wait_for(lambda: bench.ask("GET", "/webhooks/" + webhook)["pending"] == 0)
    bench.ask("DELETE", "/webhooks/" + webhook)


def lines(path):
    with open(path, "rb") as file:
        return file.read().count(b"\n")


def table(head, rows):
    print("| " + " | ".join(head) + " |\n| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def number(value, unit=""):
    return "" if value is None else (f"{value:,.0f}" if value >= 100 else f"{value:.2f}") + unit


def own_cpu(name):
    """Of our process nobody can tell what a pull took beside the reads."""
    return "" if name in ("patient-pulling", "page-pulling", "everything-pulling") else number(figures.get(name, "cpu"))


def say(words, value, target, at_least=True):
    met = value >= target if at_least else value <= target
    print(f"{words}: {value:.2f} (at {'least' if at_least else 'most'} {target:g}: {'met' if met else 'NOT MET'})")


def report():
    get, names = figures.get, []
    for key, words in (("patient", "a patient"), ("page", "a page of 100 records")):
        names += [(key, f"Chartroom: {words}"), (key + "-pulling", f"Chartroom: {words}, 2 visitors while a pull runs"),
                  (key + "-close-pulling", "bare libsoup, the same 2 in the same moments"),
                  (key + "-close", "bare libsoup, a connection for each request as ours"), (key + "-bare", "bare libsoup, kept connections"),
                  (key + "-nginx", "nginx, from a file")]
    table(("", "requests/s", "p99", "CPU of the server, µs a request"),
          [(words, number(get(name, "rate")), number(get(name, "p99"), " ms"), own_cpu(name)) for name, words in names])
    table((f"`$everything` of {RECORDS:,} records", "MB/s", "seconds", "CPU seconds of the server", "memory above idle"),
          [(words, number(get(name, "rate")), number(get(name, "seconds")), own_cpu(name), number(figures.top(name, "above"), " MB"))
           for name, words in (("everything", "Chartroom"), ("everything-pulling", "Chartroom, while a pull runs"),
                               ("everything-close", "bare libsoup, from memory"), ("everything-nginx", "nginx, from a file"))])
    table(("Webhooks", "deliveries/s", "CPU, µs each", "memory above idle", "connections"),
          [(f"{EVENTS:,} events to nginx", number(get("deliveries", "rate")), number(get("deliveries", "cpu")),
            number(figures.top("deliveries", "above"), " MB"), number(get("deliveries", "connections")))])
    say("Reads of a patient against a bare handler, a connection for each request", get("patient", "rate") / get("patient-close", "rate"), 0.5)
    say("Reads of a patient against a bare handler, kept connections", get("patient", "rate") / get("patient-bare", "rate"), 0.5)
    say("CPU of a bare handler against ours, a connection for each request", get("patient-close", "cpu") / get("patient", "cpu"), 0.5)
    say("p99 of reads of a patient while a pull runs, ms", get("patient-pulling", "p99"), 10, False)
    say("p99 of reads of a page while a pull runs, ms", get("page-pulling", "p99"), 10, False)
    say("$everything against nginx", get("everything", "rate") / get("everything-nginx", "rate"), 0.25)
    say("Memory of $everything above idle, MB", max(figures.top("everything", "above"), figures.top("everything-pulling", "above")), 50, False)
    say("Deliveries a second", get("deliveries", "rate"), 1000)
    print("Records a second of the pulls beside reads:", ", ".join(
        f"{name[12:]} {number(get(name, 'rate'))}" for name in figures.rows if name.startswith("pull-beside-")))


with open(os.path.join(WORK, "nginx.pid"), encoding="ascii") as pid_file:
    MASTER = int(pid_file.read())
with open(f"/proc/{MASTER}/task/{MASTER}/children", encoding="ascii") as children:
    NGINX = int(children.read().split()[0])

bench = Bench()
bare, closing = None, None
try:
    big, pulled = bench.add_source("Big", "/big/s0"), bench.add_source("Pull", "/pull/s0")
    bench.join("big", big)
    first = bench.settle("big")
    print(f"{first['received']:,} records are there; memory {memory(bench.server.pid, 'VmRSS'):.0f} MB", file=sys.stderr)
    serve_as_files(bench)
    bare, closing = Soup(), Soup("close")
    for n in range(ROUNDS):
        print(f"api, round {n + 1}", file=sys.stderr)
        quiet_round(bench, bare, closing)
        while_pulling(bench, pulled, n, closing)
    for n in range(ROUNDS):
        deliver(bench)
    report()
finally:
    for soup in (bare, closing):
        if soup:
            soup.close()
    bench.close()
