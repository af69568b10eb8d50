/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "connect/cr-pages.h"

static const char style[] =
    ":root{color-scheme:light dark;--page:#f6f5f4;--card:#fff;--text:#1d1d20;--soft:#5e5c64;"
    "--line:#d9d7d4;--accent:#1c71d8;--on-accent:#fff;--good:#1b7d45;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#1e1e21;--card:#2a2a2e;--text:#f2f2f3;"
    "--soft:#b6b4bb;--line:#45454b;--accent:#8ab8f5;--on-accent:#12233a;--good:#7fd4a0;"
    "--bad:#ff9d94}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;padding:1.25rem 1rem 3rem;background:var(--page);color:var(--text);"
    "font:1.0625rem/1.5 system-ui,-apple-system,Cantarell,\"Segoe UI\",Roboto,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "main{max-width:34rem;margin:0 auto}\n"
    "h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0 .75rem}\n"
    "h2{font-size:1.0625rem;margin:1.75rem 0 .5rem}\n"
    "p{margin:.5rem 0}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:14px;"
    "padding:1.25rem;margin:0 0 1rem}\n"
    ".mark{display:inline-flex;align-items:center;justify-content:center;width:2.75rem;"
    "height:2.75rem;border-radius:50%;border:2px solid currentColor;font-size:1.5rem;"
    "font-weight:700}\n"
    ".good{color:var(--good)}.bad{color:var(--bad)}.info{color:var(--accent)}\n"
    ".soft{color:var(--soft);font-size:.9375rem}\n"
    "code{font-family:ui-monospace,\"DejaVu Sans Mono\",monospace;font-size:.9em}\n"
    "ul{list-style:none;margin:0;padding:0}\n"
    "li+li{margin-top:.5rem}\n"
    "form{margin:0}\n"
    ".button,button{display:block;width:100%;min-height:3rem;padding:.75rem 1rem;"
    "border-radius:10px;border:1px solid var(--line);background:var(--card);color:var(--text);"
    "font:inherit;text-align:center;text-decoration:none;cursor:pointer}\n"
    ".main{background:var(--accent);border-color:var(--accent);color:var(--on-accent);"
    "font-weight:600}\n"
    ".source{text-align:left}\n"
    ".source small{display:block;color:var(--soft)}\n"
    ".search{display:flex;gap:.5rem}\n"
    ".search button{width:auto}\n"
    "input{flex:1;min-width:0;min-height:3rem;padding:.5rem .75rem;border-radius:10px;"
    "border:1px solid var(--line);background:var(--card);color:var(--text);font:inherit}\n"
    ":focus-visible{outline:3px solid var(--accent);outline-offset:2px}\n"
    ".actions{display:grid;gap:.5rem;margin-top:1.25rem}\n"
    ".outcome{display:flex;gap:.75rem;align-items:baseline}\n"
    ".outcome>:first-child{flex:0 0 1rem;text-align:center;font-weight:700}\n"
    ".outcome b{font-weight:600}\n";

const char *
cr_pages_style (void)
{
  return style;
}
