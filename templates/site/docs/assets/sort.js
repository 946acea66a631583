/* Tables whose heads can be clicked. Without JavaScript they simply stay in the order of the ballot. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const language = document.documentElement.lang || "vi";
  for (const table of document.querySelectorAll(".results table")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      // Not a <button>: on paper, browsers don't repeat a head with form controls in it on the next page.
      const button = document.createElement("span");
      button.role = "button";
      button.tabIndex = 0;
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("keydown", event => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        button.click();
      });
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") === "descending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const key = row => row.cells[column].textContent.trim();
        const order = (a, b) => {
          const [x, y] = [parseInt(key(a), 10), parseInt(key(b), 10)];
          return Number.isNaN(x) || Number.isNaN(y) ? key(a).localeCompare(key(b), language) : x - y;
        };
        const rows = [...body.rows].sort(order);
        body.append(...(up ? rows : rows.reverse()));
      });
    });
  }
});
