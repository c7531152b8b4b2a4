/* How agents and lines look: shapes for classes, fillings for states, colours from the tokens. */
const PALETTE = ["orange", "sky", "green", "purple"];
const INKS = ["ink", "soft", "accent", "orange", "sky", "green", "blue", "red", "purple"];

function readColours(root) {
  const style = getComputedStyle(root);
  const names = [...INKS, "card", "line", "focus"];
  return Object.fromEntries(
    names.map((name) => [name, style.getPropertyValue(`--nw-${name}`).trim() || "gray"]),
  );
}

function inkOf(colours, name) {
  return INKS.includes(name) ? colours[name] : colours.ink;
}

/* Adds the shape of a class to a path (a canvas context or a Path2D); all have the same area. */
function addShape(path, kind, x, y, r) {
  if (kind === 0) {
    path.moveTo(x + r, y);
    path.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  for (const [at, corner] of cornersOf(kind, r).entries()) {
    if (at === 0) path.moveTo(x + corner[0], y + corner[1]);
    else path.lineTo(x + corner[0], y + corner[1]);
  }
  path.closePath();
}

function cornersOf(kind, r) {
  if (kind === 1) {
    const s = 0.886 * r;
    return [[-s, -s], [s, -s], [s, s], [-s, s]];
  }
  if (kind === 2) {
    const s = 1.42 * r;
    return [[0, -s], [0.866 * s, 0.5 * s], [-0.866 * s, 0.5 * s]];
  }
  const s = 1.25 * r;
  return [[0, -s], [s, 0], [0, s], [-s, 0]];
}

/* Paints agents of one class and one state. Filled with card first, so that a later state covers
   an earlier one, and links end at the agents' edges. Who has shared is the largest and strongest. */
function paintMarks(ctx, colours, kind, state, places, r) {
  if (!places.length) return;
  const colour = colours[PALETTE[kind]];
  const size = state >= SHARED ? r : 0.86 * r;
  ctx.beginPath();
  for (const [x, y, own = 1] of places) addShape(ctx, kind, x, y, own * size);
  ctx.fillStyle = state >= SHARED ? colour : colours.card;
  ctx.fill();
  ctx.lineWidth = Math.max(0.7, Math.min(2, 0.28 * r));
  ctx.strokeStyle = state === UNREACHED ? colours.soft : colour;
  ctx.globalAlpha = state >= SHARED ? 1 : state === SEES ? 0.75 : 0.5;
  ctx.stroke();
  ctx.globalAlpha = 1;
  if (state === SEES) paintDots(ctx, colour, places, 0.36 * r);
  if (state === SEED) paintRings(ctx, colours, kind, places, r);
}

function paintDots(ctx, colour, places, r) {
  ctx.beginPath();
  for (const [x, y, own = 1] of places) {
    ctx.moveTo(x + own * r, y);
    ctx.arc(x, y, own * r, 0, 2 * Math.PI);
  }
  ctx.fillStyle = colour;
  ctx.fill();
}

function paintRings(ctx, colours, kind, places, r) {
  const width = Math.max(1.2, 0.26 * r);
  ctx.beginPath();
  for (const [x, y, own = 1] of places) addShape(ctx, kind, x, y, own * r + 1.5 * width);
  ctx.strokeStyle = colours.card;
  ctx.lineWidth = 2.2 * width;
  ctx.stroke();
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = width;
  ctx.stroke();
}

/* A plus over the mark of who is active offline: a shape, so that no colour has to tell it. */
function paintPluses(ctx, colours, places, r) {
  for (const [ink, width] of [["card", 0.85 * r], ["ink", 0.38 * r]]) {
    ctx.beginPath();
    for (const [x, y] of places) {
      ctx.moveTo(x - 0.8 * r, y);
      ctx.lineTo(x + 0.8 * r, y);
      ctx.moveTo(x, y - 0.8 * r);
      ctx.lineTo(x, y + 0.8 * r);
    }
    ctx.strokeStyle = colours[ink];
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

const SVG = "http://www.w3.org/2000/svg";

function svg(name, traits, inner = []) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(traits)) node.setAttribute(key, value);
  node.append(...inner);
  return node;
}

function sample(width, inner) {
  const size = { width, height: 20, viewBox: `0 0 ${width} 20`, "aria-hidden": "true" };
  return svg("svg", { ...size, class: "nw-mark", focusable: "false" }, inner);
}

function shapeNode(kind, r, style) {
  const node =
    kind === 0
      ? svg("circle", { cx: 10, cy: 10, r })
      : svg("polygon", { points: cornersOf(kind, r).map(([x, y]) => `${10 + x},${10 + y}`).join(" ") });
  node.setAttribute("style", style);
  return node;
}

/* The sample of a state, or with SHARED and a class the sample of the class. */
function markSample(kind, state, colour) {
  const ink = `var(--nw-${colour})`;
  const inside = state >= SHARED ? ink : "var(--nw-card)";
  const edge = state === UNREACHED ? "var(--nw-soft)" : ink;
  const nodes = [
    shapeNode(kind, 6, `fill:${inside};stroke:${edge};stroke-width:${state === UNREACHED ? 1.2 : 1.7}`),
  ];
  if (state === SEES) nodes.push(shapeNode(0, 2.6, `fill:${ink}`));
  if (state === SEED) nodes.push(shapeNode(kind, 8.8, "fill:none;stroke:var(--nw-ink);stroke-width:1.6"));
  return sample(20, nodes);
}

/* The sample of who is active offline. */
function plusSample(colour) {
  const plus = (ink, width) =>
    svg("path", { d: "M5 10H15M10 5V15", style: `stroke:var(--nw-${ink});stroke-width:${width}` });
  const mark = shapeNode(0, 6, `fill:var(--nw-${colour})`);
  return sample(20, [mark, plus("card", 5), plus("ink", 2.2)]);
}

function lineSample(colour, dash, width, dot = false) {
  const ink = `var(--nw-${INKS.includes(colour) ? colour : "ink"})`;
  const line = svg("line", { x1: 1, y1: 10, x2: 33, y2: 10, "stroke-dasharray": dash.join(" ") });
  line.setAttribute("style", `stroke:${ink};stroke-width:${width}`);
  const nodes = [line];
  if (dot) nodes.push(svg("circle", { cx: 33, cy: 10, r: 5, style: `fill:${ink}` }));
  return sample(dot ? 40 : 34, nodes);
}

function bandSample(colour) {
  const ink = `var(--nw-${INKS.includes(colour) ? colour : "ink"})`;
  const style = `fill:${ink};fill-opacity:0.2;stroke:${ink};stroke-opacity:0.5`;
  return sample(34, [svg("rect", { x: 1, y: 3, width: 32, height: 14, rx: 2, style })]);
}

/* A canvas that keeps a picture that seldom changes. */
function layerLike(canvas, ratio, layer) {
  const kept = layer ?? document.createElement("canvas");
  kept.width = canvas.width;
  kept.height = canvas.height;
  const ctx = kept.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  return [kept, ctx];
}

/* Gives a canvas as many pixels as the screen has in its place; says whether that changed it. */
function sized(canvas) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  const same = canvas.width === width && canvas.height === height;
  if (!same) {
    canvas.width = width;
    canvas.height = height;
  }
  return { ratio, same, width: canvas.clientWidth, height: canvas.clientHeight };
}
