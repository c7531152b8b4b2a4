/* All parts of a page share one clock: the stage that moves says where it is, the others follow. */
const MOVED = "newswave-moved";

/* Hears where the clock of a model's page is; gives back how to stop. */
function follow(model, hear) {
  const heard = ({ detail }) => {
    if (detail.clock && detail.clock === model.get("clock")) hear(detail);
  };
  document.addEventListener(MOVED, heard);
  return () => document.removeEventListener(MOVED, heard);
}

function announceMove(detail) {
  document.dispatchEvent(new CustomEvent(MOVED, { detail }));
  return detail;
}
