/* The essay: each scene has a canvas and its pictures; answers, buttons and sliders choose among them. */
class Told {
  constructor(traits) {
    this.traits = { agent: -1, round: 0, theme: "auto", clock: "", autoplay: true, hides_picture: false, ...traits };
    this.heard = {};
  }

  get(name) {
    return this.traits[name];
  }

  set(name, value) {
    this.traits[name] = value;
  }

  save_changes() {}

  on(name, hear) {
    (this.heard[name] ??= new Set()).add(hear);
  }

  off(name, hear) {
    this.heard[name]?.delete(hear);
  }

  give(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) for (const hear of this.heard[`change:${name}`] ?? []) hear();
  }
}

function unpacked(value) {
  if (Array.isArray(value)) return value.map(unpacked);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.bytes === "string") return Uint8Array.from(atob(value.bytes), (one) => one.charCodeAt(0));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unpacked(one)]));
}

/* Each picture is told by what differs from the one before: all that came before it, and its own. */
class Scene {
  constructor(place, told) {
    this.pictures = [];
    for (const one of told) this.pictures.push({ ...this.pictures.at(-1), ...unpacked(one) });
    this.at = 0;
    this.model = new Told({ ...this.pictures[0], autoplay: this.pictures[0].has_network });
    this.stage = new Stage(this.model, place);
  }

  show(at, replay = false) {
    this.at = Math.max(0, Math.min(this.pictures.length - 1, at));
    this.model.give(this.pictures[this.at]);
    if (!replay) return;
    this.stage.seek(0);
    if (!this.stage.clock.still) this.stage.toggle();
    else this.stage.seek(this.stage.clock.last);
  }
}

const told = JSON.parse(document.getElementById("scenes").textContent);
const scenes = new Map();
for (const place of document.querySelectorAll("[data-scene]")) {
  scenes.set(place.dataset.scene, new Scene(place, told[place.dataset.scene]));
}

/* An answer is given once; the reply names it, and what it asked for is shown. */
for (const asked of document.querySelectorAll("[data-asks]")) {
  const after = document.getElementById(asked.dataset.after);
  for (const option of asked.querySelectorAll("button")) {
    option.addEventListener("click", () => {
      for (const one of asked.querySelectorAll("button")) {
        one.setAttribute("aria-pressed", String(one === option));
      }
      asked.querySelector("[role=status]").textContent = option.dataset.reply;
      if (after.hidden) scenes.get(asked.dataset.asks).show(1, true);
      after.hidden = false;
    });
  }
}

for (const again of document.querySelectorAll("[data-next]")) {
  again.addEventListener("click", () => {
    const scene = scenes.get(again.dataset.next);
    scene.show((scene.at + 1) % scene.pictures.length, scene.model.get("has_network"));
  });
}

for (const slider of document.querySelectorAll("[data-steps]")) {
  const steps = slider.dataset.values.split(",");
  const scene = scenes.get(slider.dataset.steps);
  const shown = document.querySelector(`output[for="${slider.id}"]`);
  const more = document.getElementById(slider.dataset.more);
  const move = () => {
    const words = `${steps[slider.value]} neighbours each`;
    shown.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    scene.show(Number(slider.value) + (more.checked ? steps.length : 0));
  };
  slider.addEventListener("input", move);
  more.addEventListener("change", move);
  move();
}

for (const tabs of document.querySelectorAll("[data-picks]")) {
  for (const [at, one] of [...tabs.querySelectorAll("button")].entries()) {
    one.addEventListener("click", () => {
      for (const other of tabs.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === one));
      scenes.get(tabs.dataset.picks).show(at);
      for (const words of document.querySelectorAll(`[data-with="${tabs.dataset.picks}"]`)) {
        words.hidden = Number(words.dataset.at) > at;
      }
    });
  }
}
