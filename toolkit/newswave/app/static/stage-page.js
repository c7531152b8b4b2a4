/* The elements of the stage. Everything that is told is set as text. */
let pages = 0;

function node(name, traits = {}, inner = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(traits)) made.setAttribute(key, value);
  made.append(...inner);
  return made;
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

const ICONS = {
  start: "M5 4v16M19 4l-9 8 9 8",
  back: "M16 4l-9 8 9 8",
  play: "M7 4v16l13-8z",
  pause: "M7 4h3v16H7zM14 4h3v16h-3z",
  step: "M8 4l9 8-9 8",
  end: "M19 4v16M5 4l9 8-9 8",
};

function icon(name) {
  const size = { width: 20, height: 20, viewBox: "0 0 24 24", "aria-hidden": "true" };
  const fill = ["play", "pause"].includes(name) ? "currentColor" : "none";
  const drawn = { d: ICONS[name], fill, stroke: "currentColor", "stroke-width": 2.4, "stroke-linejoin": "round" };
  return svg("svg", { ...size, focusable: "false" }, [svg("path", drawn)]);
}

function button(name, label) {
  return node("button", { type: "button", class: `nw-go nw-go-${name}`, "aria-label": label, title: label }, [icon(name)]);
}

function makePane(kind, label, hint, id) {
  const canvas = node("canvas", { role: "img" });
  const badge = node("p", { class: "nw-badge" });
  const view = node("div", { class: "nw-view", role: "group", "aria-label": label, "aria-describedby": id }, [
    canvas,
    badge,
  ]);
  const keys = node("p", { class: "nw-keys", id }, [hint]);
  const legend = node("ul", { class: "nw-legend", role: "list" });
  return { canvas, badge, view, keys, legend, pane: node("div", { class: `nw-pane nw-pane-${kind}` }) };
}

function makeNetwork(id) {
  const hint = "Arrow keys point at an agent, Enter chooses it, Escape lets it go, Space plays.";
  const made = makePane("network", "Network", hint, `${id}-network`);
  made.view.tabIndex = 0;
  made.view.setAttribute("role", "application"); // so that arrow keys come through screen readers
  made.tip = node("div", { class: "nw-tip", "aria-hidden": "true", hidden: "" });
  made.view.append(made.tip);
  made.picked = node("p", { class: "nw-picked" });
  made.rule = node("p", { class: "nw-rule" });
  const below = node("div", { class: "nw-below" }, [made.picked, made.keys]);
  made.pane.append(made.view, made.legend, made.rule, below);
  return made;
}

function makeCurve(id) {
  const hint = "Left and right arrow keys go through the rounds, Space plays.";
  const made = makePane("curve", "Curve", hint, `${id}-curve`);
  made.share = node("p", { class: "nw-axis" });
  made.time = node("p", { class: "nw-axis nw-axis-time" });
  made.pane.append(made.share, made.view, made.time, made.legend, made.keys);
  return made;
}

function makeTransport() {
  const made = {
    start: button("start", "Back to the start"),
    back: button("back", "One round back"),
    play: button("play", "Play"),
    step: button("step", "One round on"),
    end: button("end", "To the end"),
    scrub: node("input", { type: "range", min: 0, max: 0, step: 1, class: "nw-scrub", "aria-label": "Round" }),
    speed: node("select", { class: "nw-speed" }),
  };
  for (const speed of SPEEDS) {
    made.speed.append(node("option", { value: speed }, [`${speed} rounds/s`]));
  }
  made.speed.value = String(FIRST_SPEED);
  made.playWord = node("span", { "aria-hidden": "true" }, ["Play"]);
  made.play.append(made.playWord);
  const speed = node("label", { class: "nw-speed-label" }, [node("span", {}, ["Speed"]), made.speed]);
  const buttons = node("div", { class: "nw-buttons" }, [made.play, made.start, made.back, made.step, made.end]);
  made.bar = node("div", { class: "nw-transport", role: "group", "aria-label": "Playback" }, [
    buttons,
    made.scrub,
    speed,
  ]);
  return made;
}

function makePage() {
  pages += 1;
  const id = `nw-stage-${pages}-${Math.random().toString(36).slice(2, 8)}`;
  const page = {
    title: node("p", { class: "nw-stage-title" }),
    status: node("p", { class: "nw-status" }),
    said: node("p", { class: "nw-unseen", "aria-live": "polite" }),
    network: makeNetwork(id),
    curve: makeCurve(id),
    transport: makeTransport(),
  };
  const panes = node("div", { class: "nw-panes" }, [page.network.pane, page.curve.pane]);
  const hold = node("div", { class: "nw-hold" }, [page.status, page.transport.bar]);
  page.body = node("div", { class: "nw-stage-body" }, [page.title, panes, hold, page.said]);
  // JupyterLab would take the arrow keys and the space bar for its own.
  const traits = { class: "nw nw-stage", role: "group", "data-lm-suppress-shortcuts": "true" };
  page.root = node("div", traits, [page.body]);
  return page;
}

function entry(picture, text) {
  const number = node("span", { class: "nw-count" });
  return { number, item: node("li", {}, [picture, node("span", {}, [text]), number]) };
}

/* What the fillings, the shapes and the rings mean; gives the places of the numbers. */
function fillNetworkLegend(legend, crowd) {
  const several = crowd.names.length > 1;
  const ink = several ? "soft" : PALETTE[0];
  const tale = [
    [UNREACHED, "not reached yet"],
    [SEES, "sees the news"],
    [SHARED, "has shared"],
    [SEED, "shared at the start"],
  ];
  const entries = tale.map(([state, text]) => entry(markSample(0, state, ink), text));
  if (crowd.hasActing) entries.push(entry(plusSample(ink), "active offline"));
  const classes = several
    ? crowd.names.map((name, kind) => entry(markSample(kind, SHARED, PALETTE[kind]), name))
    : [];
  legend.replaceChildren(...[...classes, ...entries].map((one) => one.item));
  return entries.map((one) => one.number);
}

function fillCurveLegend(legend, { lines, bands, run }) {
  const entries = [];
  if (run.length) entries.push(entry(lineSample("ink", [], 3.5, true), "this run"));
  for (const line of lines) entries.push(entry(lineSample(line.colour, line.dash, line.width), line.label));
  for (const band of bands) entries.push(entry(bandSample(band.colour), band.label));
  legend.replaceChildren(...entries.map((one) => one.item));
}
