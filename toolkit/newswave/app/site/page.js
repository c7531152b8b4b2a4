// What belongs to the whole page of the web app: the picture until it is there, the skip link,
// arrows along the header, and the projector: full screen, large type, keys for who stands in front.
const splash = document.querySelector(".nw-splash");
if (splash) {
  const look = () => {
    if (!document.querySelector(".nw-stage[data-painted], .nw-only-report [data-key]")) return;
    splash.remove();
    seen.disconnect();
  };
  const seen = new MutationObserver(look);
  const what = { subtree: true, childList: true, attributeFilter: ["data-painted"] };
  seen.observe(document.body, what);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.(".nw-skip")) return;
  event.preventDefault();
  document.querySelector(".nw-go-play")?.focus();
});

document.addEventListener("keydown", (event) => {
  const bar = event.target.closest?.(".nw-bar");
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!bar || !step) return;
  const buttons = [...bar.querySelectorAll("button")];
  const at = buttons.indexOf(event.target) + step;
  buttons[(at + buttons.length) % buttons.length].focus();
  event.preventDefault();
});

const page = document.documentElement;

function project(yes) {
  page.toggleAttribute("data-projector", yes);
  if (yes) page.requestFullscreen?.().catch(() => {}); // large type does without
  else if (document.fullscreenElement) document.exitFullscreen();
}

document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement) project(false);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".nw-projector")) project(!page.hasAttribute("data-projector"));
});

const NEXT = ["opening_next", "tour_next", "compare_show"];
const next = NEXT.map((key) => `[data-key="${key}"] .nw-button`).join();
const PROJECTED = {
  " ": ".nw-go-play",
  ArrowRight: ".nw-go-step",
  ArrowLeft: ".nw-go-back",
  n: next,
  N: next,
};

// Single keys do something only where somebody has asked for the projector.
document.addEventListener("keydown", (event) => {
  if (!page.hasAttribute("data-projector") || event.defaultPrevented) return;
  if (event.key === "Escape") return project(false);
  const taken = event.target.closest?.("input, select, textarea, button, .nw-view, .nw-bar");
  const button = !taken && document.querySelector(PROJECTED[event.key] ?? "none");
  if (!button || event.ctrlKey || event.altKey || event.metaKey) return;
  button.click();
  event.preventDefault();
});
