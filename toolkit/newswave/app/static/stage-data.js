/* What the model holds, as arrays of the length they should have, whatever came. While Python
   changes several traits one after another they may not fit together for a moment. */
const UNREACHED = 0;
const SEES = 1;
const SHARED = 2;
const SEED = 3;

function bytesOf(value) {
  if (value instanceof ArrayBuffer) return value;
  if (!ArrayBuffer.isView(value)) return new ArrayBuffer(0);
  return value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
}

function arrayOf(Kind, value) {
  const bytes = bytesOf(value);
  return new Kind(bytes, 0, Math.floor(bytes.byteLength / Kind.BYTES_PER_ELEMENT));
}

function fitted(array, length, missing) {
  if (array.length === length) return array;
  const whole = new array.constructor(length).fill(missing);
  whole.set(array.subarray(0, length));
  return whole;
}

function listed(value) {
  return Array.isArray(value) ? value : [];
}

/* Indices ordered by the round in `when`: those of round r are order[start[r]] to
   order[start[r + 1] - 1]. Rounds that never come are left out. */
function bucketed(when, last) {
  const start = new Int32Array(last + 2);
  for (const r of when) if (r >= 0 && r <= last) start[r + 1] += 1;
  for (let r = 0; r <= last; r += 1) start[r + 1] += start[r];
  const order = new Int32Array(start[last + 1]);
  const next = start.slice();
  for (let i = 0; i < when.length; i += 1) {
    const r = when[i];
    if (r >= 0 && r <= last) order[next[r]++] = i;
  }
  return { start, order };
}

function readCrowd(model) {
  const n = Math.max(0, model.get("n_agents") | 0);
  const rounds = Math.max(0, model.get("rounds") | 0);
  const read = (name) => fitted(arrayOf(Int32Array, model.get(name)), n, -1);
  const shared = read("shared");
  const heard = read("heard");
  const sees = heard.slice();
  for (let i = 0; i < n; i += 1) {
    // A round in which an agent only sees the news is one before it shared.
    if (shared[i] >= 0 && (sees[i] < 0 || sees[i] > shared[i])) sees[i] = shared[i];
  }
  const byShared = bucketed(shared, rounds);
  const bySeen = bucketed(sees, rounds);
  const bits = arrayOf(Uint8Array, model.get("acting"));
  const row = Math.ceil(n / 8);
  return {
    n,
    rounds,
    shared,
    heard,
    source: read("source"),
    classes: fitted(arrayOf(Uint8Array, model.get("classes")), n, 0),
    places: model.get("places"),
    degrees: fitted(arrayOf(Int32Array, model.get("degrees")), n, 0),
    names: listed(model.get("class_names")).slice(0, 4).map(String),
    byShared,
    bySeen,
    sharedAt: (r) => byShared.start[Math.min(r, rounds) + 1],
    seenAt: (r) => bySeen.start[Math.min(r, rounds) + 1],
    hasActing: bits.length > 0,
    acts: (i, r) => Boolean(bits[Math.min(r, rounds) * row + (i >> 3)] & (128 >> (i & 7))),
  };
}

function stateOf(crowd, i, round) {
  const at = crowd.shared[i];
  if (at >= 0 && at <= round) return at === 0 ? SEED : SHARED;
  const heard = crowd.heard[i];
  return heard >= 0 && heard <= round ? SEES : UNREACHED;
}

/* The agents that are active offline after a round. */
function actingAt(crowd, round) {
  const found = [];
  if (crowd.hasActing) for (let i = 0; i < crowd.n; i += 1) if (crowd.acts(i, round)) found.push(i);
  return found;
}

function kindOf(crowd, i) {
  return Math.min(crowd.classes[i], 3);
}

/* Agents by whom the news came to agent i, the earliest first. A chain that bites its own tail,
   as it may in data that are half changed, ends. */
function chainOf(crowd, i) {
  const chain = [];
  let at = i;
  while (chain.length < crowd.n) {
    const from = crowd.source[at];
    if (from < 0 || from >= crowd.n || crowd.shared[from] >= crowd.shared[at]) break;
    chain.unshift(from);
    at = from;
  }
  return chain;
}

function readLinks(model, n) {
  const Kind = n > 65535 ? Uint32Array : Uint16Array;
  const pairs = arrayOf(Kind, model.get("links"));
  const good = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    if (pairs[i] < n && pairs[i + 1] < n) good.push(pairs[i], pairs[i + 1]);
  }
  return good;
}

