// The live page renews its parts while it is in sight. What comes is HTML that the service has
// escaped. The list of incidents never moves under a reader: new ones wait behind a line.
"use strict";
const live = document.getElementById("live");
const partOf = (name) => live.querySelector(`[data-part="${name}"]`);
const idsIn = (element) => [...element.querySelectorAll("[data-id]")].map((one) => one.dataset.id);
const line = live.querySelector(".waiting");
const spoken = document.getElementById("spoken");
const SPOKEN_EVERY = 10_000;
let source = null, waiting = null, spokenAt = 0, toSpeak = "", tone = "", answeredAt = new Date();

const parsed = (html) => {
  const part = document.createElement("template");
  part.innerHTML = html;
  return part.content;
};
const speak = (text) => {
  // a page that is read aloud says what changed, and not each second
  const isWaiting = toSpeak !== "";
  toSpeak = text;
  if (isWaiting) return;
  setTimeout(() => {
    spoken.textContent = toSpeak;
    toSpeak = "";
    spokenAt = Date.now();
  }, Math.max(0, spokenAt + SPOKEN_EVERY - Date.now()));
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
  state: (content) => {
    const said = content.firstElementChild;
    if (said.className !== tone && tone) speak(said.textContent);
    tone = said.className;
    replace("state", content);
  },
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
    speak(`${count} new ${count === 1 ? "incident" : "incidents"}`);
  },
};
const isSilent = () => {
  // the last figures stay, under a line that says of when they are
  const said = document.createElement("p");
  said.className = "status poor";
  said.textContent = `✕ As of ${answeredAt.toISOString().slice(11, 19)} UTC; the service has not answered since`;
  const content = document.createDocumentFragment();
  content.append(said);
  take.state(content);
};
const open = () => {
  if (source || document.hidden) return;
  source = new EventSource(live.dataset.events);
  source.addEventListener("open", () => isFollowing(true));
  source.addEventListener("error", () => {
    isFollowing(false);
    isSilent();
    // refused: the browser does not ask again by itself
    if (source?.readyState === EventSource.CLOSED) { close(); setTimeout(open, 30_000); }
  });
  for (const [name, handle] of Object.entries(take)) {
    source.addEventListener(name, (event) => {
      // the page was loaded before there was anything to show
      if (!partOf(name)) { location.reload(); return; }
      answeredAt = new Date();
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
