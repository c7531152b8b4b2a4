/* From the model into the stage, and from the stage into words. */
Object.assign(Stage.prototype, {
  /* Takes what has changed; says whether something of the picture has. */
  take(now) {
    const has = (names) => names.some((name) => this.changed.has(name));
    if (!this.changed.size) return false;
    const steps = [
      [["theme"], () => this.dress()],
      [["words", ...PLACES], () => this.label()],
      [CROWD, () => this.takeCrowd()],
      [["links", "n_agents"], () => this.network.giveLinks(readLinks(this.model, this.crowd.n))],
      [CURVES, () => this.takeCurves(now)],
      [["round"], () => this.takeRound(now)],
      [["plays"], () => this.takePlays()],
      [["agent", "n_agents"], () => this.takeAgent()],
    ];
    const due = steps.filter(([names]) => has(names));
    const drawn = has([...CROWD, ...CURVES, "links"]);
    const any = due.length > 0;
    this.changed.clear();
    for (const [, step] of due) step();
    this.dirty ||= any;
    return drawn;
  },

  takeCrowd() {
    this.crowd = readCrowd(this.model);
    this.clock.stretch(this.crowd.rounds, this.model.get("live"));
    if (this.led) this.goAlong();
    this.network.give(this.crowd);
    this.numbers = fillNetworkLegend(this.page.network.legend, this.crowd);
    this.page.transport.scrub.max = String(this.crowd.rounds);
  },

  takeCurves(now) {
    const curves = readCurves(this.model);
    this.curves.give(curves, this.crowd.rounds, now);
    fillCurveLegend(this.page.curve.legend, curves);
  },

  takeRound(now) {
    const round = this.model.get("round") | 0;
    if (this.led || this.teller.echo(round, now) || round === this.clock.round) return;
    if (this.model.get("live") && this.clock.round === this.clock.last) return;
    this.clock.follow(round);
  },

  takePlays() {
    const plays = this.model.get("plays") | 0;
    if (plays && plays !== (this.played ?? 0) && this.opened) this.begin();
    this.played = plays;
  },

  takeAgent() {
    const agent = this.model.get("agent") | 0;
    this.picked = agent >= 0 && agent < this.crowd.n ? agent : -1;
    if (this.pointed >= this.crowd.n) this.pointed = -1;
  },

  dress() {
    const { root } = this.page;
    root.dataset.theme = themeOf(this.model.get("theme"));
    this.clock.still = this.calm.matches;
    const colours = readColours(root);
    this.curves.font = getComputedStyle(root).fontFamily;
    this.network.giveColours(colours);
    this.curves.giveColours(colours);
  },

  label() {
    const words = this.model.get("words") ?? {};
    const text = (name) => String(words[name] ?? "");
    const { root, title, network, curve, transport } = this.page;
    this.unit = text("unit") || "round";
    root.setAttribute("aria-label", text("title") || "Network and curve");
    say(title, text("title"));
    say(network.rule, text("rule"));
    say(curve.share, text("share"));
    say(curve.time, text("time"));
    for (const [made, name] of [[network, "network_label"], [curve, "curve_label"]]) {
      say(made.badge, text("synthetic"));
      const told = [text(name) || made.view.getAttribute("aria-label"), text("synthetic")];
      made.canvas.setAttribute("aria-label", told.filter(Boolean).join(". "));
    }
    network.pane.hidden = !this.model.get("has_network");
    curve.pane.hidden = !this.model.get("has_curve");
    transport.bar.hidden = !this.model.get("has_transport");
    curve.legend.hidden = !this.model.get("has_legend");
    // With the slider of rounds at hand the curve need not be one more stop of the Tab key.
    curve.view.tabIndex = transport.bar.hidden ? 0 : -1;
  },

  /* Words and numbers that follow the round. */
  write() {
    const { clock, crowd, page } = this;
    const { scrub, play, playWord, start, back, step, end } = page.transport;
    const { round, last } = clock;
    const shares = shareWords(crowd, round);
    const part = crowd.n ? ` (${percent(crowd.sharedAt(round) / crowd.n)})` : "";
    const where = `${this.unit} ${counted(round)} of ${counted(last)}`;
    const told = last && (crowd.n || this.model.get("has_transport"));
    say(page.status, told ? `${where[0].toUpperCase()}${where.slice(1)}${shares ? `: ${shares}${part}` : ""}` : "");
    page.root.dataset.round = String(round);
    scrub.value = String(round);
    scrub.style.setProperty("--nw-part", last ? String(round / last) : "0");
    scrub.setAttribute("aria-valuetext", shares ? `${where}, ${shares}` : where);
    const word = clock.playing ? "Pause" : "Play";
    if (playWord.textContent !== word) {
      playWord.textContent = word;
      play.setAttribute("aria-label", word);
      play.title = word;
      play.firstChild.replaceWith(icon(word.toLowerCase()));
    }
    for (const one of [start, back]) one.setAttribute("aria-disabled", String(round === 0));
    for (const one of [step, end]) one.setAttribute("aria-disabled", String(round === last));
    this.writeNumbers(round);
    say(page.network.picked, this.story(this.picked) || "Choose an agent to see how the news came to it.");
  },

  writeNumbers(round) {
    const { crowd } = this;
    const [shared, seen] = [crowd.sharedAt(round), crowd.seenAt(round)];
    const counts = [crowd.n - seen, seen - shared, shared, crowd.sharedAt(0)];
    if (crowd.hasActing) counts.push(actingAt(crowd, round).length);
    this.numbers.forEach((place, i) => {
      place.textContent = counted(counts[i]);
    });
  },

  story(agent) {
    if (agent < 0 || agent >= this.crowd.n) return "";
    const { round } = this.clock;
    const told = agentWords(this.crowd, agent, round) + pathWords(this.crowd, agent, round);
    return `${told[0].toUpperCase()}${told.slice(1)}.`;
  },

  tellOf(agent) {
    this.page.said.textContent = agent < 0 ? "No agent chosen." : agentWords(this.crowd, agent, this.clock.round);
  },

  /* Where the picture has come to rest, for those who listen. */
  report() {
    const told = shareWords(this.crowd, this.clock.round);
    this.page.said.textContent = `Round ${this.clock.round}${told ? `, ${told}` : ""}`;
  },
});

function render({ model, el }) {
  const stage = new Stage(model, el);
  return () => stage.dispose();
}

export default { render };
