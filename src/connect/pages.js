// SPDX-License-Identifier: GPL-3.0-or-later
// Searches while one types. Without it the form does the same, with a button.
"use strict";
(() => {
  const form = document.getElementById("search");
  const found = document.getElementById("found");
  const count = document.getElementById("count");
  if (!form || !found || !count || !window.fetch || !window.AbortController) return;

  const input = form.elements.q;
  let shown = input.defaultValue.trim();
  let said = count.textContent;
  let under_way = null;
  let timer = 0;

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(search, ms);
  }

  function show(page, text, url) {
    found.replaceChildren(...page.getElementById("found").childNodes);
    said = count.textContent = page.getElementById("count").textContent;
    shown = text;
    history.replaceState(null, "", url);
  }

  // An answer that is overtaken by the next letter is not waited for, so an older one never replaces a newer one.
  async function search() {
    clearTimeout(timer);
    under_way?.abort();
    under_way = null;
    const text = input.value.trim();
    if (text === shown) {
      count.textContent = said;
      found.removeAttribute("aria-busy");
      return;
    }
    const own = new AbortController();
    const url = new URL(form.action);
    if (text) url.searchParams.set("q", text);
    under_way = own;
    found.setAttribute("aria-busy", "true");
    // What comes at once needs no word.
    const slow = setTimeout(() => under_way === own && (count.textContent = form.dataset.busy), 700);
    try {
      const reply = await fetch(url, { signal: own.signal, cache: "no-store" });
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      if (own.signal.aborted) return;
      if (reply.status === 429) later(2000);
      else if (page.getElementById("found")) show(page, text, url);
      else location.replace(url); // the session is over: the page says so
    } catch (error) {
      if (error.name !== "AbortError") count.textContent = form.dataset.trouble;
    }
    clearTimeout(slow);
    if (under_way === own) found.removeAttribute("aria-busy");
  }

  input.addEventListener("input", (event) => event.isComposing || later(200));
  input.addEventListener("compositionend", () => later(200));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  // A browser that comes back may keep what was typed and not what was found.
  window.addEventListener("pageshow", () => later(0));

  // Down from the field goes into the list and up out of it; Escape goes back to the field.
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const links = [...found.querySelectorAll("a.source")];
    const at = links.indexOf(document.activeElement);
    const in_field = document.activeElement === input;
    let next = null;
    if (event.key === "ArrowDown" && (in_field || at >= 0)) next = links[in_field ? 0 : at + 1];
    else if (event.key === "ArrowUp" && at >= 0) next = at === 0 ? input : links[at - 1];
    else if (event.key === "Escape" && at >= 0) next = input;
    else if (event.key === "Escape" && in_field && input.value) {
      input.value = "";
      later(0);
      next = input;
    }
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
