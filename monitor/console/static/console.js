// The pages read without this. It adds keys, opinions without a new page, and news as it comes.
"use strict";
(() => {
  const csrf = document.body.dataset.csrf;
  const live = document.getElementById("live");
  const say = (text) => { if (live) live.textContent = text; };
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const stories = () => [...document.querySelectorAll(".story")];
  let current = "";
  const came = new Map(); // story → when it appeared on this page

  const select = (story, scroll = true) => {
    for (const other of stories()) other.classList.toggle("current", other === story);
    current = story ? story.id : "";
    if (!story) return;
    story.focus({ preventScroll: true });
    if (scroll) story.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => stories().find((s) => s.id === current);
  const move = (by) => {
    const all = stories();
    if (!all.length) return;
    const at = all.findIndex((s) => s.id === current);
    select(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
  };

  // Take the stories anew from the server, so that filters, order and labels are its own.
  const renew = async () => {
    const box = document.getElementById("stories");
    if (!box) return;
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const fresh = parsed(await answer.text());
    if (!fresh.getElementById("stories")) { location.reload(); return; } // the session is over
    const known = new Set(stories().map((s) => s.id));
    box.replaceChildren(...fresh.getElementById("stories").children);
    for (const story of stories()) {
      if (!known.has(story.id)) came.set(story.id, Date.now());
      if (Date.now() - (came.get(story.id) || 0) < 3000) story.classList.add("fresh");
    }
    document.querySelector(".empty")?.remove();
    const kept = chosen();
    if (kept) kept.classList.add("current");
  };

  const send = async (form) => {
    const answer = await fetch(form.action, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-Requested-With": "console" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (!answer.ok) {
      const told = await answer.text();
      say(parsed(told).querySelector("h1")?.textContent || told.slice(0, 200));
      return;
    }
    say(`Noted: ${form.querySelector("button").textContent}`);
    if (document.getElementById("stories")) await renew(); else location.reload();
  };

  document.addEventListener("submit", (event) => {
    if (!event.target.classList.contains("act")) return;
    event.preventDefault();
    send(event.target).catch(() => event.target.submit());
  });
  document.addEventListener("click", (event) => {
    const story = event.target.closest(".story");
    if (story && !event.target.closest("a, button")) select(story, false);
  });
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-into]")) return;
    input.files[0]?.text().then((text) => { document.getElementById(input.dataset.into).value = text; });
  });

  const writing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const s = chosen(); if (s) location.href = s.dataset.open; },
    "/": () => { document.getElementById("q")?.focus(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (writing(event.target)) { if (event.key === "Escape") event.target.blur(); return; }
    const press = () => (chosen() || document).querySelector(`button[data-key="${event.key}"]`);
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); return; }
    if (!"srnm".includes(event.key)) return;
    if (!chosen() && stories().length) return;
    const button = press();
    if (button) { event.preventDefault(); button.form.requestSubmit(); }
  });

  const filters = document.getElementById("filters");
  if (filters && matchMedia("(min-width: 761px)").matches) filters.open = true;
  if (document.getElementById("stories") && !new URLSearchParams(location.search).has("after")) {
    const source = new EventSource("/events");
    source.addEventListener("alert", () => renew().catch(() => {}));
    let lost = false;
    source.onopen = () => { say("live"); if (lost) renew().catch(() => {}); lost = false; };
    source.onerror = () => { say("not live: the daemon does not answer"); lost = true; };
    setInterval(() => { if (!document.hidden) renew().catch(() => {}); }, 120000); // ages
  }
})();
