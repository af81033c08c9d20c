"use strict";
// The page reads without this; with it the contact sheet becomes thumbnails and a viewer that wipes between pictures.
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const bars = all(".shares > i");
  const readout = one(".readout");
  const viewer = one("#viewer");

  const chart = one(".bars .chart");
  if (chart && bars.length <= 200) chart.classList.add("few");
  bars.forEach((bar) => bar.addEventListener("mouseenter", () => { readout.textContent = bar.title; }));
  if (!viewer) return;

  document.documentElement.classList.add("js");
  const cards = all(".card");
  const numbers = cards.map((card) => Number(card.dataset.frame));
  const wipe = one(".wipe");
  const slider = one("input", wipe);
  const under = one(".under", wipe);
  const over = one(".over", wipe);
  const select = one("select", viewer);
  const flip = one(".flip", viewer);
  const state = { frame: Number(viewer.dataset.first), show: "after", flipped: false };

  const picture = (card, view) => one(`figure[data-view="${view}"] img`, card);

  function cut() {
    const share = state.flipped ? 100 : Number(slider.value);
    wipe.style.setProperty("--cut", `${share}%`);
    one(".tag.left").hidden = share < 1;
    one(".tag.right").hidden = share > 99;
  }

  function draw() {
    const card = cards[numbers.indexOf(state.frame)];
    over.src = picture(card, "before").src;
    over.alt = picture(card, "before").alt;
    under.src = picture(card, state.show).src;
    under.alt = picture(card, state.show).alt;
    one(".tag.right").textContent = state.show;
    select.value = String(state.frame);
    one("#compare").textContent = `Before and ${state.show}, frame ${state.frame}`;
    one(".facts").replaceChildren(one("dl", card).cloneNode(true));
    for (const other of cards) {
      other.classList.toggle("here", other === card);
      for (const figure of all("figure", other)) figure.classList.toggle("shown", figure.dataset.view === state.show);
    }
    for (const bar of bars) bar.classList.toggle("here", Number(bar.dataset.frame) === state.frame);
    for (const button of all("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === state.show));
    flip.setAttribute("aria-pressed", String(state.flipped));
    cut();
  }

  // A frame without pictures leads to the nearest one that has some.
  function go(frame, scroll) {
    state.frame = numbers.reduce((near, other) => (Math.abs(other - frame) < Math.abs(near - frame) ? other : near));
    slider.value = cards[numbers.indexOf(state.frame)].dataset.cut;
    draw();
    if (state.frame !== frame) one("#compare").textContent += ` (the nearest to ${frame} with pictures)`;
    if (scroll) viewer.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const at = numbers.indexOf(state.frame);
    go(numbers[(at + by + numbers.length) % numbers.length], false);
  }

  function turn() {
    state.flipped = !state.flipped;
    draw();
  }

  slider.addEventListener("input", () => { state.flipped = false; flip.setAttribute("aria-pressed", "false"); cut(); });
  select.addEventListener("change", () => go(Number(select.value), false));
  flip.addEventListener("click", turn);
  bars.forEach((bar) => bar.addEventListener("click", () => go(Number(bar.dataset.frame), true)));
  all("[data-step]").forEach((button) => button.addEventListener("click", () => step(Number(button.dataset.step))));
  all("[data-show]").forEach((button) => button.addEventListener("click", () => { state.show = button.dataset.show; draw(); }));
  cards.forEach((card) => card.addEventListener("click", () => go(Number(card.dataset.frame), true)));
  all("[data-go]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    go(Number(link.dataset.go), true);
  }));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === select) return;
    const does = { b: turn, B: turn, ",": () => step(-1), ".": () => step(1) }[event.key];
    if (does) does();
  });
  go(state.frame, false);
})();
