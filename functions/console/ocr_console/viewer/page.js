
"use strict";
// A line and its place share a number: pointing at one marks both.
(() => {
  const numbered = (element) => element?.closest?.("[id^=line-], [id^=place-]")?.id.split("-")[1];
  const pair = (number) => [document.getElementById(`line-${number}`), document.getElementById(`place-${number}`)];
  let marked = [];

  const mark = (number) => {
    const found = number ? pair(number) : [];
    if (found[0] === marked[0]) return;
    for (const element of marked) element.classList.remove("marked");
    for (const element of found) element.classList.add("marked");
    marked = found;
  };
  const show = (number) => {
    mark(number);
    for (const element of pair(number)) element.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  document.addEventListener("pointerover", (event) => {
    const number = numbered(event.target);
    if (number === numbered(marked[0])) return;
    mark(number);
    const reading = marked[0]?.closest(".reading");
    const scrolls = reading && reading.scrollHeight > reading.clientHeight;
    if (scrolls && event.target.closest("svg") && !event.buttons) marked[0].scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("click", (event) => {
    const line = event.target.closest?.("li[id]");
    if (line && getSelection().isCollapsed) pair(numbered(line))[1].scrollIntoView({ block: "center", inline: "center" });
  });

  // Arrow keys walk through the lines.
  for (const reading of document.querySelectorAll(".reading")) {
    reading.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const lines = [...reading.querySelectorAll("li[id]")];
      if (!step || !lines.length) return;
      event.preventDefault();
      const at = lines.indexOf(marked[0]);
      const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), lines.length - 1);
      show(numbered(lines[next]));
    });
  }

  // What is copied from the picture is a line a line, in reading order.
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection.anchorNode?.parentElement?.closest("svg")) return;
    const words = [...document.querySelectorAll("svg text")].filter((text) => selection.containsNode(text, true));
    if (words.length < 2) return;
    const range = selection.getRangeAt(0);
    const part = (text) => {
      const node = text.firstChild;
      const from = node === range.startContainer ? range.startOffset : 0;
      return text.textContent.slice(from, node === range.endContainer ? range.endOffset : undefined);
    };
    event.clipboardData.setData("text/plain", words.map(part).join("\n"));
    event.preventDefault();
  });

  const tools = document.querySelector(".tools");
  if (!tools) return;

  // Find: plain text, in any width and case, as it would be typed.
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const lines = [...document.querySelectorAll("li[id]")].map((line) => [numbered(line), plain(line.textContent)]);
  const field = document.getElementById("find");
  const count = document.getElementById("found");
  let hits = [];
  let current = -1;
  const tell = () => {
    count.textContent = field.value ? (hits.length ? `${current + 1} / ${hits.length}` : "none") : "";
  };
  const go = (step) => {
    if (hits.length) current = (current + step + hits.length) % hits.length;
    if (hits.length) show(hits[current]);
    tell();
  };
  field.addEventListener("input", () => {
    for (const number of hits) for (const element of pair(number)) element.classList.remove("hit");
    const wanted = plain(field.value.trim());
    hits = wanted ? lines.filter(([, text]) => text.includes(wanted)).map(([number]) => number) : [];
    for (const number of hits) for (const element of pair(number)) element.classList.add("hit");
    current = -1;
    go(1);
  });
  if (location.hash.startsWith("#find=")) {
    field.value = decodeURIComponent(location.hash.slice("#find=".length));
    field.dispatchEvent(new Event("input"));
  }
  tools.addEventListener("submit", (event) => event.preventDefault());
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") field.blur();
  });

  // Zoom keeps in place what is under the pointer, or the middle of the picture.
  const STEP = 1.5;
  const factors = new WeakMap();
  const zoom = (stage, factor, x, y) => {
    const box = stage.getBoundingClientRect();
    const before = factors.get(stage) ?? 1;
    const after = Math.min(Math.max(factor, 1), 12);
    const [left, top] = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const at = [stage.scrollLeft + left, stage.scrollTop + top];
    factors.set(stage, after);
    stage.classList.toggle("zoomed", after > 1);
    stage.style.setProperty("--zoom", after);
    stage.scrollTo({ left: (at[0] * after) / before - left, top: (at[1] * after) / before - top, behavior: "instant" });
  };
  const stages = [...document.querySelectorAll(".stage")];
  const inView = () => stages.find((stage) => stage.getBoundingClientRect().bottom > innerHeight / 3) ?? stages[0];
  const zoomBy = (direction, stage = inView(), x, y) =>
    stage && zoom(stage, direction ? (factors.get(stage) ?? 1) * STEP ** direction : 1, x, y);

  tools.addEventListener("click", (event) => {
    const { zoom: direction, find } = event.target.dataset;
    if (direction) zoomBy(Number(direction));
    if (find) go(Number(find));
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === field || event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = { "+": 1, "=": 1, "-": -1, 0: 0 }[event.key];
    if (direction !== undefined) zoomBy(direction);
    if (event.key === "/") field.focus();
    if (direction !== undefined || event.key === "/") event.preventDefault();
  });

  for (const stage of stages) {
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoomBy(-Math.sign(event.deltaY) / 2, stage, event.clientX, event.clientY);
    }, { passive: false });
    // A drag beside the words moves a picture that is larger than its frame.
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button || !stage.matches(".zoomed") || numbered(event.target)) return;
      event.preventDefault();
      const start = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop];
      const move = (moved) =>
        stage.scrollTo({ left: start[0] - moved.clientX, top: start[1] - moved.clientY, behavior: "instant" });
      stage.setPointerCapture(event.pointerId);
      stage.addEventListener("pointermove", move);
      stage.addEventListener("lostpointercapture", () => stage.removeEventListener("pointermove", move), { once: true });
    });
  }
})();
