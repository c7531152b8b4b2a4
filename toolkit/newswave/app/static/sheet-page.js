// The page: items are matched by key and kind with what is there, and changed in place.

const SPREAD = new Set(["Button", "Link", "Switch", "Words", "Heading"]); // needs no lower edge

kinds.Row = (sheet, first, depth) => {
  const el = make("div", "nw-row");
  const views = new Map();
  const update = (item) => {
    el.classList.toggle("nw-even", item.items.some((one) => !SPREAD.has(one.kind)));
    place(sheet, el, views, item.items, depth);
  };
  return { el, update, views };
};

kinds["Group open"] = (sheet, first, depth) => {
  const name = make(`h${Math.min(sheet.level + depth, 6)}`, "nw-groupname");
  const body = make("div", "nw-items");
  const help = makeHelp();
  const head = make("div", "nw-line", name, help.button);
  // Only the outer groups are landmarks: the inner ones of two halves bear the same names.
  const el = make(depth ? "div" : "section", "nw-group", head, help.note, body);
  const views = new Map();
  if (depth) el.setAttribute("role", "group");
  name.id = fresh("group");
  el.setAttribute("aria-labelledby", name.id);
  const update = (item) => {
    say(name, item.label);
    help.update(item.label, item.help);
    place(sheet, body, views, item.items, depth + 1);
  };
  return { el, update, views };
};

kinds["Group folded"] = (sheet, first, depth) => {
  const summary = make("summary", "nw-summary");
  const body = make("div", "nw-items");
  const help = makeHelp();
  const details = make("details", "", summary, help.note, body);
  const el = make("div", "nw-group nw-folding", details, help.button);
  const views = new Map();
  let folded = null;
  help.button.addEventListener("click", () => (details.open = true));
  const update = (item) => {
    if (item.folded !== folded) details.open = !(folded = item.folded); // else the learner's own
    say(summary, item.label);
    help.update(item.label, item.help);
    place(sheet, body, views, item.items, depth + 1);
  };
  return { el, update, views };
};

function shapeOf(item) {
  if (item.kind === "Choice") return item.options.length > 4 ? "Choice menu" : "Choice open";
  if (item.kind === "Entry") return item.lines > 1 ? "Entry lines" : "Entry line";
  if (item.kind === "Group") return item.folded === null ? "Group open" : "Group folded";
  return item.kind;
}

function place(sheet, parent, views, items, depth) {
  const wanted = items.filter((item) => kinds[shapeOf(item)])
    .map((item) => [`${shapeOf(item)} ${item.key}`, item]);
  const names = new Set(wanted.map(([name]) => name));
  for (const [name, view] of [...views]) if (!names.has(name)) takeOut(views, name, view);
  let here = parent.firstElementChild;
  for (const [name, item] of wanted) {
    if (item.kind === "Heading" && item.level === 2) sheet.level = 3;
    if (!views.has(name)) views.set(name, kinds[shapeOf(item)](sheet, item, depth));
    const view = views.get(name);
    view.el.dataset.key = item.key;
    view.el.dataset.kind = item.kind;
    if (view.el === here) here = here.nextElementSibling;
    else parent.insertBefore(view.el, here);
    const text = JSON.stringify(item);
    if (view.text !== text) view.update(item);
    view.text = text;
  }
}

function takeOut(views, name, view) {
  stopAll(view);
  view.el.remove();
  views.delete(name);
}

function stopAll(view) {
  view.stop?.();
  for (const inner of view.views?.values() ?? []) stopAll(inner);
}

function settleAll(views) {
  for (const view of views.values()) {
    view.settle?.();
    if (view.views) settleAll(view.views);
  }
}

function turnAll(views) {
  for (const view of views.values()) {
    view.turn?.();
    if (view.views) turnAll(view.views);
  }
}

const SUCCESSOR = `input:checked, :is(${REACHED}):not([type=radio], [hidden])`;

// Do the work; if what had the focus is gone, the focus goes to what came in its place.
function keepFocus(root, work) {
  const before = root.getRootNode().activeElement;
  const trail = [];
  if (before !== root && root.contains(before))
    for (let el = before; el !== root; el = el.parentElement)
      trail.push([el.parentElement, [...el.parentElement.children].indexOf(el)]);
  work();
  if (!trail.length || root.getRootNode().activeElement === before) return;
  if (root.contains(before)) return before.focus({ preventScroll: true });
  const [parent, at] = trail.find(([one]) => root.contains(one));
  const near = parent.children[Math.min(at, parent.children.length - 1)];
  const next = near && (near.matches(SUCCESSOR) ? near : near.querySelector(SUCCESSOR));
  (next || root).focus({ preventScroll: true });
}

function followTheme(model, root) {
  const put = () => (root.dataset.theme = themeOf(model.get("theme")));
  put();
  return { put, stop: onThemeChange(put) };
}

function render({ model, el }) {
  const body = make("div", "nw-items");
  const root = make("section", "nw nw-sheet", body);
  const sheet = { wire: makeWire(model), level: 2 };
  const views = new Map();
  const theme = followTheme(model, root);
  root.tabIndex = -1;
  root.setAttribute(OWN_KEYS, "true");
  const heard = {
    "change:items": () => keepFocus(root, () => {
      sheet.level = 2;
      place(sheet, body, views, model.get("items"), 0);
    }),
    "change:handled": () => {
      sheet.wire.release();
      settleAll(views);
    },
    "change:label": () => mark(root, "aria-label", model.get("label")),
    "change:theme": theme.put,
    "msg:custom": takeHome,
  };
  const unfollow = follow(model, ({ round }) => {
    if (round === undefined || round === sheet.round) return;
    sheet.round = round;
    turnAll(views);
  });
  heard["change:label"]();
  el.append(root);
  heard["change:items"]();
  for (const [name, callback] of Object.entries(heard)) model.on(name, callback);
  return () => {
    for (const [name, callback] of Object.entries(heard)) model.off(name, callback);
    for (const view of views.values()) stopAll(view);
    sheet.wire.stop();
    unfollow();
    theme.stop();
    root.remove();
  };
}

export default { render };
