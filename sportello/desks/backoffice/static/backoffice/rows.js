// j and k go from row to row of a list, enter opens, x ticks a row, a leads to whom the ticked ones are given. Only while the
// focus is in the list: elsewhere letters are letters.
if (!document.documentElement.dataset.rows) {
  document.documentElement.dataset.rows = "on";
  document.addEventListener("keydown", (event) => {
    const list = event.target.closest("[data-rows]");
    const step = { j: 1, k: -1 }[event.key];
    if (!list || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "x") {
      const tick = event.target.closest("tr")?.querySelector("input[type=checkbox]");
      if (tick && tick !== event.target) tick.click();
    }
    if (event.key === "a") {
      const giving = document.querySelector("[data-key=a]");
      giving?.focus();
      if (giving) event.preventDefault();
    }
    if (!step) return;
    const links = [...list.querySelectorAll("tbody th a")];
    const at = links.findIndex((link) => link.closest("tr").contains(event.target));
    links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
    event.preventDefault();
  });
}
