// The kinds of item that a learner acts on. Each keeps what the hand is doing: a value is set from
// Python only when nothing of this key is under way. `settle` is called again when it no longer is.

kinds.Range = (sheet) => {
  let item, held = false;
  const label = make("label", "nw-label");
  const output = make("output", "nw-shown");
  const input = make("input", "nw-slider");
  const help = makeHelp();
  const reason = makeReason(input);
  input.type = "range";
  input.id = label.htmlFor = fresh("range");
  output.setAttribute("aria-live", "off"); // the slider itself says its value

  const fill = () => {
    const part = (input.value - input.min) / (input.max - input.min);
    input.style.setProperty("--nw-full", `${(Number.isFinite(part) ? part : 0) * 100}%`);
  };
  const settle = () => {
    if (!held && sheet.wire.settled(item.key)) input.value = String(item.value);
    fill();
  };
  const letGo = () => {
    held = false;
    settle();
  };
  input.addEventListener("pointerdown", () => {
    held = true;
    for (const end of ["pointerup", "pointercancel"])
      document.addEventListener(end, letGo, { once: true });
  });
  input.addEventListener("change", letGo);
  input.addEventListener("blur", letGo);
  input.addEventListener("input", () => {
    if (item.barred) input.value = String(item.value);
    else sheet.wire.follow(item.key, Number(input.value));
    fill();
  });

  const update = (next) => {
    item = next;
    say(label, item.label);
    say(output, item.shown);
    for (const [name, value] of [["min", item.low], ["max", item.high]]) mark(input, name, value);
    mark(input, "step", item.step > 0 ? item.step : "any");
    mark(input, "aria-valuetext", item.shown);
    help.update(item.label, item.help);
    reason.update(item.barred);
    settle();
  };
  const line = make("div", "nw-line", label, help.button, output);
  const el = make("div", "nw-range", line, input, help.note, reason.el);
  const stop = () => {
    for (const end of ["pointerup", "pointercancel"]) document.removeEventListener(end, letGo);
  };
  return { el, update, settle, stop };
};

kinds["Choice open"] = (sheet) => {
  let item, inputs = [], drawn = "";
  const legend = make("legend", "nw-label");
  const segments = make("div", "nw-segments");
  const help = makeHelp();
  const reason = makeReason();
  const name = fresh("choice");

  const option = ([value, words]) => {
    const input = make("input");
    input.type = "radio";
    input.name = name;
    input.value = value;
    input.addEventListener("change", () => {
      if (item.barred) settle();
      else sheet.wire.act(item.key, input.value);
    });
    return make("label", "nw-segment", input, make("span", "", words));
  };
  const settle = () => {
    if (!item.barred && !sheet.wire.settled(item.key)) return;
    for (const input of inputs) input.checked = input.value === item.value;
  };
  const draw = () => {
    const here = inputs.find((input) => input === input.getRootNode().activeElement);
    segments.replaceChildren(...item.options.map(option));
    inputs = [...segments.querySelectorAll("input")];
    const lengths = item.options.map(([, words]) => words.length);
    const wide = lengths.reduce((sum, length) => sum + length + 4, 0) > 46;
    segments.classList.toggle("nw-stacked", wide || Math.max(...lengths) > 18);
    if (here) (inputs.find((input) => input.value === here.value) || inputs[0])?.focus();
  };
  const update = (next) => {
    item = next;
    say(legend, item.label);
    if (drawn !== (drawn = JSON.stringify(item.options))) draw();
    help.update(item.label, item.help);
    reason.update(item.barred, inputs);
    settle();
  };
  const el = make("fieldset", "nw-choice", legend, help.button, segments, help.note, reason.el);
  return { el, update, settle };
};

