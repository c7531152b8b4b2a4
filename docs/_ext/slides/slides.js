"use strict";
const slides = [...document.querySelectorAll("section")];
const told = document.querySelector("[role=status]");
const wide = matchMedia("(min-width: 701px)");
let now = 0;

function go(to, byHand = true) {
  now = Math.min(Math.max(to, 0), slides.length - 1);
  slides.forEach((slide, at) => slide.classList.toggle("now", at === now));
  told.textContent = `${now + 1} of ${slides.length}`;
  if (!byHand || !wide.matches) return;
  history.replaceState(null, "", `#${now + 1}`);
  slides[now].scrollTop = 0;
  const heading = slides[now].querySelector("h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

const steps = {
  ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1,
  ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
  Home: -slides.length, End: slides.length,
};

addEventListener("keydown", (event) => {
  const busy = event.key === " " && event.target.closest("button, summary, a");
  if (busy || !wide.matches || event.ctrlKey || event.metaKey || event.altKey) return;
  let step = steps[event.key];
  if (step === undefined) return;
  if (event.key === " " && event.shiftKey) step = -1;
  event.preventDefault();
  go(now + step);
});

for (const button of document.querySelectorAll("button")) {
  button.addEventListener("click", () => go(now + Number(button.dataset.step)));
}

function fromAddress() {
  go((Number.parseInt(location.hash.slice(1), 10) || 1) - 1, false);
}

addEventListener("hashchange", fromAddress);
document.documentElement.classList.add("one-by-one");
fromAddress();
