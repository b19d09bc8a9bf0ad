/*
Copyright: (c) 2026, ontap.akv contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/
"use strict";
// Adds sorting, filtering and the choice of colours to a page that is complete without it.
(() => {
  const page = document.documentElement;
  const table = document.getElementById("configurations");
  const body = table.tBodies[0];
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const chips = [...document.querySelectorAll("button[data-filter-state]")];
  const heads = [...table.tHead.querySelectorAll("th[aria-sort]")];
  // Read once: asking the page for ten thousand texts takes longer than looking through them.
  const rows = [...body.rows].map((row, number) => ({ row, number, text: row.textContent.toLowerCase(), state: row.dataset.state }));
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const severity = ["problem", "warning", "unknown", "ok"];
  const more = document.getElementById("more");
  // Laying out ten thousand rows takes seconds, again for each order; on paper all of them are there.
  let most = Number(table.dataset.most);

  const words = () => filter.value.toLowerCase().split(/\s+/).filter(Boolean);

  function show() {
    const wanted = words();
    const states = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.filterState);
    let count = 0;
    for (const entry of rows) {
      const seen = (!states.length || states.includes(entry.state)) && wanted.every((word) => entry.text.includes(word));
      if (entry.row.hidden === seen) entry.row.hidden = !seen;
      count += seen;
      entry.row.classList.toggle("beyond", count > most);
    }
    more.hidden = count <= most;
    more.textContent = `Only the first ${most} are on the screen: show all ${count}`;
    shown.textContent = `${count} of ${rows.length} shown`;
    none.hidden = count > 0 || rows.length === 0;
  }

  function sortBy(head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const column = head.cellIndex;
    for (const entry of rows) entry.value = entry.row.cells[column].dataset.value ?? entry.row.cells[column].textContent.trim();
    const ranked = head.querySelector("button").dataset.sort === "health";
    const compare = ranked
      ? (one, two) => severity.indexOf(one.state) - severity.indexOf(two.state)
      : (one, two) => order.compare(one.value, two.value);
    rows.sort((one, two) => {
      // What is empty comes last, whichever way.
      if (!ranked && !one.value !== !two.value) return one.value ? -1 : 1;
      return (down ? -compare(one, two) : compare(one, two)) || one.number - two.number;
    });
    place();
  }

  function place() {
    body.append(...rows.map((entry) => entry.row));
    show();
  }

  function dark() {
    const chosen = page.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  let later;
  filter.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(show, 80);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      show();
    });
  }
  for (const head of heads) head.querySelector("button").addEventListener("click", () => sortBy(head));
  document.getElementById("reset").addEventListener("click", () => {
    filter.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    for (const head of heads) head.setAttribute("aria-sort", "none");
    rows.sort((one, two) => one.number - two.number);
    place();
    filter.focus();
  });
  more.addEventListener("click", () => {
    most = rows.length;
    show();
    table.parentElement.focus();
  });
  document.getElementById("theme").addEventListener("click", () => {
    page.dataset.theme = dark() ? "light" : "dark";
  });
  page.classList.add("script");
  show();
})();
