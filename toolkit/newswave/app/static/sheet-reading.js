// The kinds of item that are read: each maker gives an element and what brings it up to date.

const kinds = {};

kinds.Heading = (sheet, first) => {
  const el = make(first.level === 3 ? "h3" : "h2", "nw-heading");
  return { el, update: (item) => say(el, item.text) };
};

const SIGNS = {
  note: ["i", "Note: "],
  warning: ["!", "Warning: "],
  error: ["×", "Error: "],
  good: ["✓", ""],
  synthetic: ["≈", ""],
};

kinds.Words = (sheet) => {
  const sign = make("span", "nw-sign");
  const spoken = unseen("");
  const body = make("div", "nw-paragraphs");
  const el = make("div", "nw-words", sign, spoken, body);
  sign.setAttribute("aria-hidden", "true");
  let item = null;
  const write = () => {
    const at = Math.min(sheet.round ?? -1, item.rounds.length - 1);
    const text = item.rounds[at] ?? item.text;
    const parts = text.split(/\n\s*\n/).filter((part) => part.trim());
    while (body.children.length > parts.length) body.lastChild.remove();
    while (body.children.length < parts.length) body.append(make("p"));
    parts.forEach((part, place) => say(body.children[place], part.trim()));
  };
  const update = (next) => {
    item = next;
    const [shown, said] = SIGNS[item.tone] || ["", ""];
    el.dataset.tone = item.tone;
    mark(el, "role", item.live ? "status" : "");
    mark(el, "aria-live", item.live ? "polite" : "");
    sign.hidden = !shown;
    say(sign, shown);
    say(spoken, said);
    write();
  };
  return { el, update, turn: () => item.rounds.length && write() };
};

function headRow(header, numeric) {
  const cells = header.map((text, column) => {
    const th = make("th", numeric.includes(column) ? "nw-number" : "", text);
    th.scope = "col";
    return th;
  });
  return make("thead", "", make("tr", "", ...cells));
}

function rowName(text) {
  const th = make("th", "", text);
  th.scope = "row";
  th.dataset.row = text;
  return th;
}

// A link to another row of the sheet, by the row's name: the row gets the focus.
function rowLink(name) {
  const link = make("a", "", name);
  link.href = "#";
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const rows = link.closest(".nw-sheet").querySelectorAll("th[data-row]");
    const row = [...rows].find((one) => one.dataset.row === name);
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  });
  return link;
}

function seeAlso(names) {
  if (!names?.length) return [];
  const links = names.flatMap((name, place) => (place ? [", ", rowLink(name)] : [rowLink(name)]));
  return [" See: ", ...links, "."];
}

kinds.Table = () => {
  const table = make("table", "nw-table");
  const scroller = makeScroller(table);
  const update = (item) => {
    const rows = item.rows.map(([name, ...cells], at) => {
      const row = make("tr", "", rowName(name ?? ""), ...cells.map((text, place) =>
        make("td", item.numeric.includes(place + 1) ? "nw-number" : "", text)));
      row.lastChild.append(...seeAlso(item.see[at]));
      return row;
    });
    table.replaceChildren(
      make("caption", "", item.caption), headRow(item.header, item.numeric),
      make("tbody", "", ...rows));
    scroller.update(item.caption);
  };
  return { el: scroller.el, update, stop: scroller.stop };
};

// Shades of a table's cells by theme; they are put in from report/style.py.
const RAMPS = {};
/* colours: heat */
const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function shade(ramp, part) {
  const along = Math.min(Math.max(part, 0), 1) * (ramp.length - 1);
  const at = Math.min(Math.floor(along), ramp.length - 2);
  const [low, high] = [parsed(ramp[at]), parsed(ramp[at + 1])];
  return low.map((value, channel) => Math.round(value + (high[channel] - value) * (along - at)));
}

// Black or white, whichever has the higher contrast: at least 4.58 to 1 on any colour.
function inkOn(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "black" : "white";
}

function paint(el, part) {
  for (const [theme, ramp] of Object.entries(RAMPS)) {
    const colour = shade(ramp, part);
    el.style.setProperty(`--${theme}-shade`, `rgb(${colour.join(" ")})`);
    el.style.setProperty(`--${theme}-ink`, inkOn(colour));
  }
}

