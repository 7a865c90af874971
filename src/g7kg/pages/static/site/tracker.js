// The tracker without a server: its filters and orders work on the rows of its pages.

import { locate, readSite, root } from "./addresses.js";

const asked = new URLSearchParams(location.search);
const wishes = [...asked].filter(([, value]) => value);
if (wishes.length > 0) await narrow();

async function narrow() {
  const [known, site] = await Promise.all([fetch(new URL("undertakings-filters.json", root)).then((answer) => answer.json()), readSite()]);
  const facts = new Map(Object.entries(known.undertakings).map(([iri, one]) => [addressOf(iri, site), one]));
  const body = document.querySelector("table.tracker tbody");
  const all = (await readRows()).map((row) => ({ row, one: facts.get(row.querySelector("th a").href) }));
  const sort = asked.get("sort") || "status";
  const matching = all.filter(({ one }) => one && wishes.every(([name, value]) => meets(one, name, value, known)));
  matching.sort((a, b) => a.one.places[sort] - b.one.places[sort]);
  body.replaceChildren(...matching.map(({ row }) => row));
  document.getElementById("list").textContent = `${matching.length} of ${all.length} undertakings`;
  for (const pages of document.querySelectorAll("nav.pages")) pages.remove();
  for (const [name, value] of wishes) {
    const input = document.querySelector(`details.filter [name="${CSS.escape(name)}"]`);
    if (input) input.value = value;
  }
  document.querySelector("details.filter")?.setAttribute("open", "");
}

function meets(one, name, value, { facets, days }) {
  if (facets.includes(name)) return one[name].includes(value);
  if (name === "q") return value.toLowerCase().split(/\s+/).every((word) => one.label.toLowerCase().includes(word));
  if (name === "due") return one.due === value;
  if (days.includes(name)) {
    const [from, to] = days.map((day) => asked.get(day) || "");
    return one.days.some((day) => (!from || from <= day) && (!to || day <= to));
  }
  return true; // the order, and the page, which this one is
}

// The rows of this page and of those that follow it.
async function readRows() {
  const rows = [];
  for (let page = document, here = location.href; page !== null; ) {
    rows.push(...page.querySelectorAll("table.tracker tbody > tr"));
    const next = page.querySelector('nav.pages a[rel="next"]')?.getAttribute("href");
    here = next && new URL(next, here).href;
    page = next ? new DOMParser().parseFromString(await (await fetch(here)).text(), "text/html") : null;
    for (const link of page?.querySelectorAll("a[href]") ?? []) link.setAttribute("href", new URL(link.getAttribute("href"), here).href);
  }
  return rows.map((row) => document.importNode(row, true));
}

function addressOf(iri, { identifiers }) {
  return locate(`/doc/${iri.slice(identifiers.length)}`);
}
