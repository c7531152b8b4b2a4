/* Words and numbers in the picture of the curve. */
const LETTERS = "14px";

function paintAxes(plot, ctx) {
  ctx.font = `${LETTERS} ${plot.font}`;
  ctx.fillStyle = plot.colours.soft;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const tick of TICKS) {
    const y = Math.round(plot.y(tick)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(plot.left, y);
    ctx.lineTo(plot.right, y);
    plot.stroke(ctx, tick ? plot.colours.line : plot.colours.soft, 1, [], 1);
    ctx.fillText(percent(tick), plot.left - 8, y);
  }
  ctx.textBaseline = "top";
  ctx.textAlign = "center";
  for (const tick of roundTicks(plot.rounds, plot.right - plot.left)) {
    ctx.fillText(counted(tick), plot.x(tick), plot.low + 11);
  }
}

/* Whole rounds in steps of 1, 2 or 5, with room for their numbers. */
function roundTicks(rounds, width) {
  const most = Math.max(1, Math.floor(width / 52));
  let step = 1;
  for (let i = 0; rounds / step > most; i += 1) step = [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3);
  const ticks = [];
  for (let r = 0; r <= rounds; r += step) ticks.push(r);
  return ticks;
}

/* The share at the dot, where the line is not: above it while it rises, below where it bends. */
function paintValue(plot, ctx, x, y, text) {
  ctx.font = `600 16px ${plot.font}`;
  ctx.textBaseline = "middle";
  const wide = ctx.measureText(text).width;
  const low = y < plot.y(0.6);
  const left = low ? x + wide + 13 > plot.right : x - wide - 16 > plot.left;
  ctx.textAlign = left ? "right" : "left";
  haloed(plot, ctx, text, x + (left ? -13 : 13), y + (low ? 20 : -12));
}

/* Names beside their lines, where there is a place that no other line or name crosses. */
function placedNames(plot, ctx) {
  ctx.font = `${LETTERS} ${plot.font}`;
  const taken = [];
  for (const line of plot.wanted.lines) {
    const wide = ctx.measureText(line.label).width;
    const told = plot.wanted.gaps.some(({ text }) => text.startsWith(`${line.label}:`));
    if (!line.label || told || wide > 0.4 * (plot.right - plot.left)) continue;
    const box = placesBeside(plot, line, wide).find((one) => isFree(plot, one, taken));
    if (!box) continue;
    taken.push({ ...box, label: line.label });
  }
  return taken;
}

function paintNames(plot, ctx) {
  ctx.font = `${LETTERS} ${plot.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const { label, x, y, height } of plot.names) haloed(plot, ctx, label, x, y + height / 2);
}

/* What is said of the plot at the place where it is true: the gap between two lines, and words. */
function paintGap(plot, ctx, { text, round, ends }) {
  if (ends.length < 2 || !ends.every(Number.isFinite) || round > plot.rounds) return;
  const [x, [low, high]] = [plot.x(round), ends.map((end) => plot.y(end)).sort((a, b) => b - a)];
  if (low - high < 1) paintDots(ctx, plot.colours.red, [[x, low]], 5);
  ctx.beginPath();
  for (const y of [low, high]) {
    ctx.moveTo(x - 5, y);
    ctx.lineTo(x + 5, y);
  }
  ctx.moveTo(x, low);
  ctx.lineTo(x, high);
  plot.stroke(ctx, plot.colours.red, 2.5, [], 1);
  ctx.font = `600 15px ${plot.font}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const fits = ctx.measureText(text).width < plot.right - x - 16;
  haloed(plot, ctx, fits ? text : text.split(": ").at(-1), x + 12, (low + high) / 2);
}

/* Text that stays readable over a line that passes below it. */
function haloed(plot, ctx, text, x, y) {
  ctx.lineJoin = "round";
  ctx.lineWidth = 5;
  ctx.strokeStyle = plot.colours.card;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = plot.colours.ink;
  ctx.fillText(text, x, y);
}

function placesBeside(plot, line, wide) {
  const values = plot.shown.get(line.key);
  const found = [];
  for (const level of [0.5, 0.62, 0.38, 0.74, 0.26, 0.86]) {
    const r = values.findIndex((value) => value >= level);
    if (r < 0) continue;
    const y = plot.y(values[r]);
    found.push({ x: plot.x(r) + 9, y: y - 2, width: wide, height: 20 });
    found.push({ x: plot.x(r) - wide - 12, y: y - 22, width: wide, height: 20 });
  }
  return found;
}

function isFree(plot, box, taken) {
  const ends = [box.x + box.width, box.y + box.height];
  if (box.x < plot.left + 4 || ends[0] > plot.right || box.y < plot.high || ends[1] > plot.low) {
    return false;
  }
  const meets = (one) =>
    box.x < one.x + one.width + 6 && one.x < ends[0] + 6 && box.y < one.y + one.height && one.y < ends[1];
  if (taken.some(meets)) return false;
  const { lines, bands } = plot.wanted;
  const keys = ["run", ...lines.map((l) => l.key)];
  for (const band of bands) keys.push(`${band.key} low`, `${band.key} high`);
  return !keys.some((key) => crosses(plot, plot.shown.get(key), box));
}

function crosses(plot, values, box) {
  let before = null;
  for (let x = box.x - 4; x <= box.x + box.width + 6; x += 4) {
    const at = ((x - plot.left) / (plot.right - plot.left)) * plot.rounds;
    const r = Math.floor(at);
    if (!(r >= 0) || r + 1 >= values.length) continue;
    const y = plot.y(values[r] + (at - r) * (values[r + 1] - values[r]));
    const [top, bottom] = [Math.min(y, before ?? y), Math.max(y, before ?? y)];
    if (bottom > box.y - 3 && top < box.y + box.height + 3) return true;
    before = y;
  }
  return false;
}
