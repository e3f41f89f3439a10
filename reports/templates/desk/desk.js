// Keys of the desk: each is the key of a control that is on the page, so nothing is done that a
// click could not do. Within a field, and with a modifier, keys are the browser's own.
"use strict";
const NOTE = "tapewatch-note:";
const SENT = "tapewatch-sent";
// a decision that has landed leads to a page that says so: only then its note is done with
if (new URLSearchParams(location.search).has("done")) {
  sessionStorage.removeItem(sessionStorage.getItem(SENT) ?? "");
  sessionStorage.removeItem(SENT);
}
const note = document.querySelector("textarea[name=note]");
if (note) {
  // a typed note survives a refusal, a sign-out and a stopped service
  const place = NOTE + location.pathname;
  note.value ||= sessionStorage.getItem(place) ?? "";
  note.addEventListener("input", () => sessionStorage.setItem(place, note.value));
  note.form.addEventListener("submit", () => sessionStorage.setItem(SENT, place));
}
const links = [...document.querySelectorAll(".queue tbody a")];
if (location.hash.startsWith("#i-")) {
  document.querySelector(`${CSS.escape ? "#" + CSS.escape(location.hash.slice(1)) : location.hash} a`)?.focus();
}
let afterG = false;
const singleKeys = document.getElementById("single-keys");
singleKeys.checked = localStorage.getItem("tapewatch-single-keys") !== "off";
singleKeys.addEventListener("change", () => localStorage.setItem("tapewatch-single-keys", singleKeys.checked ? "on" : "off"));
document.addEventListener("keydown", (event) => {
  const isField = event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (event.ctrlKey && event.key === "Enter") {
    document.querySelector("#decide button[value=close]")?.click();
    return;
  }
  if (event.key === "Escape" && isField) { event.target.blur(); return; }
  if (isField || event.ctrlKey || event.metaKey || event.altKey || !singleKeys.checked) return;
  if (afterG) {
    afterG = false;
    const page = { q: "/desk", c: "/desk/cases", s: "/desk/symbols", l: "/desk/live", r: "/desk/reports", y: "/desk/system" }[event.key];
    document.querySelector(`header nav a[href="${page}"]`)?.click();
    return;
  }
  if (event.key === "g") { afterG = true; return; }
  if (event.key === "x") {
    document.activeElement.closest("tr")?.querySelector("input[type=checkbox]")?.click();
    return;
  }
  if (event.key === "j" || event.key === "k") {
    const at = links.indexOf(document.activeElement);
    links[Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), links.length - 1)]?.focus();
    return;
  }
  if (/^[1-9]$/.test(event.key)) {
    [...document.querySelectorAll(`.reasons [data-number="${event.key}"]`)]
      .find((one) => one.checkVisibility())?.click();
    return;
  }
  const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!control) return;
  event.preventDefault();
  if (control.matches("textarea, input:not([type=radio])")) { control.focus(); control.select?.(); } else control.click();
});

// The chart: a hair line reads one bar, a drag asks the server for the time that it covers.
for (const figure of document.querySelectorAll(".zoomable")) {
  const rows = [...figure.querySelectorAll("[data-at]")];
  const heads = [...figure.querySelectorAll("thead th")].map((one) => one.textContent);
  const values = figure.querySelector(".values");
  const shape = (svg, name, kind) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    made.setAttribute("class", kind);
    svg.append(made);
    return made;
  };
  const place = (made, numbers) => {
    for (const [name, value] of Object.entries(numbers)) made.setAttribute(name, value);
  };
  for (const box of figure.querySelectorAll("[role=region]")) {
    const svg = box.querySelector("svg");
    const [plot, first, last, cell] = ["plot", "first", "last", "cell"].map((name) => Number(svg.dataset[name]));
    const { width, height } = svg.viewBox.baseVal;
    const hair = shape(svg, "line", "hair");
    let at = -1;
    let from = null;
    let drag = null;
    const xOf = (event) => {
      const { left, width: drawn } = svg.getBoundingClientRect();
      return Math.min(Math.max((event.clientX - left) * width / drawn, 0), plot);
    };
    const timeOf = (x) => first + x / plot * (last - first);
    const read = (row) => {
      if (row < 0 || row >= rows.length) return;
      at = row;
      const x = (Number(rows[row].dataset.at) + cell / 2 - first) / (last - first) * plot;
      place(hair, { x1: x, x2: x, y1: 16, y2: height - 18 });
      values.textContent = [...rows[row].cells]
        .map((one, column) => column ? `${heads[column]} ${one.textContent}` : `${one.textContent} UTC`).join(" · ");
    };
    box.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      const step = event.key === "ArrowRight" ? 1 : -1;
      read(at < 0 && step < 0 ? rows.length - 1 : Math.min(Math.max(at + step, 0), rows.length - 1));
    });
    svg.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.closest("a")) return;
      from = xOf(event);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("pointermove", (event) => {
      const x = xOf(event);
      const time = timeOf(x);
      read(rows.findLastIndex((row) => Number(row.dataset.at) <= time));
      if (from === null) return;
      drag ??= shape(svg, "rect", "drag");
      place(drag, { x: Math.min(from, x), width: Math.abs(x - from), y: 16, height: height - 34 });
    });
    const end = (event) => {
      const ends = from === null ? [] : [from, xOf(event)].sort((one, other) => one - other);
      from = null;
      drag?.remove();
      drag = null;
      if (event.type === "pointercancel" || !ends.length || ends[1] - ends[0] < 4) return;
      const address = new URL(location.href);
      ["from", "until"].forEach((name, side) => {
        const second = Math.round(timeOf(ends[side]) / 1000) * 1000;
        address.searchParams.set(name, new Date(second).toISOString().replace(".000", ""));
      });
      address.searchParams.delete("done");
      location.assign(address);
    };
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }
}
