/* Which round is shown: `round` is the one that counts, `moment` lies between rounds while the
   news is on its way. */
const SPEEDS = [2, 5, 10, 20];
const FIRST_SPEED = 5;
const STEP_MS = 420;

class Clock {
  constructor(last, round) {
    this.last = last;
    this.round = this.moment = Math.max(0, Math.min(last, round));
    this.playing = false;
    this.speed = FIRST_SPEED;
    this.still = false;
  }

  get moving() {
    return this.playing || this.moment !== this.round;
  }

  /* What to draw: with reduced motion whole rounds only. */
  get shown() {
    return this.still ? this.round : this.moment;
  }

  play() {
    if (!this.last) return;
    if (this.round >= this.last) this.round = this.moment = 0;
    this.playing = true;
  }

  pause() {
    this.playing = false;
    this.moment = this.round;
  }

  seek(round) {
    this.round = this.moment = Math.max(0, Math.min(this.last, round));
  }

  /* One round on, or a few; the news is seen on its way there. */
  step(rounds = 1) {
    this.moment = this.round;
    this.round = Math.min(this.last, this.round + rounds);
    if (this.still) this.moment = this.round;
  }

  /* Goes where another picture of the page has gone. */
  follow(round) {
    this.pause();
    const ahead = round - this.round;
    if (ahead > 0 && ahead <= 8) this.step(ahead);
    else this.seek(round);
  }

  /* A picture of another length: the round stays if there is one of its number. A run that is
     being made is followed if its last round was shown. */
  stretch(last, follow) {
    const atEnd = this.round >= this.last;
    this.last = last;
    if (this.round > last) this.seek(last);
    else if (follow && atEnd && !this.playing) {
      this.round = last;
      if (this.still || last - this.moment > 8) this.moment = last;
    }
  }

  tick(ms) {
    if (this.playing) {
      this.moment = Math.min(this.last, this.moment + (ms * this.speed) / 1000);
      this.round = Math.floor(this.moment);
      if (this.round >= this.last) this.pause();
    } else if (this.moment !== this.round) {
      const quick = Math.max(1, this.round - this.moment);
      this.moment = Math.min(this.round, this.moment + (quick * ms) / STEP_MS);
    }
  }
}

/* The round in which half have shared, or the last: what is shown where nothing may move. */
function tellingRound(crowd) {
  for (let r = 0; r <= crowd.rounds; r += 1) if (2 * crowd.sharedAt(r) >= crowd.n) return r;
  return crowd.rounds;
}

/* Tells Python the round: at most twice a second while playing, else at once. */
class Teller {
  constructor(model) {
    this.model = model;
    this.last = -Infinity;
    this.told = new Map();
  }

  tell(round, now, playing) {
    if (round === this.model.get("round") || (playing && now - this.last < 500)) return;
    this.last = now;
    this.told.delete(round);
    this.told.set(round, now);
    this.telling = true;
    this.model.set("round", round);
    this.telling = false;
    this.model.save_changes();
  }

  /* Whether a round that comes in is only our own coming back, as Jupyter and Solara send it. They
     come back in the order they were told, so what was told before it will not come any more. */
  echo(round, now) {
    for (const [one, at] of this.told) if (now - at > 4000) this.told.delete(one);
    if (!this.told.has(round)) return false;
    for (const one of [...this.told.keys()]) {
      this.told.delete(one);
      if (one === round) break;
    }
    return true;
  }
}
