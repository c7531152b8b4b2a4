// What belongs to the whole page of the web app: the picture until it is there, the skip link, and
// arrows along the header.
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
