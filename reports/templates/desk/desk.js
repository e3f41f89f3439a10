// Keys of the desk: each is the key of a control that is on the page, so nothing is done that a
// click could not do. Within a field, and with a modifier, keys are the browser's own.
"use strict";
const NOTE = "tapewatch-note:";
const note = document.querySelector("textarea[name=note]");
if (note) {
  // a typed note survives a refusal, a sign-out and a stopped service
  const place = NOTE + location.pathname;
  note.value ||= sessionStorage.getItem(place) ?? "";
  note.addEventListener("input", () => sessionStorage.setItem(place, note.value));
  note.form.addEventListener("submit", () => sessionStorage.removeItem(place));
}
const links = [...document.querySelectorAll(".queue tbody a")];
if (location.hash.startsWith("#i-")) {
  document.querySelector(`${CSS.escape ? "#" + CSS.escape(location.hash.slice(1)) : location.hash} a`)?.focus();
}
document.addEventListener("keydown", (event) => {
  const isField = event.target.matches("textarea, select, input:not([type=radio])");
  if (event.ctrlKey && event.key === "Enter") {
    document.querySelector("button[value=close]")?.click();
    return;
  }
  if (event.key === "Escape" && isField) { event.target.blur(); return; }
  if (isField || event.ctrlKey || event.metaKey || event.altKey) return;
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
  if (control.matches("textarea")) control.focus(); else control.click();
});
