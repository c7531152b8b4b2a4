// Between the page and Python: acts go out with a number, and Python says which it has handled.

const PATIENCE = 8000; // ms; an answer that never comes must not hold a slider for ever
let counted = 0;

function makeWire(model) {
  const sent = new Map(); // key -> number of its last act
  const kept = new Map(); // key -> latest value not sent yet
  let timer = 0;
  const handled = () => Number(model.get("handled")) || 0;
  const open = (key) => sent.get(key) > handled();
  const settled = (key) => !kept.has(key) && !open(key);

  function act(key, value, buffers = []) {
    counted = Math.max(counted, handled()) + 1;
    kept.delete(key);
    sent.set(key, counted);
    model.send({ event: "act", key, value, number: counted }, undefined, buffers);
  }

  // At most one act of a key is under way; of the values that come meanwhile the last is kept.
  function follow(key, value) {
    if (!open(key)) return act(key, value);
    kept.set(key, value);
    if (!timer) timer = setTimeout(() => release(true), PATIENCE);
  }

  function release(anyway = false) {
    if (anyway) timer = 0;
    for (const [key, value] of [...kept]) if (anyway || !open(key)) act(key, value);
    if (!kept.size) stop();
  }

  function stop() {
    clearTimeout(timer);
    timer = 0;
  }

  return { act, follow, release, settled, stop };
}

const taken = new Set(); // a sheet may be shown twice on a page; a file is taken home once

function takeHome(message, buffers) {
  if (!message || message.event !== "file" || !buffers || !buffers.length) return;
  if (taken.has(message.number)) return;
  taken.add(message.number);
  const blob = new Blob([buffers[0]], { type: message.kind });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = message.name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function copyText(text, el) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(el); // no clipboard outside https, or not allowed
  }
}

function copySelected(el) {
  const selection = document.getSelection();
  const range = document.createRange();
  range.selectNodeContents(el);
  selection.removeAllRanges();
  selection.addRange(range);
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  }
}

// Only ways that lead somewhere harmless; "//elsewhere" and "/\elsewhere" leave the site unseen.
function safeWay(href) {
  const bare = [...href].every((sign) => sign > " " && sign !== "\\" && sign !== "\u007f");
  return bare && /^(#|\?|\.\/|https?:\/\/|\/(?!\/))/.test(href) ? href : "";
}
