#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""timed.py NAME N BYTES COMMAND…: runs the command and prints a line like bench_print()'s; nothing when it fails."""
import resource
import subprocess
import sys
import time

name, n, n_bytes, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
begun = time.monotonic()
done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
seconds = time.monotonic() - begun
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.returncode == 0:
    print(f"{name} {n} {seconds:.3f} {n_bytes / 1e6 / seconds:.1f} {used.ru_maxrss / 1024:.1f} 0 0 {used.ru_utime + used.ru_stime:.3f}")
