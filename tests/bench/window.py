# SPDX-License-Identifier: GPL-3.0-or-later
"""window.py WORK [PATIENTS [RECORDS]]: how the window feels over a full store, for tools/bench. CHARTROOM, CHARTROOMCTL and
BENCH_FILL name the programs. Prints
a table in milliseconds, of the clock and of the processor, which a busy machine changes less; WORK keeps the store that was filled.

What is measured is written by the program itself (src/app/cr-meter.c): frames, turns of the main loop with the time they took
on the clock and of the processor, keys, answers."""
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "app"))
from apptest import Desk, Room, Window, ready  # noqa: E402
from ctltest import wait_for  # noqa: E402

QUIET = 0.4  # seconds without a frame: what was asked for is on screen
FIGURES, SIZES = {}, {}
WORDS = {"first-frame": "First frame", "first-settled": "Start until nothing more is painted", "open-patient": "Open the patient with all the records",
         "search-answered": "A key of the search until its answer is there", "search-painted": "A key of the search until its answer is painted",
         "search-turn": "Turns of the main loop while searching", "find": "Look through that patient's records for a word that none has",
         "find-turn": "Turns of the main loop meanwhile", "scroll-frame": "Frames while scrolling",
         "scroll-turn": "Turns of the main loop while scrolling", "work-turn": "Turns of the main loop while pulling and exporting"}
TARGETS = (("first-frame", 0, 400), ("open-patient", 0, 400), ("search-answered", 1, 16), ("find-turn", 2, 33), ("scroll-turn", 2, 33), ("work-turn", 2, 33))
NAMES = ("amara oka", "müller", "page_77", "garcia", "o'brien", "zoe lind", "user_4", "hernandez", "nobody at all", "söre", "j", "ma rossi")


class Meter:
    """What a window wrote since it was last asked."""

    def __init__(self, path):
        self.path, self.at = path, 0
        self.lines = []

    def read(self):
        try:
            with open(self.path) as file:
                file.seek(self.at)
                text = file.read()
        except FileNotFoundError:
            return self.lines
        whole = text[:text.rfind("\n") + 1]
        self.at += len(whole.encode())
        self.lines += [(words[0], *map(int, words[1:])) for words in map(str.split, whole.splitlines())]
        return self.lines

    def since(self, begun, name):
        return [line for line in self.read() if line[0] == name and line[1] >= begun]


def now():
    return time.monotonic_ns() // 1000


