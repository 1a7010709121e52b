"use strict";
(() => {
  const FIRST = 50;
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const table = byId("samples"), body = table.tBodies[0], form = byId("filters"), more = byId("more");
  const rows = [...body.rows], heads = [...table.tHead.rows[0].cells], folds = new Map();
  let sort = 4, down = true, all = false;

  const compare = (a, b) => {
    const x = data[a][sort], y = data[b][sort];
    if (x === y) return a - b;
    if (x === null) return 1;
    if (y === null) return -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  };
  const passes = (k) => {
    const [name, task, status, cells] = data[k], f = form.elements, wanted = f.status.value;
    return name.toLowerCase().includes(f.find.value.trim().toLowerCase())
      && (!f.task.value || task === f.task.value)
      && (!wanted || (wanted === "cells" ? cells > 0 : status === wanted));
  };
  const draw = () => {
    const found = rows.map((_, k) => k).filter(passes).sort(compare);
    const shown = all ? found : found.slice(0, FIRST);
    body.replaceChildren(...shown.flatMap((k) => folds.has(k) ? [rows[k], folds.get(k)] : [rows[k]]));
    byId("shown").textContent = `${shown.length} of ${rows.length} shown`;
    more.hidden = shown.length === found.length;
    more.textContent = `Show all ${found.length}`;
    heads.forEach((head) => {
      if (Number(head.dataset.sort) === sort) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  // Marks stand at their times, each on the first line where it covers no other.
  const place = (marks) => {
    const wide = marks.clientWidth, turned = marks.classList.contains("above"), ends = [];
    const widths = [...marks.children].map((mark) => mark.offsetWidth);
    [...marks.children].forEach((mark, k) => {
      mark.dataset.x ??= parseFloat(mark.style.left);
      const left = Math.max(0, Math.min(mark.dataset.x * wide / 100, wide - widths[k]));
      let level = ends.findIndex((end) => end <= left);
      if (level < 0) level = ends.length;
      ends[level] = left + widths[k] + 5;
      mark.style.left = `${left}px`;
      mark.style[turned ? "bottom" : "top"] = `${level * 1.35}em`;
    });
    marks.style.height = `${ends.length * 1.35}em`;
    marks.dataset.wide = wide;
  };
  const resized = new ResizeObserver((found) => found.forEach(({ target }) => {
    if (target.isConnected && Number(target.dataset.wide) !== target.clientWidth) place(target);
  }));
  const toggle = (k, open) => {
    const button = rows[k].querySelector("button");
    if (open === folds.has(k)) return;
    if (!byId(`fold-${k}`)) {
      addEventListener("DOMContentLoaded", () => toggle(k, open), { once: true });
      return;
    }
    if (open) {
      const line = document.createElement("tr"), cell = document.createElement("td");
      line.className = "open-fold";
      line.id = `open-${k}`;
      cell.colSpan = heads.length;
      cell.append(byId(`fold-${k}`).content.cloneNode(true));
      line.append(cell);
      folds.set(k, line);
      rows[k].after(line);
      line.querySelectorAll(".marks").forEach((marks) => { place(marks); resized.observe(marks); });
      button.setAttribute("aria-controls", line.id);
    } else {
      folds.get(k).remove();
      folds.delete(k);
      button.removeAttribute("aria-controls");
    }
    button.setAttribute("aria-expanded", String(open));
  };
  const follow = () => {
    const name = location.hash.slice(1);
    const k = rows.findIndex((row) => row.id === name);
    if (k < 0) return;
    if (!rows[k].isConnected) {
      form.reset();
      all = true;
      draw();
    }
    toggle(k, true);
    rows[k].scrollIntoView({ behavior: "instant" });
  };

  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (!event.target.closest("button")) return;
    const column = Number(head.dataset.sort);
    down = column === sort ? !down : head.dataset.worst === "down";
    sort = column;
    draw();
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-k]");
    if (!row || String(getSelection())) return;
    const k = Number(row.dataset.k);
    toggle(k, !folds.has(k));
  });
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { all = true; draw(); });
  addEventListener("hashchange", follow);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));

  document.querySelectorAll(".copy").forEach((button) => {
    const source = byId(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      getSelection().selectAllChildren(source);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Selected: copy it with Ctrl+C";
      }
    });
  });

  form.hidden = false;
  draw();
  follow();
})();
