/* The stage: takes what the model holds, draws when something changes, and tells what is done. */
const CROWD = ["n_agents", "rounds", "classes", "class_names", "shared", "heard", "source"];
const CURVES = ["lines", "bands", "run_line", "rounds"];
const OTHERS = ["links", "round", "agent", "words", "theme", "live", "autoplay"];
const PLACES = ["has_network", "has_curve", "has_transport"];

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
    this.wake();
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
    const sight = new IntersectionObserver((seen) => {
      this.visible = seen.at(-1).isIntersecting;
      this.wake();
    });
    sight.observe(this.page.root);
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
    this.fresh = this.take(now) || this.fresh;
    this.dirty ||= this.fresh;
    if (!this.visible || document.hidden) {
      this.before = null;
      return;
    }
    this.open();
    const before = this.clock.playing;
    if (this.clock.moving) {
      // After a pause out of sight, or a long frame, the run goes on from where it was seen.
      this.clock.tick(Math.min(100, now - (this.before ?? now)));
      this.dirty = true;
    }
    this.before = this.clock.moving ? now : null;
    if (before && !this.clock.playing) this.report();
    this.teller.tell(this.clock.round, now, this.clock.playing);
    const morphing = this.curves.moving(now) && !this.clock.still;
    if (this.dirty || morphing) this.paint(now);
    if (this.clock.moving || morphing) this.wake();
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
    if (!this.model.get("autoplay") || this.model.get("live")) return;
    if (this.clock.still) this.clock.seek(tellingRound(this.crowd));
    else this.clock.play();
    this.dirty = true;
  }

  toggle() {
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
    this.after();
  }

  seek(round) {
    this.clock.pause();
    this.clock.seek(round);
    this.after();
  }

  step() {
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
    this.announce(agent);
    this.wake(true);
  }

  point(agent) {
    if (agent === this.pointed) return;
    this.pointed = agent;
    this.announce(agent);
    this.wake(true);
  }

  dispose() {
    this.ended = true;
    cancelAnimationFrame(this.waiting);
    for (const end of this.ends) end();
    this.page.root.remove();
  }
}
