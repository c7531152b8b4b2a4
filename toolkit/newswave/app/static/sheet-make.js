// Making elements. What an item says reaches the page as text only, never as markup.

const stamp = Math.random().toString(36).slice(2, 8); // several sheets share one page
let made = 0;

function fresh(stem) {
  made += 1;
  return `nw-${stem}-${stamp}-${made}`;
}

// JupyterLab takes the keys of whatever has the focus (a slider's arrows would change the cell),
// unless that very element says so.
const OWN_KEYS = "data-lm-suppress-shortcuts";
const REACHED = "input, button, select, textarea, summary, a, pre";

function make(tag, look, ...inside) {
  const el = document.createElement(tag);
  if (el.matches(REACHED)) el.setAttribute(OWN_KEYS, "true");
  if (look) el.className = look;
  el.append(...inside);
  return el;
}

function say(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

function mark(el, name, value) {
  if (value === "" || value === null || value === false) el.removeAttribute(name);
  else if (el.getAttribute(name) !== String(value)) el.setAttribute(name, String(value));
}

function unseen(text) {
  return make("span", "nw-unseen", text);
}

// A "?" that opens and closes a paragraph below what it explains.
function makeHelp() {
  const button = make("button", "nw-help", "?");
  const note = make("p", "nw-helping");
  note.id = fresh("help");
  button.type = "button";
  button.setAttribute("aria-controls", note.id);
  const open = (yes) => {
    note.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  };
  open(false);
  button.addEventListener("click", () => open(note.hidden));
  const update = (label, help) => {
    mark(button, "aria-label", help ? `Help: ${label}` : "");
    say(note, help);
    button.hidden = !help;
    if (!help) open(false);
  };
  return { button, note, open, update };
}

// Why a control does nothing now: in sight, and read out with the control, which stays in reach.
function makeReason(...controls) {
  const el = make("p", "nw-reason");
  el.id = fresh("reason");
  const update = (barred, more = controls) => {
    say(el, barred);
    el.hidden = !barred;
    for (const control of more) {
      mark(control, "aria-disabled", barred ? "true" : "");
      mark(control, "aria-describedby", barred ? el.id : "");
    }
  };
  return { el, update };
}

const COLOURS = new Set(["ink", "orange", "sky", "green", "blue", "red", "purple"]);

// A short piece of a line as the picture draws it: colour, dashes and width.
function lineSample(stroke) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "line");
  const colour = COLOURS.has(stroke.colour) ? stroke.colour : "ink";
  const width = Math.min(Math.max(Number(stroke.width) || 2, 1), 8);
  svg.setAttribute("class", "nw-sample");
  svg.setAttribute("viewBox", "0 0 36 12");
  svg.setAttribute("aria-hidden", "true");
  for (const [name, value] of Object.entries({ x1: 1, y1: 6, x2: 35, y2: 6 }))
    line.setAttribute(name, value);
  line.style.stroke = `var(--nw-${colour})`;
  line.style.strokeWidth = String(width);
  line.style.strokeDasharray = stroke.dash.map(Number).join(" ");
  svg.append(line);
  return svg;
}

// A box that scrolls sideways, and can be reached by keyboard while it does.
function makeScroller(inside) {
  const el = make("div", "nw-scroll", inside);
  el.setAttribute(OWN_KEYS, "true");
  let name = "";
  const look = () => {
    const over = el.scrollWidth > el.clientWidth + 1;
    mark(el, "tabindex", over ? "0" : "");
    mark(el, "role", over ? "region" : "");
    mark(el, "aria-label", over ? name : "");
  };
  const watch = new ResizeObserver(look);
  watch.observe(el);
  watch.observe(inside);
  const update = (label) => {
    name = `${label} (scrolls)`;
    look();
  };
  return { el, update, stop: () => watch.disconnect() };
}

function fileSize(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${size < 10 ? Math.round(size * 10) / 10 : Math.round(size)} ${unit}`;
}
