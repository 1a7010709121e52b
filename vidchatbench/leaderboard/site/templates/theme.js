"use strict";
/* The one name that the pages' scripts share; numbers that are loaded call `vidchatbench.arrived`. */
const vidchatbench = {};
(() => {
  const sides = ["light dark", "light", "dark"], names = ["as the system", "light", "dark"];
  const kept = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("vidchatbench-theme");
      localStorage.setItem("vidchatbench-theme", value);
    } catch { /* without storage the choice holds for this page */ }
    return null;
  };
  let side = Math.max(0, sides.indexOf(kept()));
  const show = () => {
    document.documentElement.style.colorScheme = sides[side];
    const button = document.getElementById("theme");
    if (button) button.textContent = `Colours: ${names[side]}`;
  };
  show();
  addEventListener("beforeprint", () => {
    document.documentElement.style.colorScheme = "light";
    document.querySelectorAll("details:not(.picker)").forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", show);
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    side = (side + 1) % sides.length;
    kept(sides[side]);
    show();
  });

  const copies = (root) => root.querySelectorAll(".copy[data-copy]").forEach((copy) => {
    const from = copy.parentElement.querySelector(`.${copy.dataset.copy}`);
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      getSelection().selectAllChildren(from);
      try {
        await navigator.clipboard.writeText(from.textContent);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "Selected: copy it with Ctrl+C";
      }
    });
  });
  copies(document);

  /* What the page shows, in the address: #view=metrics&sort=... */
  const state = () => new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  const jump = () => location.hash && !location.hash.includes("=");
  const remember = (changes) => {
    const now = state();
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "" || value === false) now.delete(name);
      else now.set(name, value);
    }
    const text = String(now);
    if (text !== location.hash.slice(1)) history.replaceState(null, "", text ? `#${text}` : location.pathname);
  };
  const make = (tag, content = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), content);
    made.append(...children);
    return made;
  };
  const numeral = (value, places) => {
    if (Math.abs(value) >= 1e7 || (places === 6 && value && Math.abs(value) < 1e-4)) return value.toExponential(2);
    const text = value.toFixed(places);
    return Number(text) ? text : text.replace("-", "");
  };
  const data = document.getElementById("data");
  Object.assign(vidchatbench, { copies, state, jump, remember, make, numeral, data: data && JSON.parse(data.textContent) });
})();
