# SPDX-License-Identifier: GPL-3.0-or-later
"""How a page looks, narrow and wide, light and dark: nothing may stick out, be too pale, too small to touch or without a
name. With CHARTROOM_SCREENSHOTS naming a folder, a picture of each is written there."""

import os

WIDTHS = (360, 1280)
SCHEMES = ("light", "dark")
HEIGHT = 800
TOUCH = 44  # WCAG 2.2, 2.5.5
FOCUSABLE = "a[href], button, summary, input:not([type=hidden])"

# WCAG 2.2, 1.4.3: of every piece of text the contrast with what is painted behind it, and what it must be.
PALE = """
const level = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
const light = ([r, g, b]) => 0.2126 * level(r) + 0.7152 * level(g) + 0.0722 * level(b);
const parts = text => { const p = text.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
const behind = element => {
  for (let e = element; e; e = e.parentElement) {
    const color = parts(getComputedStyle(e).backgroundColor);
    if (color[3] === 1) return color;
    if (color[3] !== 0) throw Error('half transparent: ' + e.outerHTML);
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
};
const bad = [], check = (element, color, words) => {
  const style = getComputedStyle(element), size = parseFloat(style.fontSize);
  const [a, b] = [light(parts(color)), light(behind(element))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < (size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5)) bad.push(ratio.toFixed(2) + ' ' + words);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node; node = walker.nextNode();)
  if (node.data.trim() && node.parentElement.checkVisibility())
    check(node.parentElement, getComputedStyle(node.parentElement).color, node.data.trim());
for (const input of document.querySelectorAll('input[placeholder]'))
  check(input, getComputedStyle(input, '::placeholder').color, input.placeholder);
return bad;
"""

FAULTS = """
const [touch, focusable] = arguments, faults = [], root = document.documentElement;
if (root.scrollWidth > root.clientWidth) faults.push('sticks out: ' + root.scrollWidth + ' of ' + root.clientWidth);
for (const element of document.querySelectorAll('body *')) {
  const box = element.getBoundingClientRect();
  if (box.right > root.clientWidth + 0.5 || box.left < -0.5) faults.push('sticks out: ' + element.outerHTML.slice(0, 80));
  if (element.scrollWidth > element.clientWidth + 1 && element.matches('button, a, h1, p, td'))
    faults.push('is cut: ' + element.outerHTML.slice(0, 80));
}
for (const element of document.querySelectorAll(focusable)) {
  const box = element.getBoundingClientRect();
  if (element.checkVisibility() && (box.height < touch || box.width < touch))
    faults.push('hard to touch: ' + box.width + ' by ' + box.height + ' ' + element.outerHTML.slice(0, 80));
}
if (!root.lang) faults.push('names no language');
if (document.querySelectorAll('h1').length !== 1) faults.push('needs one heading');
if (!document.title) faults.push('has no title');
if (document.readyState !== 'complete') faults.push('is not loaded');
return faults;
"""


def check(browser, name):
    """Looks at the page the browser shows; returns what is wrong with it."""
    faults = []
    browser.devtools("Emulation.setScrollbarsHidden", hidden=True)
    for element in browser.find_all(FOCUSABLE):
        if element.label.strip() == "":
            faults.append("has no name: " + element.tag)
    for width in WIDTHS:
        for scheme in SCHEMES:
            browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False)
            browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            found = browser.run(FAULTS, TOUCH, FOCUSABLE) + ["too pale: " + pale for pale in browser.run(PALE)]
            faults += [f"{width} {scheme}: {fault}" for fault in found]
            write_picture(browser, f"{name}-{width}-{scheme}.png")
    browser.devtools("Emulation.clearDeviceMetricsOverride")
    browser.devtools("Emulation.setEmulatedMedia", features=[])
    return [f"{name}: {fault}" for fault in faults]


def write_picture(browser, name):
    folder = os.environ.get("CHARTROOM_SCREENSHOTS")
    if not folder:
        return
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(browser.picture())


def has_ring(browser):
    """Whether one sees where the keyboard is: an outline of at least two pixels around what is focused."""
    return browser.run(
        "const style = getComputedStyle(document.activeElement);"
        "return document.activeElement.matches(':focus-visible') && style.outlineStyle !== 'none' &&"
        "  parseFloat(style.outlineWidth) >= 2;"
    )
