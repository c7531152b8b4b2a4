/* What moves over the network: news on its way, agents it reaches, and the agent chosen. */

/* Links that the news took into the round fade; those that it takes now have a comet on them. */
function paintTrails(net, ctx, round, part, moving) {
  for (let kind = 0; kind < 4; kind += 1) {
    const colour = net.colours[PALETTE[kind]];
    const fade = moving ? 1 - part : 1;
    paintLegs(net, ctx, round, kind, colour, 0.75 * fade * fade, 0, 1);
    if (!moving) continue;
    const ease = easedHead(part);
    paintLegs(net, ctx, round + 1, kind, colour, 0.22 + 0.2 * ease, 0, ease);
    paintLegs(net, ctx, round + 1, kind, colour, 0.95, Math.max(0, ease - 0.22), ease);
  }
}

/* How far along its link the news is; it arrives a little before the round ends. */
function easedHead(part) {
  const head = Math.min(1, part / 0.85);
  return head * head * (3 - 2 * head);
}

function legsOf(net, round, kind) {
  const { crowd } = net;
  const legs = [];
  for (const to of net.sharersOf(round)) {
    const from = crowd.source[to];
    if (kindOf(crowd, to) !== kind || from < 0 || from >= net.n || from === to) continue;
    legs.push([net.at(from), net.at(to)]);
  }
  return legs;
}

function between([[ax, ay], [bx, by]], part) {
  return [ax + part * (bx - ax), ay + part * (by - ay)];
}

function paintLegs(net, ctx, round, kind, colour, alpha, from, to, thin = 1) {
  if (alpha <= 0.02 || to <= from) return;
  const legs = legsOf(net, round, kind);
  if (!legs.length) return;
  ctx.beginPath();
  for (const leg of legs) {
    ctx.moveTo(...between(leg, from));
    ctx.lineTo(...between(leg, to));
  }
  // Where much happens at once, each part of it is drawn more lightly.
  ctx.globalAlpha = alpha * Math.min(1, Math.sqrt(50 / legs.length));
  ctx.strokeStyle = colour;
  ctx.lineWidth = thin * Math.max(0.9, Math.min(3, 0.38 * net.r));
  ctx.lineCap = "round";
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function paintHeads(net, ctx, round, part) {
  const r = Math.max(1.8, Math.min(5, 0.62 * net.r));
  for (const [kind, name] of PALETTE.entries()) {
    const heads = legsOf(net, round, kind).map((leg) => between(leg, easedHead(part)));
    if (!heads.length) continue;
    paintDots(ctx, net.colours.card, heads, r + Math.min(1.5, 0.3 * net.r));
    paintDots(ctx, net.colours[name], heads, r);
  }
}

/* Who has just shared swells and settles, in a ring that widens. */
function paintArrivals(net, ctx, round, part) {
  const left = 1 - part / 0.7;
  if (left <= 0 || round === 0) return;
  const groups = [[], [], [], []];
  for (const i of net.sharersOf(round)) groups[kindOf(net.crowd, i)].push(net.at(i));
  for (const [kind, places] of groups.entries()) {
    if (!places.length) continue;
    const colour = net.colours[PALETTE[kind]];
    ctx.beginPath();
    for (const [x, y, s] of places) addShape(ctx, kind, x, y, s * net.r * (1 + 0.55 * left));
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.beginPath();
    for (const [x, y, s] of places) addShape(ctx, 0, x, y, s * net.r * (1.2 + 2.2 * (1 - left)) + 1);
    ctx.globalAlpha = 0.7 * left;
    ctx.strokeStyle = colour;
    ctx.lineWidth = Math.max(1, 0.3 * net.r);
    ctx.stroke();
    ctx.globalAlpha = 1;
  }
}

/* The links of the agent chosen. */
function paintOwnLinks(net, ctx, agent) {
  const here = net.at(agent);
  ctx.beginPath();
  for (const other of neighboursOf(net.links, agent)) {
    ctx.moveTo(here[0], here[1]);
    ctx.lineTo(...net.at(other).slice(0, 2));
  }
  ctx.strokeStyle = net.colours.ink;
  ctx.globalAlpha = 0.6;
  ctx.lineWidth = 1.25;
  ctx.stroke();
  ctx.globalAlpha = 1;
}

/* The way on which the news came to the agent chosen, over all but those it passed. */
function paintStory(net, ctx, agent, round) {
  if (stateOf(net.crowd, agent, round) < SHARED) return;
  const passed = [...chainOf(net.crowd, agent), agent];
  const way = passed.map((i) => net.at(i));
  ctx.beginPath();
  way.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  ctx.lineJoin = "round";
  for (const [colour, width] of [[net.colours.card, 6], [net.colours.accent, 3]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  passed.forEach((i, at) => {
    paintMarks(ctx, net.colours, kindOf(net.crowd, i), stateOf(net.crowd, i, round), [way[at]], net.r);
  });
}

function paintChosen(net, ctx, agent, dash) {
  const [x, y, size] = net.at(agent);
  const r = Math.max(size * net.r * 1.5 + 3, 7);
  for (const [colour, width] of [[net.colours.card, 6.5], [net.colours.accent, 3]]) {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
    ctx.setLineDash(colour === net.colours.card ? [] : dash);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  ctx.setLineDash([]);
}
