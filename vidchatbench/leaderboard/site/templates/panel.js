/* The panel that a number opens. */
(() => {
  const { data, make, copies, remember } = vidchatbench, panel = document.getElementById("panel");
  if (!panel) return;
  const title = document.getElementById("panel-title"), body = document.getElementById("panel-body");
  const show = (name, below, ...content) => {
    title.replaceChildren(name, make("small", { textContent: below }));
    body.replaceChildren(...content);
    copies(body);
    if (!panel.open) panel.showModal();
    panel.scrollTop = 0;
    document.getElementById("panel-close").focus();
  };
  const defined = (column) => document.getElementById(`define-${column}`).content.cloneNode(true);
  const define = (column) => {
    remember({ cell: data.columns[column].key });
    show(data.columns[column].title, "what its numbers mean", defined(column));
  };
  const cell = (k, column) => {
    const one = data.systems[k], facts = one.facts[column], list = make("dl", { className: "definition" });
    remember({ cell: `${data.columns[column].key}@${one.id}` });
    facts.forEach((fact, which) => {
      if (which > 1 && fact) list.append(make("dt", { textContent: data.labels[which] }), make("dd", { textContent: fact }));
    });
    one.flags.forEach((flag) => list.append(make("dt", { textContent: "warning" }), make("dd", { textContent: flag })));
    const big = make("p", { className: "big" }, facts[0], make("small", { textContent: facts[1] && `95 % interval ${facts[1]}` }));
    show(data.columns[column].title, `${one.title} (${one.id})`, big, list, make("h3", { textContent: "Definition" }), defined(column));
  };
  const follow = (name) => {
    const at = name.indexOf("@"), key = at < 0 ? name : name.slice(0, at);
    const column = data.columns.findIndex((one) => one.key === key);
    const k = data.systems.findIndex((one) => one.id === name.slice(at + 1));
    if (column < 0) return;
    if (at < 0) define(column);
    else if (k >= 0) cell(k, column);
  };
  document.getElementById("panel-close").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (event) => { if (event.target === panel) panel.close(); });
  /* The event comes later: by then another number may have opened the panel again. */
  panel.addEventListener("close", () => { if (!panel.open) remember({ cell: null }); });
  /* On a system's own page: on a board the table opens its numbers. */
  document.querySelectorAll("[data-cell]").forEach((one) => one.addEventListener("click", () => cell(0, Number(one.dataset.cell))));
  if (!document.getElementById("board")) {
    const open = () => { if (vidchatbench.state().has("cell")) follow(vidchatbench.state().get("cell")); };
    addEventListener("hashchange", open);
    addEventListener("DOMContentLoaded", open);
  }
  Object.assign(vidchatbench, { panel: { show, define, cell, follow, close: () => panel.open && panel.close() } });
})();
