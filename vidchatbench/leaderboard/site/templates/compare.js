/* Two systems side by side: differences with intervals, and the items of both. */
(() => {
  const { data, panel, state, jump, remember, make, numeral } = vidchatbench, section = document.getElementById("compare");
  if (!section) return;
  const form = document.getElementById("pair"), { a, b } = form.elements, plot = document.getElementById("plot");
  const said = document.getElementById("said"), picks = [...document.querySelectorAll(".pick")];
  const SVG = "http://www.w3.org/2000/svg", MOST = 4, POWER = 2.8;
  const arrived = new Map(), waiting = new Map();

  /* A page that was opened from a file may load scripts, and nothing else. */
  vidchatbench.arrived = (key, numbers) => arrived.set(key, numbers);
  const load = (path) => {
    if (!waiting.has(path)) {
      waiting.set(path, new Promise((resolve, reject) => {
        const script = make("script", { src: `../${path}` });
        script.addEventListener("load", () => resolve(arrived.get(path)));
        script.addEventListener("error", () => { waiting.delete(path); reject(new Error(`${path} cannot be read`)); });
        document.head.append(script);
      }));
    }
    return waiting.get(path);
  };
  const draw = (tag, attributes, ...children) => {
    const made = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    made.append(...children);
    return made;
  };

  /* Student's t at 97.5 %, by its expansion in 1 / n: to 1e-5 from 30 degrees of freedom on (Abramowitz, Stegun 26.7.5). */
  const student = (n) => {
    const z = 1.959963984540054;
    return z + (z ** 3 + z) / (4 * n) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2)
      + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * n ** 3);
  };
  /* The mean of B less A over items; what each source video adds to it, its own share of the mean taken off. */
  const difference = (x, y, sources) => {
    const own = x.map((_, k) => k).filter((k) => x[k] !== null && y[k] !== null), n = own.length;
    if (!n) return null;
    const mean = own.reduce((sum, k) => sum + y[k] - x[k], 0) / n, adds = new Map();
    own.forEach((k) => adds.set(sources[k], (adds.get(sources[k]) || 0) + (y[k] - x[k] - mean) / n));
    const count = adds.size, squares = [...adds.values()].reduce((sum, one) => sum + one * one, 0);
    const error = count > 1 ? Math.sqrt(squares * count / (count - 1)) : 0;
    const reach = count >= data.least ? student(count - 1) * error : null;
    return { mean, n, count, error, interval: reach === null ? null : [mean - reach, mean + reach] };
  };
  Object.assign(vidchatbench, { difference, numbers: load });

  const bar = (found, lower, end, label) => {
    const unit = POWER * found.error || 1, place = (value) => 50 + 50 * Math.max(-1, Math.min(1, (lower ? -value : value) / unit / end));
    const at = (lower ? -found.mean : found.mean) / unit, svg = draw("svg", { class: "plot", role: "img", "aria-label": label, height: 22, width: "100%" });
    svg.append(draw("line", { class: "base", x1: 0, x2: "100%", y1: 11, y2: 11 }));
    [-1, 1].forEach((side) => {
      const x = `${50 + 50 * side / end}%`;
      svg.append(draw("line", { class: "unit", x1: x, x2: x, y1: 3, y2: 19 }));
    });
    svg.append(draw("line", { class: "zero", x1: "50%", x2: "50%", y1: 0, y2: 22 }));
    if (found.interval) {
      const [from, to] = found.interval.map(place).sort((one, two) => one - two);
      svg.append(draw("rect", { class: "whisker", x: `${from}%`, width: `${to - from}%`, y: 8, height: 6, rx: 3 }));
    }
    if (Math.abs(at) > end) {
      const path = at > 0 ? "M0 0l-10-6v12z" : "M0 0l10-6v12z";
      svg.append(draw("svg", { x: `${place(found.mean)}%`, y: 11 }, draw("path", { class: "mark", d: path })));
    } else svg.append(draw("circle", { class: "mark", cx: `${place(found.mean)}%`, cy: 11, r: 5.5 }));
    return svg;
  };
  const points = (x, y, keys, large) => {
    const both = x.map((_, k) => k).filter((k) => x[k] !== null && y[k] !== null);
    const all = both.flatMap((k) => [x[k], y[k]]), low = all.reduce((p, q) => Math.min(p, q), Infinity), high = all.reduce((p, q) => Math.max(p, q), -Infinity);
    const place = (value) => 4 + 92 * (high > low ? (value - low) / (high - low) : 0.5);
    const svg = draw("svg", { class: "points", viewBox: "0 0 100 100", "aria-hidden": "true" }, draw("line", { x1: 4, y1: 96, x2: 96, y2: 4 }));
    if (!large) svg.append(draw("path", { d: both.map((k) => `M${place(x[k]).toFixed(1)} ${(100 - place(y[k])).toFixed(1)}h0`).join("") }));
    else both.forEach((k) => svg.append(draw("circle", { cx: place(x[k]), cy: 100 - place(y[k]), r: 1.3 }, draw("title", {}, `${keys[k]}: A ${x[k]}, B ${y[k]}`))));
    return svg;
  };
  const enlarge = (column, one, two, x, y, keys) => {
    const furthest = x.map((_, k) => k).filter((k) => x[k] !== null && y[k] !== null)
      .sort((p, q) => Math.abs(y[q] - x[q]) - Math.abs(y[p] - x[p]) || p - q).slice(0, 10);
    const places = Math.min(6, column.decimals + 1), row = (tag, ...cells) => make("tr", {}, ...cells.map((text, k) => make(k && tag !== "th" ? "td" : "th", { textContent: text, className: k ? "num" : "", scope: tag === "th" ? "col" : k ? "" : "row" })));
    const head = make("thead", {}, row("th", "item", "A", "B", "B − A"));
    const all = furthest.length ? x.flatMap((value, k) => (value === null || y[k] === null ? [] : [value, y[k]])) : [0];
    const [low, high] = [all.reduce((p, q) => Math.min(p, q)), all.reduce((p, q) => Math.max(p, q))];
    const lines = furthest.map((k) => row("td", keys[k], ...[x[k], y[k], y[k] - x[k]].map((value) => numeral(value, places))));
    const list = make("table", { className: "plain" }, make("caption", { className: "vh", textContent: "The ten items that differ most" }), head, make("tbody", {}, ...lines));
    panel.show(column.title, "each point an item; on the dashed line both are alike",
      make("p", {}, `Across: A, ${one.title}. Up: B, ${two.title}. Both from ${numeral(low, places)} to ${numeral(high, places)}${column.unit && ` ${column.unit}`}. ${column.lower ? "Below" : "Above"} the line B is better.`),
      points(x, y, keys, true), make("h3", { textContent: "The items that differ most" }), list);
  };

  const compare = async () => {
    const one = data.systems[a.value], two = data.systems[b.value];
    picks.forEach((pick) => {
      const k = pick.closest("tr").dataset.k;
      pick.firstElementChild.checked = k === a.value || k === b.value;
    });
    remember({ pair: one && two ? JSON.stringify([one.id, two.id]) : null, first: one && !two ? one.id : null });
    plot.replaceChildren();
    said.textContent = one && two ? "" : one || two ? "Choose one more, here or in the table" : "Choose two systems, here or in the table";
    if (!one || !two) return;
    const without = [one, two].find((system) => !system.data);
    if (one === two || without) {
      said.textContent = one === two ? "Choose two different systems"
        : `${without.title} has no numbers by item${without.absent ? `: ${without.absent}` : ""}`;
      return;
    }
    let items, x, y;
    const asked = `${a.value},${b.value}`;
    try {
      [items, x, y] = await Promise.all([data.items, one.data, two.data].map(load));
    } catch (error) {
      said.textContent = error.message;
      return;
    }
    if (asked !== `${a.value},${b.value}`) return;
    const lines = data.columns.flatMap((column, k) => {
      if (!column.key.startsWith("metric:")) return [];
      const id = column.key.slice(7), found = x[id] && y[id] ? difference(x[id], y[id], items.sources) : null;
      return [{ column, k, id, found, why: one.without[id] || two.without[id] || "no item counts for both" }];
    });
    const drawn = lines.filter((line) => line.found);
    const reached = drawn.flatMap(({ found }) => [found.mean, ...(found.interval || [])].map((value) => Math.abs(value / (POWER * found.error || 1))));
    const end = Math.min(MOST, 1.1 * Math.max(1, ...reached)), few = drawn.find(({ found }) => !found.interval);
    const sides = make("div", { className: "sides" }, make("span", {}, `← A better: ${one.title}`), make("span", {}, `B better: ${two.title} →`));
    const blank = () => make("span");
    plot.append(make("div", { className: "row axis" }, blank(), sides, blank(), blank()));
    lines.forEach(({ column, k, id, found, why }) => {
      const unit = column.unit ? ` ${column.unit}` : "", text = (value) => (value === null ? "–" : numeral(value, column.decimals));
      const values = [one, two].map((system) => text(system.values[k]));
      const name = make("div", { className: "name" }, make("strong", { textContent: column.title }),
        make("div", { className: "soft", textContent: `${values[0]} → ${values[1]}${unit}, ${column.lower ? "lower" : "higher"} is better` }));
      const open = make("button", { type: "button", className: "more open", textContent: "Items" });
      if (!found) {
        plot.append(make("div", { className: "row" }, name, make("p", { className: "why", textContent: `No difference by item: ${why}` }), blank(), blank()));
        return;
      }
      const amount = `${found.mean > 0 ? "+" : ""}${text(found.mean)}${unit}`, interval = found.interval ? `[${found.interval.map(text).join(", ")}]` : "no interval";
      const tested = found.count >= data.leastTested && (found.error > 0 || !found.mean);
      const apart = found.error ? `${found.count} source videos are too few for an axis` : "every source video differs by the same: there is no unit for the axis";
      open.setAttribute("aria-label", `items of ${column.title}`);
      open.addEventListener("click", () => enlarge(column, one, two, x[id], y[id], items.items));
      plot.append(make("div", { className: "row" }, name,
        tested ? bar(found, column.lower, end, `${column.title}: B less A ${amount} ${interval}`) : make("p", { className: "why", textContent: apart }),
        make("div", { className: "said" }, amount, make("div", { className: "soft", textContent: `${interval}; ${found.n} items, ${found.count} source videos` })), open));
    });
    if (few) plot.append(make("p", { className: "notice", textContent: `No interval: ${few.found.count} source videos, and an interval of a difference needs ${data.least} to hold its level.` }));
    plot.append(make("p", { className: "soft", textContent: "Dot: B less A; bar: its 95 % interval; both as multiples of the difference that a single test would find 4 times in 5 (thin lines at 1), so that metrics of all units share an axis. Right is where B is better. An arrow stands for something beyond the axis. With tests, in a checkout:" }),
      make("pre", { textContent: `vidchatbench compare ${[one, two].map((system) => `'leaderboard/${system.path.replaceAll("'", "'\\''")}'`).join(" ")}`, tabIndex: 0 }));
    const small = drawn.map(({ column, id }) => {
      const button = make("button", { type: "button", className: "scatter" }, make("b", { textContent: column.title }), points(x[id], y[id], items.items, false));
      button.setAttribute("aria-label", `items of ${column.title}, enlarged`);
      button.addEventListener("click", () => enlarge(column, one, two, x[id], y[id], items.items));
      return button;
    });
    plot.append(make("h3", { textContent: "Item by item: A across, B up" }), make("div", { className: "scatters" }, ...small));
    said.textContent = `${drawn.length} metrics compared`;
  };
  const follow = () => {
    if (jump()) return;
    const now = state(), place = (id) => String(data.systems.findIndex((one) => one.id === id)).replace("-1", "");
    let ids = [now.get("first"), null];
    try { ids = JSON.parse(now.get("pair")) || ids; } catch { /* not a pair: none is chosen */ }
    [a.value, b.value] = [place(ids[0]), place(ids[1])];
    compare();
  };
  form.addEventListener("input", compare);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("swap").addEventListener("click", () => { [a.value, b.value] = [b.value, a.value]; compare(); });
  picks.forEach((pick) => {
    pick.hidden = false;
    pick.addEventListener("change", ({ target }) => {
      const k = target.closest("tr").dataset.k;
      if (!target.checked) { if (a.value === k) a.value = b.value; b.value = ""; } else if (!a.value) a.value = k;
      else b.value = k;
      compare();
    });
  });
  addEventListener("hashchange", follow);
  addEventListener("DOMContentLoaded", follow);
  section.hidden = false;
})();
