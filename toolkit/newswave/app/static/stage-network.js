/* The network: a layer of links, a layer of agents that only changed agents are painted on, and
   over both what moves. */
class Network {
  constructor(canvas) {
    this.canvas = canvas;
    this.links = [];
    this.place = { x: [], y: [] };
    this.size = [];
    this.n = -1;
    this.crowd = null;
    this.painted = -1;
    this.stale = true;
    this.staleLinks = this.staleWays = true;
    this.passed = 0;
    this.top = 0;
  }

  give(crowd) {
    this.crowd = crowd;
    this.stale = this.staleWays = true;
    this.size = sizesOf(crowd);
    if (crowd.n === this.n && crowd.places === this.placed) return;
    [this.n, this.placed] = [crowd.n, crowd.places];
    this.place = placesOf(crowd);
    this.room = roomOf(this.place, crowd.n);
    this.staleLinks = true;
    this.key = "";
  }

  giveLinks(links) {
    this.links = links;
    this.staleLinks = true;
  }

  giveColours(colours) {
    this.colours = colours;
    this.stale = this.staleWays = true;
    this.staleLinks = true;
  }

  /* Everything that follows from the size of the canvas. */
  measure() {
    const size = sized(this.canvas);
    this.ratio = size.ratio;
    const room = { width: size.width, height: Math.max(1, size.height - this.top) };
    const key = `${size.width} ${size.height} ${this.top} ${size.ratio} ${this.n}`;
    if (key !== this.key) this.stale = this.staleLinks = this.staleWays = true;
    this.key = key;
    const half = Math.min(room.width, room.height) / 2;
    // An agent leaves room to the next one, and the outermost still fit with their rings.
    const root = Math.sqrt(Math.max(1, this.n));
    const most = Math.min(15, 0.42 * this.room * half);
    this.r = Math.max(0.9, Math.min((0.58 * half) / (root + 1), Math.max(most, Math.min(3, 60 / root))));
    this.reach = Math.max(1, half - 1.7 * this.r - 2);
    this.apart = this.reach / root;
    this.cx = room.width / 2;
    this.cy = this.top + room.height / 2;
  }

  at(i) {
    const [x, y] = [this.place.x[i], this.place.y[i]];
    return [this.cx + this.reach * x, this.cy + this.reach * y, this.size[i]];
  }

  nearest(x, y, within) {
    let best = -1;
    let least = within * within;
    for (let i = 0; i < this.n; i += 1) {
      const [ax, ay] = this.at(i);
      const away = (ax - x) ** 2 + (ay - y) ** 2;
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  /* The agent next to `from` in a direction; from none, the one in the middle. */
  beside(from, dx, dy) {
    if (from < 0 || from >= this.n) return this.n ? 0 : -1;
    let best = from;
    let least = Infinity;
    const { x, y } = this.place;
    for (let i = 0; i < this.n; i += 1) {
      const along = (x[i] - x[from]) * dx + (y[i] - y[from]) * dy;
      const across = Math.abs((x[i] - x[from]) * dy - (y[i] - y[from]) * dx);
      if (i === from || along <= 0 || across > along) continue;
      const cost = along + 2 * across;
      if (cost < least) [best, least] = [i, cost];
    }
    return best;
  }

  paintLinks() {
    const [layer, ctx] = layerLike(this.canvas, this.ratio, this.linkLayer);
    this.linkLayer = layer;
    this.staleLinks = false;
    const many = this.links.length / 2;
    if (!many) return;
    const cover = (0.9 * many) / (Math.PI * this.reach);
    ctx.strokeStyle = this.colours.ink;
    ctx.globalAlpha = Math.max(0.014, Math.min(0.3, 0.09 / cover));
    ctx.lineWidth = many > 8000 ? 0.7 : 1;
    // Links of one path do not add up where they cross: short paths keep the weave visible.
    const bunch = many > 400 ? 2 * Math.ceil(many / 200) : 2;
    for (let i = 0; i < this.links.length; i += bunch) {
      ctx.beginPath();
      for (let j = i; j < Math.min(i + bunch, this.links.length); j += 2) {
        ctx.moveTo(...this.at(this.links[j]).slice(0, 2));
        ctx.lineTo(...this.at(this.links[j + 1]).slice(0, 2));
      }
      ctx.stroke();
    }
  }

  /* Paints the links that the news has taken so far: forward from the last round only new ones. */
  paintWays(round) {
    const afresh = this.stale || this.staleWays || round < this.passed;
    if (afresh) [this.wayLayer, this.wayCtx] = layerLike(this.canvas, this.ratio, this.wayLayer);
    for (let r = afresh ? 1 : this.passed + 1; r <= round; r += 1) {
      PALETTE.forEach((name, kind) => {
        paintLegs(this, this.wayCtx, r, kind, this.colours[name], this.n > 400 ? 0.3 : 0.55, 0, 1, 0.6);
      });
    }
    this.passed = round;
    this.staleWays = false;
  }

  /* Paints the layer of agents at a round: forward from the last one only who changed. */
  paintAgents(round) {
    if (!this.stale && round === this.painted) return;
    const afresh = this.stale || round < this.painted;
    if (afresh) [this.agentLayer, this.agentCtx] = layerLike(this.canvas, this.ratio, this.agentLayer);
    const groups = new Map();
    const add = (i) => {
      const key = 4 * stateOf(this.crowd, i, round) + kindOf(this.crowd, i);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(this.at(i));
    };
    if (afresh) for (let i = 0; i < this.n; i += 1) add(i);
    else for (const i of this.changedIn(this.painted + 1, round)) add(i);
    for (const key of [...groups.keys()].sort((a, b) => a - b)) {
      paintMarks(this.agentCtx, this.colours, key % 4, key >> 2, groups.get(key), this.r);
    }
    this.painted = round;
    this.stale = false;
  }

  changedIn(first, last) {
    const within = ({ start, order }) => order.subarray(start[first] ?? 0, start[last + 1] ?? 0);
    return new Set([...within(this.crowd.bySeen), ...within(this.crowd.byShared)]);
  }

  sharersOf(round) {
    const { start, order } = this.crowd.byShared;
    return round < 0 || round > this.crowd.rounds ? [] : order.subarray(start[round], start[round + 1]);
  }

  /* Everything, at a moment: `moving` says whether the news is on its way between two rounds. */
  paint(moment, moving, picked, pointed) {
    this.measure();
    const ctx = this.canvas.getContext("2d");
    const round = Math.floor(moment);
    if (this.staleLinks) this.paintLinks();
    this.paintWays(round);
    this.paintAgents(round);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.canvas.width && this.links.length) ctx.drawImage(this.linkLayer, 0, 0);
    if (this.canvas.width) ctx.drawImage(this.wayLayer, 0, 0);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    paintTrails(this, ctx, round, moment - round, moving);
    const chosen = picked >= 0 && picked < this.n;
    if (chosen) paintOwnLinks(this, ctx, picked);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    if (this.canvas.width) ctx.drawImage(this.agentLayer, 0, 0);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    paintPluses(ctx, this.colours, actingAt(this.crowd, round).map((i) => this.at(i)), this.r);
    if (chosen) paintStory(this, ctx, picked, round);
    if (moving) {
      paintArrivals(this, ctx, round, moment - round);
      paintHeads(this, ctx, round + 1, moment - round);
    }
    if (chosen) paintChosen(this, ctx, picked, []);
    if (pointed >= 0 && pointed < this.n && pointed !== picked) paintChosen(this, ctx, pointed, [4, 3]);
  }
}