kinds["Choice menu"] = (sheet) => {
  let item, drawn = "";
  const label = make("label", "nw-label");
  const select = make("select", "nw-field nw-menu");
  const help = makeHelp();
  const reason = makeReason(select);
  select.id = label.htmlFor = fresh("menu");

  const settle = () => {
    if (item.barred || sheet.wire.settled(item.key)) select.value = item.value;
  };
  select.addEventListener("change", () => {
    if (item.barred) settle();
    else sheet.wire.act(item.key, select.value);
  });
  const update = (next) => {
    item = next;
    say(label, item.label);
    if (drawn !== (drawn = JSON.stringify(item.options))) {
      const before = select.value;
      select.replaceChildren(...item.options.map(([value, words]) => {
        const option = make("option", "", words);
        option.value = value;
        return option;
      }));
      select.value = before;
    }
    help.update(item.label, item.help);
    reason.update(item.barred);
    settle();
  };
  const line = make("div", "nw-line", label, help.button);
  return { el: make("div", "nw-choice", line, select, help.note, reason.el), update, settle };
};

kinds.Switch = (sheet) => {
  let item;
  const input = make("input", "nw-toggle");
  const sample = make("span", "nw-sampled");
  const label = make("label", "nw-name");
  const help = makeHelp();
  const reason = makeReason(input);
  input.type = "checkbox";
  input.setAttribute("role", "switch");
  input.id = label.htmlFor = fresh("switch");

  const settle = () => {
    if (item.barred || sheet.wire.settled(item.key)) input.checked = item.value;
  };
  input.addEventListener("change", () => {
    if (item.barred) settle();
    else sheet.wire.act(item.key, input.checked);
  });
  const update = (next) => {
    item = next;
    say(label, item.label);
    sample.hidden = !item.stroke;
    sample.replaceChildren(...(item.stroke ? [lineSample(item.stroke)] : []));
    help.update(item.label, item.help);
    reason.update(item.barred);
    settle();
  };
  const line = make("div", "nw-line", input, sample, label, help.button);
  return { el: make("div", "nw-switch", line, help.note, reason.el), update, settle };
};

kinds.Button = (sheet) => {
  let item;
  const button = make("button", "nw-button");
  const help = makeHelp();
  const reason = makeReason(button);
  button.type = "button";
  button.addEventListener("click", () => {
    if (!item.barred) sheet.wire.act(item.key, null);
  });
  const update = (next) => {
    item = next;
    say(button, item.label);
    button.dataset.tone = item.tone;
    help.update(item.label, item.help);
    reason.update(item.barred);
  };
  const line = make("div", "nw-line", button, help.button);
  return { el: make("div", "nw-press", line, help.note, reason.el), update };
};

const PIECE = 4 * 2 ** 20;

kinds.Upload = (sheet) => {
  let item;
  const label = make("label", "nw-label");
  const input = make("input", "nw-file");
  const told = make("p", "nw-quiet");
  const help = makeHelp();
  input.type = "file";
  input.id = label.htmlFor = fresh("file");
  told.setAttribute("role", "status");
  const tell = (text, wrong) => {
    say(told, text);
    told.classList.toggle("nw-wrong", wrong);
  };
  input.addEventListener("click", () => (input.value = "")); // the same file may be brought again
  input.addEventListener("change", async () => {
    const file = input.files[0];
    if (!file) return;
    const size = fileSize(file.size);
    if (file.size > item.largest)
      return tell(`${file.name} has ${size}; the most is ${fileSize(item.largest)}.`, true);
    tell(`Reading ${file.name} …`, false);
    try {
      const content = await file.arrayBuffer();
      // In pieces: proxies let no message of many megabytes through.
      for (let at = 0; at === 0 || at < content.byteLength; at += PIECE) {
        const told = { name: file.name, size: file.size, at };
        sheet.wire.act(item.key, told, [content.slice(at, at + PIECE)]);
      }
      tell(`${file.name} (${size}) was handed over.`, false);
    } catch {
      tell(`${file.name} could not be read. Choose it again.`, true);
    }
  });
  const update = (next) => {
    item = next;
    say(label, item.label);
    mark(input, "accept", item.accept);
    help.update(item.label, item.help);
  };
  const line = make("div", "nw-line", label, help.button);
  return { el: make("div", "nw-upload", line, input, told, help.note), update };
};
