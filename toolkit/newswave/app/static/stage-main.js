/* The stage: takes what the model holds, draws when something changes, and tells what is done. */
const CROWD = [
  ...["n_agents", "rounds", "classes", "class_names", "shared", "heard", "source", "acting"],
  ...["places", "degrees"],
];
const CURVES = ["lines", "bands", "gaps", "run_line", "rounds"];
const OTHERS = ["links", "round", "agent", "words", "theme", "live", "autoplay", "plays"];
const PLACES = ["has_network", "has_curve", "has_transport", "has_legend"];

class Stage {
  constructor(model, el) {
    this.model = model;
    this.page = makePage();
    el.append(this.page.root);
    this.network = new Network(this.page.network.canvas);
    this.curves = new Curves(this.page.curve.canvas);
    this.clock = new Clock(0, 0);
    this.teller = new Teller(model);
    this.changed = new Set([...CROWD, ...CURVES, ...OTHERS, ...PLACES]);
    this.picked = this.pointed = -1;
    this.frames = 0;
    this.visible = this.opened = false;
    this.ends = [...this.watch(), ...handTransport(this), ...handKeys(this)];
    this.ends.push(...handNetwork(this), ...handCurve(this));
    this.ends.push(follow(model, (detail) => this.hear(detail)));
    this.wake();
  }

  /* In JupyterLab, the picture that the notebook keeps for where there is no kernel. */
  hidePicture() {
    const before = this.page.root.closest(".jp-OutputArea-child")?.previousElementSibling;
    if (this.model.get("hides_picture") && before?.querySelector(".jp-RenderedImage")) {
      before.style.display = "none";
    }
  }

  /* The changes of one message come one by one: they are taken together at the next frame. */
  watch() {
    const names = [...new Set([...CROWD, ...CURVES, ...OTHERS, ...PLACES])];
    const ends = names.map((name) => {
      const heard = () => {
        if (name === "round" && this.teller.telling) return;
        this.changed.add(name);
        this.wake();
      };
      this.model.on(`change:${name}`, heard);
      return () => this.model.off(`change:${name}`, heard);
    });
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)");
    const again = () => {
      this.changed.add("theme");
      this.wake();
    };
    ends.push(onThemeChange(again), listen(this.calm, "change", again));
    ends.push(listen(document, "visibilitychange", () => this.wake()));
    const sizes = new ResizeObserver(() => this.wake(true));
    for (const pane of [this.page.network, this.page.curve]) sizes.observe(pane.view);
    // The panes, since what is around them has no box of its own where the page is narrow.
    const inSight = new Map();
    const sight = new IntersectionObserver((seen) => {
      for (const one of seen) inSight.set(one.target, one.isIntersecting);
      this.visible = [...inSight.values()].includes(true);
      if (this.visible) this.announce({ looks: true });
      this.wake();
    });
    for (const pane of [this.page.network, this.page.curve]) sight.observe(pane.view);
    ends.push(() => sizes.disconnect(), () => sight.disconnect());
    return ends;
  }

  wake(repaint = false) {
    this.dirty ||= repaint;
    if (this.waiting || this.ended) return;
    this.waiting = requestAnimationFrame((now) => {
      this.waiting = 0;
      this.frame(now);
    });
  }

  frame(now) {
    if (!this.placed && this.page.root.isConnected) {
      this.placed = true;
      this.hidePicture();
    }
    this.fresh = this.take(now) || this.fresh;
    this.dirty ||= this.fresh;
    if (document.hidden || !(this.visible || this.watched)) {
      this.before = null;
      return;
    }
    this.open();
    const before = this.clock.playing;
    if (this.clock.moving && !this.led) {
      // After a pause out of sight, or a long frame, the run goes on from where it was seen.
      this.clock.tick(Math.min(100, now - (this.before ?? now)));
      this.dirty = true;
    }
    this.before = this.clock.moving ? now : null;
    if (before && !this.clock.playing) this.report();
    if (!this.led) {
      this.teller.tell(this.clock.round, now, this.clock.playing);
      this.lead();
    }
    const morphing = this.curves.moving(now) && !this.clock.still;
    if (this.visible && (this.dirty || morphing)) this.paint(now);
    if ((this.clock.moving && !this.led) || morphing) this.wake();
  }

  /* Says where this stage is, for the other parts of the page, and learns whether they are seen. */
  lead() {
    const { moment, round } = this.clock;
    if (this.told && this.told.moment === moment && this.told.round === round) return;
    this.told = { moment, round };
    this.watched = this.announce({ moment, round }).watched;
  }

  announce(detail) {
    return announceMove({ ...detail, clock: this.model.get("clock"), from: this });
  }

  /* Another stage of the page has moved, or has come into sight. */
  hear(detail) {
    if (detail.from === this) return;
    if (detail.looks) {
      this.watched = true;
      this.wake();
      return;
    }
    detail.watched ||= this.visible;
    this.led = this.opened = true;
    this.heard = detail;
    this.goAlong();
    this.wake(true);
  }

  goAlong() {
    this.clock.playing = false;
    this.clock.moment = Math.min(this.clock.last, this.heard.moment);
    this.clock.round = Math.min(this.clock.last, this.heard.round);
    this.told = null;
  }

  paint(now) {
    const { clock, page } = this;
    this.dirty = false;
    for (const [made, part] of [[page.network, this.network], [page.curve, this.curves]]) {
      part.top = made.badge.hidden ? 0 : made.badge.offsetHeight + 8;
    }
    if (page.network.canvas.clientWidth) {
      this.network.paint(clock.shown, clock.moving && !clock.still, this.picked, this.pointed);
    }
    if (page.curve.canvas.clientWidth) this.curves.paint(clock.shown, now, clock.still);
    this.write();
    this.frames += 1;
    page.root.dataset.frames = String(this.frames);
    if (this.fresh) page.root.dataset.painted = String(performance.now());
    this.fresh = false;
  }

  /* When first seen: plays, or shows the round that tells most where nothing may move. */
  open() {
    if (this.opened || !this.clock.last) return;
    this.opened = true;
    if (this.model.get("autoplay") && !this.model.get("live")) this.begin();
  }

  begin() {
    this.clock.seek(0);
    if (this.clock.still) this.clock.seek(tellingRound(this.crowd));
    else this.clock.play();
    this.dirty = true;
  }

  toggle() {
    this.led = false;
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
    this.after();
  }

  seek(round) {
    this.led = false;
    this.clock.pause();
    this.clock.seek(round);
    this.after();
  }

  step() {
    this.led = false;
    this.clock.pause();
    this.clock.step();
    this.after();
  }

  after() {
    this.opened = true;
    this.teller.tell(this.clock.round, performance.now(), this.clock.playing);
    if (!this.clock.playing) this.report();
    this.wake(true);
  }

  pick(agent) {
    if (agent === this.picked) return;
    this.picked = agent;
    this.model.set("agent", agent);
    this.model.save_changes();
    this.tellOf(agent);
    this.wake(true);
  }

  point(agent) {
    if (agent === this.pointed) return;
    this.pointed = agent;
    this.tellOf(agent);
    this.wake(true);
  }

  dispose() {
    this.ended = true;
    cancelAnimationFrame(this.waiting);
    for (const end of this.ends) end();
    this.page.root.remove();
  }
}
