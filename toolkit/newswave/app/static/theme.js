// Light or dark: as Python says, else as JupyterLab is, else as the reader's system prefers.
const SYSTEM_DARK = "(prefers-color-scheme: dark)";

function themeOf(wanted) {
  if (wanted === "light" || wanted === "dark") return wanted;
  const jupyter = document.body.dataset.jpThemeLight;
  if (jupyter) return jupyter === "true" ? "light" : "dark";
  return matchMedia(SYSTEM_DARK).matches ? "dark" : "light";
}

function onThemeChange(changed) {
  const system = matchMedia(SYSTEM_DARK);
  system.addEventListener("change", changed);
  const watch = new MutationObserver(changed);
  watch.observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  return () => {
    system.removeEventListener("change", changed);
    watch.disconnect();
  };
}
