// The live page renews its parts while it is in sight. What comes is HTML that the service has
// escaped. The list of incidents never moves under a reader: new ones wait behind a line.
"use strict";
const live = document.getElementById("live");
const partOf = (name) => live.querySelector(`[data-part="${name}"]`);
const idsIn = (element) => [...element.querySelectorAll("[data-id]")].map((one) => one.dataset.id);
const line = live.querySelector(".waiting");
const spoken = document.getElementById("spoken");
const SPOKEN_EVERY = 10_000;
let source = null, waiting = null, spokenAt = 0;

const parsed = (html) => {
  const part = document.createElement("template");
  part.innerHTML = html;
  return part.content;
};
const speak = (text) => {
  // a page that is read aloud must not speak each second
  if (Date.now() - spokenAt < SPOKEN_EVERY || spoken.textContent === text) return;
  spokenAt = Date.now();
  spoken.textContent = text;
};
const isFollowing = (is) => {
  live.querySelector(".following").hidden = !is;
  live.querySelector(".still").hidden = is;
};
const replace = (name, content) => partOf(name)?.replaceChildren(content);
const show = () => {
  if (!waiting) return;
  const known = new Set(idsIn(partOf("incidents")));
  replace("incidents", waiting);
  waiting = null;
  line.hidden = true;
  const first = [...partOf("incidents").querySelectorAll("[data-id]")].find((one) => !known.has(one.dataset.id));
  first?.querySelector("a").focus();
};
const take = {
  state: (content) => { speak(content.textContent.trim()); replace("state", content); },
  figures: (content) => replace("figures", content),
  timeline: (content) => replace("timeline", content),
  freshness: (content) => replace("freshness", content),
  incidents: (content) => {
    const known = new Set(idsIn(partOf("incidents")));
    const count = idsIn(content).filter((id) => !known.has(id)).length;
    if (!count) return;
    waiting = content;
    line.hidden = false;
    line.firstElementChild.textContent = `${count} new ${count === 1 ? "incident" : "incidents"}: show ${count === 1 ? "it" : "them"} (.)`;
  },
};
const open = () => {
  if (source || document.hidden) return;
  source = new EventSource(live.dataset.events);
  source.addEventListener("open", () => isFollowing(true));
  source.addEventListener("error", () => {
    isFollowing(false);
    // refused: the browser does not ask again by itself
    if (source?.readyState === EventSource.CLOSED) { close(); setTimeout(open, 30_000); }
  });
  for (const [name, handle] of Object.entries(take)) {
    source.addEventListener(name, (event) => {
      // the page was loaded before there was anything to show
      if (!partOf(name)) { location.reload(); return; }
      handle(parsed(event.data));
    });
  }
};
const close = () => { source?.close(); source = null; };
line?.firstElementChild.addEventListener("click", show);
document.addEventListener("visibilitychange", () => { if (document.hidden) { close(); isFollowing(false); } else open(); });
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
open();
