// Shows an answer: a table with linked IRIs, a boolean or Turtle; ways to download it; a chart of its numbers.

import { drawChart, numericColumns } from "./chart.js";
import { element } from "./elements.js";

const SHOWN = 500; // rows at first
const MOST_CELLS = 200_000; // in a table that is shown whole
const RESULT_FORMATS = ["csv", "tsv", "json", "xml"];
const GRAPH_FORMATS = ["ttl", "jsonld", "nt", "rdf"];
const MOST_NAMES = 2000;
const LONGEST_ADDRESS = 60_000;

// Fills `place`, and returns in words how much there is. `context` has the query, the prefixes by name, the base of the
// project's own IRIs, that of its things, and what resources are called, as far as that is known.
export function showAnswer(place, answer, context) {
  const graph = answer.turtle !== undefined;
  const pieces = [];
  let count = "";
  if (answer.tooLarge) {
    count = "Too large to show";
    pieces.push(element("p", {}, "The answer is too large to be shown here. Download it, or add a LIMIT."));
  } else if (graph) {
    count = "A graph in Turtle";
    pieces.push(element("pre", { tabindex: "0", role: "region", "aria-label": "Turtle" }, answer.turtle));
  } else if (answer.boolean !== undefined) {
    count = answer.boolean ? "Yes" : "No";
    pieces.push(element("p", { class: "lead" }, count));
  } else {
    const rows = answer.results.bindings;
    count = rows.length === 1 ? "1 row" : `${rows.length.toLocaleString("en")} rows`;
    pieces.push(...showTable(answer.head.vars, rows, context));
  }
  const formats = answer.tooLarge ? [...RESULT_FORMATS, ...GRAPH_FORMATS] : graph ? GRAPH_FORMATS : RESULT_FORMATS;
  const warned = answer.warnings.map((words) => element("p", { class: "problem" }, `Warning: ${words}`));
  place.replaceChildren(element("h2", {}, "Results"), ...warned, ...pieces, downloads(context.query, formats));
  place.hidden = false;
  nameLinks(place, context);
  return count;
}

// Calls resources by their names; the identifier stays in view of whoever points at it.
async function nameLinks(place, context) {
  const links = [...place.querySelectorAll("td a[title]")].filter((link) => !context.names.has(link.title));
  const iris = [...new Set(links.map((link) => link.title))].slice(0, MOST_NAMES);
  if (iris.length === 0) return;
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(iris) };
  const response = await fetch("/query/names.json", request).catch(() => null);
  if (!response?.ok) return;
  for (const [iri, name] of Object.entries(await response.json())) context.names.set(iri, name);
  for (const link of links) link.textContent = context.names.get(link.title) ?? link.textContent;
}

function showTable(columns, rows, context) {
  const numeric = numericColumns(columns, rows);
  const body = element("tbody");
  const fill = (from, to) => body.append(...rows.slice(from, to).map((row) => showRow(columns, row, numeric, context)));
  fill(0, SHOWN);
  const look = (name) => (numeric.includes(name) ? { class: "number" } : {});
  const heads = columns.map((name) => element("th", { scope: "col", ...look(name) }, name));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body);
  const region = { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of results" };
  const pieces = [element("div", region, table)];
  if (numeric.length > 0) pieces.unshift(drawChart(columns, rows, numeric, (term) => shorten(term, context)));
  if (rows.length > SHOWN) pieces.push(more(rows, columns, fill));
  return pieces;
}

function more(rows, columns, fill) {
  const most = Math.min(rows.length, Math.floor(MOST_CELLS / columns.length));
  const rest = most < rows.length ? "; the download has all" : "";
  const line = element("p", {}, `The first ${SHOWN} of ${rows.length} rows are shown${rest}. `);
  const button = element("button", { type: "button" }, most < rows.length ? `Show ${most}` : "Show all");
  button.addEventListener("click", () => {
    fill(SHOWN, most);
    line.remove();
  });
  line.append(button);
  return line;
}

function showRow(columns, row, numeric, context) {
  return element("tr", {}, ...columns.map((name) => showCell(row[name], numeric.includes(name), context)));
}

function showCell(term, numeric, context) {
  if (!term) return element("td", {}, element("span", { class: "quiet" }, "no value"));
  if (term.type === "uri" && /^https?:\/\//.test(term.value)) {
    const link = element("a", { href: localPath(term.value, context), title: term.value }, shorten(term, context));
    return element("td", {}, link);
  }
  const kind = numeric ? { class: "number" } : term.datatype?.endsWith("#date") ? { class: "date" } : {};
  return element("td", kind, shorten(term, context));
}

function localPath(iri, { base, identifiers }) {
  if (iri.startsWith(identifiers)) return `/doc/${iri.slice(identifiers.length)}`;
  return iri.startsWith(base) ? `/${iri.slice(base.length).replace(/^\/+/, "")}` : iri;
}

// The term as people read it: an IRI with the longest namespace that fits as a prefix, a literal without its datatype.
function shorten(term, { prefixes, identifiers, names }) {
  if (names.has(term.value) && term.type === "uri") return names.get(term.value);
  if (term.type === "bnode") return `_:${term.value}`;
  if (term.type !== "uri") return typeof term.value === "string" ? term.value : "<< triple >>";
  const spaces = Object.entries({ ...prefixes, id: identifiers });
  const fitting = spaces.filter(([, space]) => term.value.startsWith(space) && term.value !== space);
  if (fitting.length === 0) return term.value;
  const [prefix, space] = fitting.reduce((best, next) => (next[1].length > best[1].length ? next : best));
  return `${prefix}:${term.value.slice(space.length)}`;
}

function downloads(query, formats) {
  const line = element("p", { class: "formats" }, "Download: ");
  formats.forEach((format, index) => {
    const address = `/sparql?${new URLSearchParams({ format, query })}`;
    if (address.length > LONGEST_ADDRESS) return;
    if (index > 0) line.append(", ");
    line.append(element("a", { href: address, download: `results.${format}` }, format));
  });
  if (line.childElementCount === 0) line.textContent = "The query is too long for a link; use the code below.";
  return line;
}
