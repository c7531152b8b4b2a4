// Fields for text and numbers: what is typed goes out when it is done, by Enter or by leaving.

function wholeNumber(text, item) {
  const bare = text.replace(/[\s\u202f\u00a0,]/g, "");
  const value = /^[+-]?\d{1,15}$/.test(bare) ? Number(bare) : NaN;
  if (value >= item.low && value <= item.high) return { value: String(value), wrong: "" };
  const span = [item.low, item.high].map((end) => (end < 10000 ? String(end) : end.toLocaleString("en")));
  return { value: "", wrong: `Give a whole number from ${span[0]} to ${span[1]}.` };
}

function makeEntry(sheet, tag) {
  let item, base = "", wrong = "";
  const label = make("label", "nw-label");
  const field = make(tag, "nw-field");
  const error = make("p", "nw-quiet nw-wrong");
  const help = makeHelp();
  field.id = label.htmlFor = fresh("entry");
  error.id = fresh("wrong");
  error.setAttribute("role", "status");

  const judge = (text) => {
    wrong = text;
    say(error, wrong);
    mark(field, "aria-invalid", wrong ? "true" : "");
    mark(field, "aria-describedby", wrong ? error.id : "");
  };
  const settle = () => {
    const here = field.getRootNode().activeElement === field;
    if (wrong || (here && field.value !== base) || !sheet.wire.settled(item.key)) return;
    base = item.value;
    if (field.value !== base) field.value = base;
  };
  const commit = () => {
    const read = item.numeric ? wholeNumber(field.value, item) : { value: field.value, wrong: "" };
    judge(read.wrong);
    if (wrong) return;
    base = field.value;
    if (read.value === item.value && sheet.wire.settled(item.key)) settle();
    else sheet.wire.act(item.key, read.value);
  };
  field.addEventListener("change", commit);
  field.addEventListener("input", () => {
    if (wrong) judge(item.numeric ? wholeNumber(field.value, item).wrong : "");
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (tag === "textarea" && !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (field.value !== base || wrong) commit();
  });
  field.addEventListener("blur", () => settle());

  const update = (next) => {
    if (item && item.value !== next.value && wrong) {
      judge("");
      field.value = base = next.value;
    }
    item = next;
    say(label, item.label);
    if (tag === "textarea") field.rows = item.lines;
    else mark(field, "inputmode", item.numeric ? "numeric" : "");
    field.maxLength = item.numeric ? 20 : item.longest;
    field.autocomplete = "off";
    field.classList.toggle("nw-short", item.numeric);
    help.update(item.label, item.help);
    settle();
  };
  const line = make("div", "nw-line", label, help.button);
  return { el: make("div", "nw-entry", line, field, error, help.note), update, settle };
}

kinds["Entry line"] = (sheet) => makeEntry(sheet, "input");
kinds["Entry lines"] = (sheet) => makeEntry(sheet, "textarea");
