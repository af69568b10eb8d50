# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret is printed, logged or put into an error: complains when a variable or function whose name ends in
one of the words below is an argument of a call that writes text for people.

What is meant to be shown, such as a new key on the one occasion, says `check-secrets: shown once` in a comment
on the line of the call or the line above."""

import re

import checklib

WORDS = "token|secret|verifier|password|passphrase|authorization"
CALL = re.compile(
    r"\b(g_print|g_printerr|g_message|g_debug|g_info|g_warning|g_critical|g_error|g_log|g_log_structured|printf|fprintf"
    r"|g_set_error|g_set_error_literal|g_error_new|g_error_new_literal|g_prefix_error|g_task_return_new_error)\s*\("
)
# What these answer about a secret may be told.
HARMLESS = re.compile(r"\b(?:[a-z0-9_]+_)?(?:origin|host|id|nick|strlen) ?\([^()]*\)")
SECRET = re.compile(r"\b(?:[a-z0-9_]+_)?(?:" + WORDS + r")\b")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
MARK = "check-secrets: shown once"


def blank(match):
    return "".join(c if c == "\n" else " " for c in match.group())


def arguments(text, start):
    depth = 1
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[start:end]
    return text[start:]


def check(root):
    complaints = []
    for path in checklib.files(root, ["src"], [".c", ".h"]):
        label = path.relative_to(root).as_posix()
        text = checklib.read(path)
        lines = text.splitlines()
        code = COMMENT.sub(blank, STRING.sub(blank, text))
        for match in CALL.finditer(code):
            found = SECRET.search(HARMLESS.sub("", arguments(code, match.end())))
            number = checklib.line_of(code, match.start())
            if found and not any(MARK in line for line in lines[max(number - 2, 0) : number]):
                complaints.append(f"{label}:{number}: {match.group(1)} is given {found.group()}")
    return complaints


def self_test():
    root = checklib.sample(
        {
            "src/net/bad.c": 'g_debug ("%s %s", id,\n         self->access_token);\n'
            'g_print ("x (%s)", get (client_secret));\n'
            'g_set_error (error, CR_ERROR, 1, "%s", password);\n'
            'g_warning ("%s", cr_flow_get_code_verifier (flow));\n',
            "src/net/fine.c": 'g_debug ("the token of %s", id); use (token);\n'
            '/* g_debug ("%s", token) */\n'
            'g_message ("%u", n_tokens);\ng_debug ("%s", token_host);\n'
            'g_message ("%s", cr_token_get_origin (call->request.token));\n'
            '/* check-secrets: shown once */\ng_print ("%s\\n", secret);\n',
        }
    )
    checklib.expect(
        check(root),
        [
            "src/net/bad.c:1: g_debug is given access_token",
            "src/net/bad.c:3: g_print is given client_secret",
            "src/net/bad.c:4: g_set_error is given password",
            "src/net/bad.c:5: g_warning is given cr_flow_get_code_verifier",
        ],
    )


if __name__ == "__main__":
    checklib.main(check, self_test)
