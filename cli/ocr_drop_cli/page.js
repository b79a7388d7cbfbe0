
"use strict";
// A line and its place share a number: pointing at one marks both.
(() => {
  let marked = [];
  const pair = (event) => {
    const hit = event.target.closest?.("[id^=line-], [id^=place-]");
    const number = hit?.id.split("-")[1];
    return hit ? [document.getElementById(`line-${number}`), document.getElementById(`place-${number}`)] : [];
  };
  document.addEventListener("pointerover", (event) => {
    const found = pair(event);
    if (found[0] === marked[0]) return;
    for (const element of marked) element.classList.remove("marked");
    for (const element of found) element.classList.add("marked");
    marked = found;
    const reading = found[0]?.closest(".reading");
    const scrolls = reading && reading.scrollHeight > reading.clientHeight;
    if (scrolls && event.target.closest("svg") && !event.buttons) found[0].scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("click", (event) => {
    const [line, place] = pair(event);
    if (line?.contains(event.target) && getSelection().isCollapsed) place.scrollIntoView({ block: "center" });
  });
})();