function neighboursOf(links, agent) {
  const found = [];
  for (let i = 0; i < links.length; i += 2) {
    if (links[i] === agent) found.push(links[i + 1]);
    else if (links[i + 1] === agent) found.push(links[i]);
  }
  return found;
}

function readCurves(model) {
  const values = (bytes) => arrayOf(Float32Array, bytes);
  const lines = listed(model.get("lines")).map((line, i) => ({
    key: `line ${line.key ?? i}`,
    label: String(line.label ?? ""),
    colour: String(line.colour ?? "ink"),
    dash: listed(line.dash).map(Number),
    width: Number(line.width) || 2,
    y: values(line.y),
  }));
  const bands = listed(model.get("bands")).map((band, i) => ({
    key: `band ${i}`,
    label: String(band.label ?? ""),
    colour: String(band.colour ?? "ink"),
    low: values(band.low),
    high: values(band.high),
  }));
  const gaps = listed(model.get("gaps")).map((gap) => ({
    text: String(gap.text ?? ""),
    round: Number(gap.round) | 0,
    ends: listed(gap.ends).map(Number).slice(0, 2),
  }));
  return { lines, bands, gaps, run: values(model.get("run_line")) };
}

/* Where agents lie in the unit disc: as Python says, else on the spiral of a sunflower. */
function placesOf({ places, n }) {
  const given = arrayOf(Int16Array, places);
  if (given.length !== 2 * n) return sunflower(n);
  const part = (axis) => Float32Array.from({ length: n }, (_, i) => given[2 * i + axis] / 32767);
  return { x: part(0), y: part(1) };
}

/* How much larger than the others an agent is drawn: hubs stand out. */
function sizesOf({ degrees, n }) {
  const mean = degrees.reduce((sum, degree) => sum + degree, 0) / n;
  return Float32Array.from(degrees, (degree) =>
    mean > 0 ? Math.max(0.8, Math.min(2.6, Math.sqrt(degree / mean))) : 1,
  );
}

/* How near to each other agents lie: all but a few have so much room. */
function roomOf({ x, y }, n) {
  if (n < 2 || n > 400) return 1.5 / Math.sqrt(Math.max(1, n));
  const nearest = Float32Array.from({ length: n }, (_, i) => {
    let least = 4;
    for (let j = 0; j < n; j += 1) {
      if (j !== i) least = Math.min(least, (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2);
    }
    return least;
  });
  return Math.sqrt(nearest.sort()[Math.floor(0.15 * n)]);
}

/* Seeds of a sunflower: agent i always lies in the same place of the unit disc. */
function sunflower(n) {
  const turn = Math.PI * (3 - Math.sqrt(5));
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  for (let i = 0; i < n; i += 1) {
    const r = Math.sqrt((i + 0.5) / n);
    x[i] = r * Math.cos(i * turn);
    y[i] = r * Math.sin(i * turn);
  }
  return { x, y };
}

/* 1234 and 12,345, as in all text. */
function counted(n) {
  return n < 10000 ? String(n) : n.toLocaleString("en");
}

/* The little that is added makes a 32-bit fraction round as the whole numbers it comes from do. */
function percent(fraction) {
  return `${Math.round(100 * fraction + 1e-5)}\u00a0%`;
}

function shareWords(crowd, round) {
  if (!crowd.n) return "";
  const acting = crowd.hasActing ? `, ${counted(actingAt(crowd, round).length)} are active offline` : "";
  return `${counted(crowd.sharedAt(round))} of ${counted(crowd.n)} agents have shared${acting}`;
}

function agentWords(crowd, i, round) {
  const name = crowd.names.length > 1 ? `, ${crowd.names[kindOf(crowd, i)] ?? ""}` : "";
  const state = stateOf(crowd, i, round);
  const tale = {
    [UNREACHED]: "has not seen the news yet",
    [SEES]: `sees the news since round ${crowd.heard[i]}, has not shared`,
    [SHARED]: `shared in round ${crowd.shared[i]}`,
    [SEED]: "shared at the start",
  }[state];
  return `agent ${i}${name}, ${tale}${crowd.acts(i, round) ? ", is active offline" : ""}`;
}

function pathWords(crowd, i, round) {
  if (stateOf(crowd, i, round) < SHARED) return "";
  const chain = chainOf(crowd, i);
  if (!chain.length) return "";
  const named = chain.length > 7 ? [...chain.slice(0, 3), "…", ...chain.slice(-3)] : chain;
  return `; the news came by ${[...named, i].join(" → ")}`;
}
