/* The address bar: Python says what belongs in it, the browser where its reader went. */
const SETTLED = 1200; // ms; a change that comes sooner belongs to the one before

const pageOf = (search) => new URLSearchParams(search).get("page");

function render({ model }) {
  let last = performance.now();
  const put = () => {
    const search = model.get("search");
    const now = performance.now();
    if (search !== location.search) {
      const turned = pageOf(search) !== pageOf(location.search);
      const how = now - last < SETTLED && !turned ? "replaceState" : "pushState";
      history[how](history.state, "", location.pathname + search);
    }
    last = now;
  };
  const went = () => {
    last = performance.now(); // what Python makes of it is no change of its own
    if (model.get("search") !== location.search) model.send({ went: location.search });
  };
  // Who went back while the page was still coming up is heard now.
  if (location.search === model.get("began")) put();
  else went();
  model.on("change:search", put);
  window.addEventListener("popstate", went);
  return () => {
    model.off("change:search", put);
    window.removeEventListener("popstate", went);
  };
}

export default { render };
