// A query of the catalogue with parameters: its form is answered here, in place of a server.

import { element } from "../query/elements.js";
import { keepLinksLocal, locate, readNames, readSite } from "./addresses.js";
import { answer } from "./endpoint.js";

const form = document.querySelector("form.parameters");
const name = decodeURIComponent(location.pathname).split("/").at(-1).replace(/\.html$/, "");
const given = new URLSearchParams(location.search);
if (form) await begin();

async function begin() {
  const site = await readSite();
  const query = site.queries[name];
  const values = Object.fromEntries(query.parameters.map(([key, , , byDefault]) => [key, given.get(key) || byDefault]));
  if (![...given.keys()].some((key) => key in values) || Object.values(values).includes(null)) return;
  for (const [key, value] of Object.entries(values)) form.elements[key].value = value;
  const place = element("div", { "aria-live": "polite" }, element("p", {}, "Answering …"));
  for (let next = form.nextElementSibling; next && next.tagName !== "H2"; next = form.nextElementSibling) next.remove();
  form.after(place);
  keepLinksLocal(place);
  try {
    const { text } = await answer(bind(query, values, site.names), ["json"]);
    place.replaceChildren(...show(JSON.parse(text), query, { ...site, called: await readNames() }));
  } catch (problem) {
    place.replaceChildren(element("p", { role: "alert" }, problem.detail ?? String(problem)));
  }
}

// The query with a term, never other text, in the place of each parameter.
function bind(query, values, prefixes) {
  let text = query.bound;
  for (const [key, , kind] of query.parameters) {
    text = text.replaceAll(`<urn:g7kg:parameter:${key}>`, () => toTerm(values[key], kind, prefixes));
  }
  return text;
}

function toTerm(value, kind, prefixes) {
  if (kind === "iri") {
    const [prefix, ...rest] = value.split(":");
    const iri = prefix in prefixes && !rest.join(":").startsWith("//") ? prefixes[prefix] + rest.join(":") : value;
    if (/[\u0000-\u0020<>"{}|\\^`]/.test(iri) || !iri.includes(":")) throw { detail: `“${value}” is no IRI and no name with a known prefix` };
    return `<${iri}>`;
  }
  const literal = JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  if (kind === "literal") return literal;
  return kind.startsWith("xsd_") ? `${literal}^^<http://www.w3.org/2001/XMLSchema#${kind.slice(4)}>` : `${literal}@${kind}`;
}

function show({ head, results }, query, site) {
  const left = new Set(query.parameters.map(([, variable]) => variable));
  const columns = head.vars.filter((column) => !left.has(column));
  const rows = results.bindings;
  const count = element("p", { class: "quiet", role: "status" }, rows.length === 1 ? "1 row" : `${rows.length} rows`);
  if (rows.length === 0) return [count, element("p", {}, "Nothing answers it.")];
  const heads = columns.map((column) => element("th", { scope: "col" }, column));
  const lines = rows.map((row) => element("tr", {}, ...columns.map((column) => element("td", {}, ...showTerm(row[column], site)))));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
  return [count, element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Answer" }, table)];
}

function showTerm(term, { base, identifiers, prefixes, called }) {
  if (term === undefined) return [element("span", { class: "quiet" }, "no value")];
  if (term.type !== "uri" || !/^https?:/.test(term.value)) return [term.value];
  const path = term.value.startsWith(identifiers) ? `/doc/${term.value.slice(identifiers.length)}` : `/${term.value.slice(base.length)}`;
  const spaces = Object.entries({ ...prefixes, id: identifiers }).filter(([, space]) => term.value.startsWith(space));
  const [prefix, space] = spaces.sort((one, other) => other[1].length - one[1].length)[0] ?? [];
  const text = called[term.value] ?? (prefix === undefined ? term.value : `${prefix}:${term.value.slice(space.length)}`);
  return [element("a", { href: term.value.startsWith(base) ? locate(path) : term.value, title: term.value }, text)];
}
