/* The curve: axes, bands and lines on a layer, over it the run up to the round that is shown. */
const MORPH = 150;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

class Curves {
  constructor(canvas) {
    this.canvas = canvas;
    this.rounds = 0;
    this.wanted = { lines: [], bands: [], gaps: [], run: new Float32Array(0) };
    this.before = new Map();
    this.started = -Infinity;
    this.stale = true;
    this.top = 0;
  }

  /* New curves: lines of the same name and length move from where they are seen now. */
  give(curves, last, now) {
    // A run that is being made is shown beside the whole of what was foretold.
    const rounds = Math.max(last, ...curves.lines.map((line) => line.y.length - 1));
    const seen = this.values(this.morph(now));
    this.before = rounds === this.rounds ? seen : new Map();
    this.wanted = curves;
    this.rounds = rounds;
    this.started = now;
    this.stale = true;
  }

  giveColours(colours) {
    this.colours = colours;
    this.stale = true;
  }

  morph(now) {
    const part = Math.max(0, Math.min(1, (now - this.started) / MORPH));
    return part * (2 - part);
  }

  moving(now) {
    return this.before.size > 0 && now - this.started < MORPH;
  }

  values(part) {
    const { lines, bands, run } = this.wanted;
    const all = [["run", run]];
    for (const line of lines) all.push([line.key, line.y]);
    for (const band of bands) all.push([`${band.key} low`, band.low], [`${band.key} high`, band.high]);
    return new Map(all.map(([key, to]) => [key, this.mixed(this.before.get(key), to, part)]));
  }

  mixed(from, to, part) {
    if (!from || from.length !== to.length || part >= 1) return to;
    return to.map((y, i) => (Number.isNaN(from[i]) ? y : from[i] + part * (y - from[i])));
  }

  measure() {
    const size = sized(this.canvas);
    const key = `${size.width} ${size.height} ${this.top} ${size.ratio}`;
    if (key !== this.key) this.stale = true;
    this.key = key;
    this.ratio = size.ratio;
    this.left = 56;
    this.right = Math.max(this.left + 20, size.width - 22);
    this.high = this.top + 14;
    this.low = Math.max(this.high + 20, size.height - 30);
  }

  x(round) {
    return this.left + ((this.right - this.left) * round) / Math.max(1, this.rounds);
  }

  y(fraction) {
    return this.low + (this.high - this.low) * fraction;
  }

  roundAt(x) {
    const part = (x - this.left) / (this.right - this.left);
    return Math.max(0, Math.min(this.rounds, Math.round(part * this.rounds)));
  }

  paint(moment, now, still) {
    this.measure();
    const part = still ? 1 : this.morph(now);
    if (this.stale || (!still && this.moving(now))) this.paintLayer(part);
    this.stale = !still && this.moving(now);
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.canvas.width) ctx.drawImage(this.layer, 0, 0);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.paintCursor(ctx, moment);
    paintNames(this, ctx);
    this.paintRun(ctx, moment, this.shown.get("run"));
  }

  paintLayer(part) {
    const [layer, ctx] = layerLike(this.canvas, this.ratio, this.layer);
    this.layer = layer;
    this.shown = this.values(part);
    paintAxes(this, ctx);
    for (const band of this.wanted.bands) this.paintBand(ctx, band);
    this.trace(ctx, this.shown.get("run"), 0, this.rounds);
    this.stroke(ctx, this.colours.ink, 1.5, [], 0.28);
    for (const line of this.wanted.lines) {
      this.trace(ctx, this.shown.get(line.key), 0, this.rounds);
      this.stroke(ctx, inkOf(this.colours, line.colour), line.width, line.dash, 1);
    }
    this.names = placedNames(this, ctx);
    for (const gap of this.wanted.gaps) paintGap(this, ctx, gap);
  }

  /* Starts a path along values from one round to another, whole or not; gaps where none is known. */
  trace(ctx, values, from, to) {
    ctx.beginPath();
    let down = false;
    for (let r = from; r <= Math.min(to, values.length - 1, this.rounds); r += 1) {
      if (Number.isNaN(values[r])) down = false;
      else if (down) ctx.lineTo(this.x(r), this.y(values[r]));
      else {
        ctx.moveTo(this.x(r), this.y(values[r]));
        down = true;
      }
    }
  }

  stroke(ctx, colour, width, dash, alpha) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.lineJoin = "round";
    ctx.lineCap = dash.length ? "butt" : "round";
    ctx.setLineDash(dash);
    ctx.globalAlpha = alpha;
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.setLineDash([]);
  }

  paintBand(ctx, band) {
    const low = this.shown.get(`${band.key} low`);
    const high = this.shown.get(`${band.key} high`);
    const last = Math.min(low.length, high.length, this.rounds + 1) - 1;
    if (last < 0) return;
    const known = (r) => !Number.isNaN(low[r]) && !Number.isNaN(high[r]);
    const rounds = [...Array(last + 1).keys()].filter(known);
    ctx.beginPath();
    for (const r of rounds) ctx.lineTo(this.x(r), this.y(high[r]));
    for (const r of rounds.reverse()) ctx.lineTo(this.x(r), this.y(low[r]));
    ctx.closePath();
    ctx.fillStyle = inkOf(this.colours, band.colour);
    ctx.globalAlpha = 0.18;
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  paintCursor(ctx, moment) {
    const x = this.x(Math.min(moment, this.rounds));
    ctx.beginPath();
    ctx.moveTo(x, this.high);
    ctx.lineTo(x, this.low);
    this.stroke(ctx, this.colours.soft, 1.5, [], 0.9);
    ctx.beginPath();
    for (const [dx, dy] of [[0, 0], [6, 8], [-6, 8]]) ctx.lineTo(x + dx, this.low + dy);
    ctx.fillStyle = this.colours.ink;
    ctx.fill();
  }

  paintRun(ctx, moment, run) {
    const whole = Math.min(Math.floor(moment), run.length - 1);
    if (whole < 0 || Number.isNaN(run[whole])) return;
    const next = run[Math.min(whole + 1, run.length - 1)];
    const part = Number.isNaN(next) ? 0 : Math.min(moment, run.length - 1) - whole;
    const value = part ? run[whole] + part * (next - run[whole]) : run[whole];
    const [x, y] = [this.x(whole + part), this.y(value)];
    this.trace(ctx, run, 0, whole);
    ctx.lineTo(x, y);
    this.stroke(ctx, this.colours.ink, 3.5, [], 1);
    paintDots(ctx, this.colours.card, [[x, y]], 8);
    paintDots(ctx, this.colours.ink, [[x, y]], 6);
    paintValue(this, ctx, x, y, percent(run[whole]));
  }
}
