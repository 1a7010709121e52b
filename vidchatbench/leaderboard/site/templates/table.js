/* The board's table: sorted, filtered, its columns chosen, its numbers opened by keyboard or pointer. */
(() => {
  const { data, panel, state, jump, remember } = vidchatbench, table = document.getElementById("board");
  if (!table) return;
  const form = document.getElementById("filters"), fields = form.elements, heads = [...table.tHead.rows[0].cells];
  const bodies = [...table.tBodies].map((body) => ({
    body, lead: body.querySelector("tr.group"), rows: [...body.querySelectorAll("tr[data-k]")],
  }));
  const rows = bodies.flatMap((one) => one.rows), names = ["find", "kind", "open", "license", "level"];
  const usual = fields.view.value;
  let sort = "0", down = true;

  const value = (k) => {
    const one = data.systems[k];
    return sort === "name" ? one.title.toLowerCase() : sort === "coverage" ? one.coverage : one.values[sort];
  };
  const order = (a, b) => {
    const x = value(a.dataset.k), y = value(b.dataset.k);
    if (x === y) return a.dataset.k - b.dataset.k;
    if (x === null) return 1;
    if (y === null) return -1;
    return (x < y ? -1 : 1) * (down ? -1 : 1);
  };
  const passes = (row) => {
    const one = data.systems[row.dataset.k], { find, kind, open, license, level, ranked } = fields;
    return one.text.toLowerCase().includes(find.value.trim().toLowerCase())
      && (!kind.value || one.kind === kind.value)
      && (!open.value || one.open === (open.value === "yes"))
      && (!license.value || one.license === license.value)
      && (level.value === "" || one.level >= Number(level.value))
      && (!ranked.checked || one.ranked);
  };
  /* Rows of a band have rank sets that overlap that of its first row: no test tells them from it. */
  const shade = (shown) => {
    let first = null, dark = false;
    shown.forEach((row) => {
      const rank = sort in data.columns ? data.systems[row.dataset.k].ranks[sort] : null;
      const begins = !rank || !first || rank[0] > first[1] || rank[1] < first[0];
      if (begins && first) dark = !dark;
      if (begins) { first = rank; if (!rank) dark = false; else if (row === shown[0]) dark = true; }
      row.classList.toggle("band", Boolean(rank) && dark);
      row.classList.toggle("edge", begins && Boolean(rank));
    });
  };
  const draw = () => {
    let count = 0;
    bodies.forEach(({ body, lead, rows: own }) => {
      const shown = own.filter(passes).sort(order);
      count += shown.length;
      body.replaceChildren(...(lead && (shown.length || !own.length) ? [lead] : []), ...shown);
      shade(body.id === "ranked" ? shown : []);
    });
    document.getElementById("shown").textContent = `${count} of ${rows.length} systems shown`;
    document.getElementById("none").hidden = count > 0;
    heads.forEach((head) => {
      if (head.dataset.sort === sort) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    rove();
  };
  const columns = () => {
    const view = fields.view.value, boxes = form.querySelectorAll('[name="column"]');
    table.dataset.view = form.dataset.view = view;
    boxes.forEach((box) => {
      const cells = [heads[Number(box.value)], ...rows.map((row) => row.cells[Number(box.value)])];
      if (cells[0].hidden === box.checked) cells.forEach((cell) => { cell.hidden = !box.checked; });
    });
  };

  /* One number of the table is a tab stop; the arrow keys lead on from it. */
  let stop = null;
  const visible = (cell) => cell && cell.offsetParent !== null && cell.querySelector("button");
  const rove = (to) => {
    const next = to || (stop && stop.isConnected && stop.offsetParent && stop) || table.querySelector("td.of-overall button");
    if (stop) stop.tabIndex = -1;
    stop = next;
    if (stop) stop.tabIndex = 0;
  };
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -99], End: [0, 99] };
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td"), step = STEPS[event.key];
    if (!cell || !step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const lines = [...table.querySelectorAll("tr[data-k]")], own = [...cell.parentElement.cells].filter(visible);
    const at = own.indexOf(cell), far = Math.max(0, Math.min(own.length - 1, at + step[1]));
    const line = step[0] ? lines[lines.indexOf(cell.parentElement) + step[0]] : cell.parentElement;
    const found = line && line.cells[own[far].cellIndex].querySelector("button");
    if (!found) return;
    rove(found);
    found.focus();
  });
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button"), head = event.target.closest("thead th"), cell = event.target.closest("td");
    if (!button) return;
    if (button.dataset.define) panel.define(Number(button.dataset.define));
    else if (head) {
      const lower = head.dataset.sort in data.columns ? data.columns[head.dataset.sort].lower : head.dataset.sort === "name";
      down = head.dataset.sort === sort ? !down : !lower;
      sort = head.dataset.sort;
      draw();
      keep();
    } else if (cell) {
      rove(button);
      panel.cell(Number(cell.parentElement.dataset.k), cell.cellIndex - 1);
    }
  });

  const keep = () => {
    const off = [...form.querySelectorAll('[name="column"]:not(:checked)')].map((box) => data.columns[Number(box.value) - 1].key);
    const key = sort in data.columns ? data.columns[sort].key : sort;
    remember({
      view: fields.view.value === usual ? null : fields.view.value,
      sort: sort === "0" && down ? null : (down ? "-" : "") + key,
      ranked: fields.ranked.checked && "1",
      without: off.join(" "),
      ...Object.fromEntries(names.map((name) => [name, fields[name].value])),
    });
  };
  const follow = () => {
    if (jump()) {
      columns();
      draw();
      return;
    }
    const now = state(), wanted = now.get("sort") || "-overall", key = wanted.replace(/^-/, "");
    const column = data.columns.findIndex((one) => one.key === key), off = (now.get("without") || "").split(" ");
    fields.view.value = now.get("view") === "metrics" ? "metrics" : usual;
    names.forEach((name) => { fields[name].value = now.get(name) || ""; });
    fields.ranked.checked = now.has("ranked");
    form.querySelectorAll('[name="column"]').forEach((box) => { box.checked = !off.includes(data.columns[Number(box.value) - 1].key); });
    [sort, down] = column >= 0 ? [String(column), wanted[0] === "-"] : ["name", "coverage"].includes(key) ? [key, wanted[0] === "-"] : ["0", true];
    columns();
    draw();
    panel.close();
    if (now.has("cell")) panel.follow(now.get("cell"));
  };
  form.addEventListener("input", () => { columns(); draw(); keep(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { [sort, down] = ["0", true]; columns(); draw(); keep(); }));
  form.querySelector(".picker").addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.currentTarget.open = false;
    event.currentTarget.querySelector("summary").focus();
  });
  addEventListener("hashchange", follow);
  addEventListener("DOMContentLoaded", follow);
  form.hidden = false;
})();