function percent(value) {
  const hundred = value * 100;
  const fine = (hundred > 0 && hundred < 9.95) || (hundred > 99 && hundred < 100);
  if (hundred > 0 && hundred < 0.05) return "<0.1 %";
  return `${fine ? Number(hundred.toFixed(1)) : Math.round(hundred)} %`;
}

const known = (value) => typeof value === "number" && Number.isFinite(value);

function gridCell(value, top) {
  if (!known(value)) {
    const dot = make("span", "", "·");
    dot.setAttribute("aria-hidden", "true");
    return make("td", "nw-unknown", dot, unseen("not measured yet"));
  }
  const td = make("td", "nw-shade", percent(value));
  paint(td, value / top);
  return td;
}

function gridKey(top) {
  const swatches = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const swatch = make("span", "nw-shade");
    paint(swatch, part);
    return swatch;
  });
  const strip = make("span", "nw-strip", ...swatches);
  strip.setAttribute("aria-hidden", "true");
  return make("p", "nw-key", "0 %", strip, percent(top), unseen(" is the strongest shade"));
}

kinds.Grid = () => {
  const table = make("table", "nw-table nw-grid");
  const scroller = makeScroller(table);
  const key = make("div", "");
  const update = (item) => {
    const highest = Math.max(0, ...item.values.flat().filter(known));
    const top = [0.1, 0.25, 0.5, 1].find((step) => highest <= step) ?? 1;
    const rows = item.rows.map((name, row) =>
      make("tr", "", rowName(name), ...item.header.slice(1).map((_, column) =>
        gridCell(item.values[row]?.[column], top))));
    const numbers = item.header.map((_, column) => column).slice(1);
    table.replaceChildren(
      make("caption", "", item.caption), headRow(item.header, numbers),
      make("tbody", "", ...rows));
    key.replaceChildren(gridKey(top));
    scroller.update(item.caption);
  };
  return { el: make("div", "nw-gridbox", scroller.el, key), update, stop: scroller.stop };
};

kinds.Progress = () => {
  const label = make("span", "nw-label");
  const bar = make("progress", "nw-bar");
  const text = make("p", "nw-quiet");
  label.id = fresh("progress");
  bar.setAttribute("aria-labelledby", label.id);
  const update = (item) => {
    say(label, item.label);
    say(text, item.text);
    text.hidden = !item.text;
    bar.max = Math.max(item.total, 1);
    if (item.total > 0) bar.value = Math.min(Math.max(item.done, 0), item.total);
    else bar.removeAttribute("value");
  };
  return { el: make("div", "nw-progress", label, bar, text), update };
};

// A link that is to be copied is of use only whole: the page knows where it is, and where others
// find it if it was opened by a name that only this machine has.
const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const whole = (text) => {
  if (!text.startsWith("./?")) return text;
  const others = document.querySelector("[data-others]")?.dataset.others;
  const isOwn = OWN_NAMES.includes(document.location.hostname);
  return new URL(text, isOwn && others ? others : document.location).href;
};

kinds.Code = () => {
  const label = make("span", "nw-label");
  const button = make("button", "nw-button nw-small", "Copy");
  const told = make("span", "nw-told");
  const pre = make("pre", "nw-code");
  button.type = "button";
  told.setAttribute("role", "status");
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  button.addEventListener("click", async () => {
    say(told, "");
    const done = await copyText(pre.textContent, pre);
    say(told, done ? "Copied" : "Select the text and copy it by keyboard");
  });
  const update = (item) => {
    say(label, item.label);
    mark(pre, "aria-label", item.label);
    mark(button, "aria-label", `Copy: ${item.label}`);
    if (pre.textContent !== whole(item.text)) say(told, "");
    say(pre, whole(item.text));
  };
  return { el: make("div", "nw-codebox", make("div", "nw-line", label, told, button), pre), update };
};

kinds.Link = () => {
  const el = make("p", "nw-link");
  const update = (item) => {
    const href = safeWay(item.href);
    if (!href) return el.replaceChildren(`${item.label}: ${item.href}`);
    const link = make("a", "", item.label);
    link.href = href;
    if (/^https?:/.test(href)) {
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      const arrow = make("span", "", " ↗");
      arrow.setAttribute("aria-hidden", "true");
      link.append(arrow, unseen(" (opens in a new tab)"));
    }
    el.replaceChildren(link);
  };
  return { el, update };
};
