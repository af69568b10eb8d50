# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever stands in Activity as an action has words there, and a kind by which it is found: a code is nothing that staff read."""

import re

import checklib

WORDS = "src/app/cr-words.c"
PAGE = "src/app/cr-activity-page.c"
# An action is written as kind.verb, in small letters; these are its kinds.
ACTION = re.compile(r'"((?:api-key|backup|connection|destination|hold|keys|lock|patient|person|pull|run|sandbox|session|setting|source'
                    r'|vendor|webhook)\.[a-z][a-z-]*)"')
# Files, answers of an older version, and marks of a pull's end, which are no actions.
OTHERS = {"pull.cancelled", "pull.complete", "pull.failed", "pull.partial", "keyring.left", "sandbox.json"}
# Nobody looks for it by its kind: it is there once, and in a sandbox alone.
ALONE = {"sandbox"}


def check(root):
    table = checklib.read(root / WORDS)
    kinds = set(re.findall(r'^  \{ "([a-z-]+)", N_', checklib.read(root / PAGE), re.MULTILINE))
    complaints = []
    for file in checklib.files(root, ["src/engine", "src/store"], [".c"]):
        for action in sorted(set(ACTION.findall(checklib.read(file))) - OTHERS):
            kind = action.split(".")[0]
            if f'{{ "{action}", N_' not in table:
                complaints.append(f"{WORDS}: no words for {action}")
            if kind not in kinds | ALONE:
                complaints.append(f"{PAGE}: nothing finds {action}")
    return sorted(set(complaints))


def self_test():
    root = checklib.sample({
        WORDS: '    { "run.cancel", N_ ("Cancelled an export") },\n    { "lock.set", N_ ("Set a lock") },\n',
        PAGE: '  { "run", N_ ("Export runs") },\n',
        "src/engine/cr-runs.c": 'a = "run.cancel"; b = "run.pause"; c = "lock.set"; d = "pull.complete";\n',
    })
    checklib.expect(check(root), ["nothing finds lock.set", "no words for run.pause"])


if __name__ == "__main__":
    checklib.main(check, self_test)
