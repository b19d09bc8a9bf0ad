/*
Copyright: (c) 2026, ontap.akv contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
*/
"use strict";
// Adds sorting, filtering and the choice of colours to a page that is complete without it.
(() => {
  const page = document.documentElement;
  const dark = () => (page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  document.getElementById("theme").addEventListener("click", () => {
    page.dataset.theme = dark() ? "light" : "dark";
  });
  page.classList.add("script");

  const table = document.getElementById("configurations");
  if (!table) return;
  const body = table.tBodies[0];
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const more = document.getElementById("more");
  const chips = [...document.querySelectorAll("button[data-filter-state]")];
  const lists = [...document.querySelectorAll("select[data-filter]")];
  const heads = [...table.tHead.querySelectorAll("th[aria-sort]")];
  const columns = Object.fromEntries(heads.map((head) => [head.dataset.key, head.cellIndex]));
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const severity = ["problem", "warning", "unknown", "ok"];
  // Laying out ten thousand rows takes seconds, again for each order; on paper all of them are there.
  let most = matchMedia("(max-width: 1000px)").matches ? 20 : Number(table.dataset.most);

  // Read once: asking the page for ten thousand texts takes longer than looking through them.
  const rows = [];
  for (const row of body.rows) {
    if (row.classList.contains("note")) {
      rows.at(-1).note = row;
    } else {
      rows.push({ row, note: null, number: rows.length, state: row.dataset.state });
    }
  }
  const number = (value) => value.toLocaleString("en");
  const textOf = (entry) => (entry.text ??= `${entry.row.textContent} ${entry.note?.textContent ?? ""}`.toLowerCase());
  const valueOf = (entry, key) => entry.row.cells[columns[key]].textContent.trim();

  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.filterState);
    const chosen = lists.filter((list) => list.value !== "*");
    let count = 0;
    for (const entry of rows) {
      const seen =
        (!states.length || states.includes(entry.state)) &&
        chosen.every((list) => valueOf(entry, list.dataset.filter) === list.value) &&
        words.every((word) => textOf(entry).includes(word));
      count += seen;
      for (const part of entry.note ? [entry.row, entry.note] : [entry.row]) {
        if (part.hidden === seen) part.hidden = !seen;
        part.classList.toggle("beyond", count > most);
      }
    }
    more.hidden = count <= most;
    more.textContent = `Only the first ${most} are on the screen: show all ${number(count)}`;
    shown.textContent = `${number(count)} of ${number(rows.length)} shown`;
    none.hidden = count > 0;
  }

  function place() {
    body.append(...rows.flatMap((entry) => (entry.note ? [entry.row, entry.note] : [entry.row])));
    show();
  }

  function sortBy(head) {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = head.dataset.key;
    const ranked = key === "health";
    for (const entry of rows) entry.value = ranked ? severity.indexOf(entry.state) : valueOf(entry, key);
    const compare = ranked ? (one, two) => one.value - two.value : (one, two) => order.compare(one.value, two.value);
    rows.sort((one, two) => {
      // What is empty comes last, whichever way.
      if (!ranked && !one.value !== !two.value) return one.value ? -1 : 1;
      return (down ? -compare(one, two) : compare(one, two)) || one.number - two.number;
    });
    place();
  }

  function press(states) {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(states.includes(chip.dataset.filterState)));
  }

  let later;
  filter.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(show, 80);
  });
  for (const list of lists) list.addEventListener("change", show);
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      show();
    });
  }
  // A count of the verdict leads to its rows.
  for (const card of document.querySelectorAll("a[data-filter-state]")) {
    card.addEventListener("click", () => {
      press([card.dataset.filterState]);
      show();
    });
  }
  for (const head of heads) head.querySelector("button").addEventListener("click", () => sortBy(head));
  document.getElementById("reset").addEventListener("click", () => {
    filter.value = "";
    for (const list of lists) list.value = "*";
    press([]);
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
  show();
})();