def say(name, values):
    """values: of (microseconds, those of the processor)"""
    if not values:
        raise SystemExit(name + " was not seen")
    figures = []
    for column in zip(*values):
        column = sorted(column)
        figures += [column[len(column) // 2], column[int(len(column) * 0.99)], column[-1]]
    FIGURES[name] = (len(values), [figure / 1000 for figure in figures])
    print(name, len(values), *(f"{figure / 1000:.1f}" for figure in figures), file=sys.stderr, flush=True)


def table():
    """The figures, and of those that are to reach something whether they do."""
    print("| | seen | median | p99 | longest | median, p99, longest of the processor |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (n, figures) in FIGURES.items():
        shown = [f"{figure:.1f} ms" for figure in figures]
        print(f"| {WORDS[name]} | {n} | {' | '.join(shown[:3])} | {', '.join(shown[3:])} |")
    print()
    for name, at, limit in TARGETS:
        values = FIGURES[name][1]
        busy = f", {values[at + 3]:.1f} of the processor" if len(values) > 3 else ""
        print(f"{WORDS[name]}, {('median', 'p99', 'longest')[at]}: {values[at]:.1f} ms{busy} "
              f"(at most {limit}: {'met' if values[at] < limit else 'NOT MET'})")
    for name, size in SIZES.items():
        print(f"{name}: {size:.0f} MB (at most 200: {'met' if size < 200 else 'NOT MET'})")


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return [int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS")][0]


class Bench:
    def __init__(self, work, patients, records):
        self.desk = Desk()
        self.desk.settings(window_width=1100, window_height=740)
        self.room = Room()
        self.meter = None
        kept = os.path.join(work, f"window-{patients}-{records}")
        if not os.path.isdir(kept):
            self.room.demo()
            subprocess.run([os.environ["BENCH_FILL"], os.path.join(self.room.data, "chartroom.db"), str(patients), str(records)],
                           check=True)
            shutil.copytree(self.room.data, os.path.join(kept, "data"), ignore=shutil.ignore_patterns("*.sock"))
            shutil.copy(os.path.join(self.room.root, "keyring"), kept)
        else:
            shutil.copytree(os.path.join(kept, "data"), self.room.data)
            shutil.copy(os.path.join(kept, "keyring"), self.room.root)

    def open(self):
        path = os.path.join(self.room.root, "meter")
        if os.path.exists(path):
            os.remove(path)
        self.meter = Meter(path)
        env = dict(self.room.env, CHARTROOM_METER=path, GTK_A11Y="none")
        begun = now()
        self.window = Window(self.room.data, env, "--sandbox")
        self.room.windows.append(self.window)
        self.done, do = [], self.window.do
        self.window.do = lambda *words: self.done.append((now(), " ".join(words))) or do(*words)
        return begun

    def settle(self, begun):
        """Until nothing more is painted. → microseconds to the last frame before that"""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            frames = self.meter.since(begun, "frame")
            if now() - max([begun] + [frame[1] for frame in frames]) > QUIET * 1e6 and frames:
                last = max(frames, key=lambda frame: frame[1])
                return last[1] - begun, last[2] - self.used(begun)
            time.sleep(0.02)
        raise SystemExit("the window does not come to rest")

    def used(self, begun):
        """What the process had used of the processor when it began, as far as is known."""
        return max([line[2] for line in self.meter.read() if line[0] != "turn" and line[1] < begun] or [0])

    def start(self, rounds):
        first, whole = [], []
        for i in range(rounds):
            begun = self.open()
            wait_for(lambda begun=begun: self.meter.since(begun, "frame"))
            first.append((self.meter.since(begun, "frame")[0][1] - begun, self.meter.since(begun, "frame")[0][2]))
            whole.append(self.settle(begun))
            wait_for(self.window.here)
            if i < rounds - 1:
                self.window.quit()
        say("first-frame", first)
        say("first-settled", whole)

    def act(self, action, *target):
        begun = now()
        self.window.do(action, *target)
        return self.settle(begun)

    def open_patient(self, rounds):
        self.window.do("win.section", "patients")
        self.settle(now() - 1000)
        times = []
        for _ in range(rounds):
            times.append(self.act("win.show-patient", "page_1"))
            self.act("win.back")
        say("open-patient", times)

    def search(self):
        self.window.do("win.section", "patients")
        self.window.do("win.search")
        time.sleep(1)
        begun = now()
        for name in NAMES:
            for key in name:
                self.window.type({" ": "space", "_": "underscore", "'": "apostrophe", "ü": "udiaeresis", "ö": "odiaeresis"}.get(key, key))
                time.sleep(0.3)
            self.window.type("ctrl+a", "BackSpace")
            time.sleep(0.6)
        answered, painted = [], []
        keys = self.meter.since(begun, "key") + [("key", now(), 0)]
        for this, following in zip(keys, keys[1:]):
            found = [(line[1] - this[1], line[2] - this[2]) for line in self.meter.since(this[1], "found") if line[1] < following[1]]
            frames = [(line[1] - this[1], line[2] - this[2]) for line in self.meter.since(this[1], "frame") if line[1] < following[1]]
            if found:
                answered.append(found[0])
                painted.append(next((frame for frame in frames if frame >= found[0]), found[0]))
        say("search-answered", answered)
        say("search-painted", painted)
        self.turns("search", begun)

    def find(self):
        """How far it got is painted until it is through."""
        self.window.do("win.show-patient", "page_1")
        self.settle(now() - 1000)
        self.window.do("win.search")
        time.sleep(1)
        self.window.type(*"zebra")
        begun = now()
        say("find", [self.settle(begun)])
        self.turns("find", begun)

    def turns(self, name, begun):
        turns = self.meter.since(begun, "turn")
        say(name + "-turn", [turn[2:4] for turn in turns])
        for turn in sorted(turns, key=lambda turn: -turn[3])[:5]:
            before = [line for line in self.done if line[0] <= turn[1] - turn[2]][-1:]
            print("  longest:", turn[3] / 1000, "ms after", before and (before[0][1], f"{(turn[1] - turn[2] - before[0][0]) / 1000:.0f} ms"), file=sys.stderr)

    def scroll(self):
        self.window.do("win.section", "patients")
        time.sleep(1)
        subprocess.run(["xdotool", "mousemove", "700", "500"], check=True)
        begun = now()
        subprocess.run(["xdotool", "click", "--repeat", "150", "--delay", "40", "5"], check=True)
        subprocess.run(["xdotool", "click", "--repeat", "50", "--delay", "40", "4"], check=True)
        self.settle(now() - 1000)
        say("scroll-frame", [(frame[3],) for frame in self.meter.since(begun, "frame")])
        self.turns("scroll", begun)

    def work(self, seconds):
        """Every one of the twelve pulled, again and again, all records changed, while both destinations get everything anew."""
        from gi.repository import GLib
        ready(self.room)
        self.room.fault("changed-records", n=400)
        for destination in self.room.ctl("destination", "list")["data"]:
            target = GLib.Variant("(si)", (destination["id"], 0))
            self.window.call(f"{self.window.path}/window/1", "Activate", GLib.Variant("(sava{sv})", ("rewind-destination", [target], {})))
            time.sleep(1)
            self.window.type("alt+s")
        patients = [person["clinic_id"] for person in self.room.about()["patients"]]
        self.window.do("win.section", "overview")
        time.sleep(1)
        begun, end = now(), time.monotonic() + seconds
        while time.monotonic() < end:
            for patient in patients:
                self.window.do("win.pull-now", patient)
            for section in ("patients", "destinations", "overview"):
                self.window.do("win.section", section)
                time.sleep(0.7)
            self.window.do("win.show-patient", patients[0])
            time.sleep(0.7)
        self.turns("work", begun)
        self.room.no_faults()
        status = self.room.ctl("status")
        print("work-status", {key: status[key] for key in status if isinstance(status[key], int)}, file=sys.stderr)

    def close(self):
        SIZES["Resident at the end"] = resident(self.window.child.pid)
        print(self.window.quit()[-2000:], file=sys.stderr)
        self.room.close()
        self.desk.close()


def main():
    bench = Bench(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100000, int(sys.argv[3]) if len(sys.argv) > 3 else 1000000)
    bench.start(3)
    bench.open_patient(5)
    SIZES["Resident after the patient with all the records"] = resident(bench.window.child.pid)
    bench.search()
    bench.find()
    bench.scroll()
    bench.work(15)
    bench.close()
    table()


main()
