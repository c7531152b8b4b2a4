/* What a learner does with buttons, keys, mouse or finger. */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/* Listens, and gives back how to stop. */
function listen(target, name, callback, options) {
  target.addEventListener(name, callback, options);
  return () => target.removeEventListener(name, callback, options);
}

function handTransport(stage) {
  const t = stage.page.transport;
  return [
    listen(t.start, "click", () => stage.seek(0)),
    listen(t.back, "click", () => stage.seek(stage.clock.round - 1)),
    listen(t.play, "click", () => stage.toggle()),
    listen(t.step, "click", () => stage.step()),
    listen(t.end, "click", () => stage.seek(stage.clock.last)),
    listen(t.scrub, "input", () => stage.seek(Number(t.scrub.value))),
    listen(t.speed, "change", () => {
      stage.clock.speed = Number(t.speed.value);
    }),
  ];
}

function handKeys(stage) {
  const { root, network } = stage.page;
  return [
    listen(root, "keydown", (event) => {
      const away = event.ctrlKey || event.altKey || event.metaKey;
      if (away || ["BUTTON", "SELECT", "INPUT"].includes(event.target.tagName)) return;
      const inNetwork = network.view.contains(event.target);
      if (!(inNetwork && networkKey(stage, event.key)) && !roundKey(stage, event.key)) return;
      event.preventDefault();
      event.stopPropagation();
    }),
  ];
}

function roundKey(stage, key) {
  const { clock } = stage;
  if (key === " ") stage.toggle();
  else if (key === "ArrowRight") stage.step();
  else if (key === "ArrowLeft") stage.seek(clock.round - 1);
  else if (key === "Home") stage.seek(0);
  else if (key === "End") stage.seek(clock.last);
  else return false;
  return true;
}

function networkKey(stage, key) {
  if (key in ARROWS) {
    const from = stage.pointed >= 0 ? stage.pointed : stage.picked;
    stage.point(stage.network.beside(from, ...ARROWS[key]));
  } else if (key === "Enter") stage.pick(stage.pointed >= 0 ? stage.pointed : stage.picked);
  else if (key === "Escape") {
    stage.point(-1);
    stage.pick(-1);
  } else return false;
  return true;
}

function placeOf(event, element) {
  const box = element.getBoundingClientRect();
  const scale = element.clientWidth / box.width || 1; // of a page that is shown larger
  return [scale * (event.clientX - box.left), scale * (event.clientY - box.top)];
}

function handNetwork(stage) {
  const { view, tip } = stage.page.network;
  const find = (event) => {
    const net = stage.network;
    return net.nearest(...placeOf(event, view), Math.max(14, 1.2 * net.apart));
  };
  const hide = () => {
    tip.hidden = true;
  };
  const show = (event) => {
    const agent = event.pointerType === "touch" ? -1 : find(event);
    if (agent < 0) return hide();
    say(tip, agentWords(stage.crowd, agent, stage.clock.round));
    const [x, y] = stage.network.at(agent);
    const wide = tip.offsetWidth;
    tip.style.left = `${Math.max(4, Math.min(view.clientWidth - wide - 4, x - wide / 2))}px`;
    tip.style.top = `${y > 60 ? y - tip.offsetHeight - 14 : y + 18}px`;
  };
  return [
    listen(view, "pointermove", show),
    listen(view, "pointerleave", hide),
    listen(view, "keydown", hide),
    listen(view, "click", (event) => {
      const agent = find(event);
      stage.point(-1);
      stage.pick(agent === stage.picked ? -1 : agent);
    }),
    listen(view, "blur", () => stage.point(-1)),
  ];
}

function handCurve(stage) {
  const { view } = stage.page.curve;
  let held = false;
  const go = (event) => stage.seek(stage.curves.roundAt(placeOf(event, view)[0]));
  return [
    listen(view, "pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      view.setPointerCapture(event.pointerId);
      go(event);
    }),
    listen(view, "pointermove", (event) => {
      if (held) go(event);
    }),
    ...["pointerup", "pointercancel", "lostpointercapture"].map((name) =>
      listen(view, name, () => {
        held = false;
      }),
    ),
  ];
}
