// Search without a server: MiniSearch over the index of the site.

import MiniSearch from "../../query/editor/minisearch.js";
import { element } from "../query/elements.js";
import { locate, readSite, root } from "./addresses.js";

const SHOWN = 50;
const asked = new URLSearchParams(location.search);
const wanted = (asked.get("q") ?? "").trim();

if (wanted) await search();

async function search() {
  const form = document.querySelector("main form");
  const main = document.getElementById("main");
  form.elements.q.value = wanted;
  for (const stale of [...main.children].slice([...main.children].indexOf(form) + 1)) stale.remove();
  const status = element("p", { class: "found", role: "status" }, "Searching …");
  main.append(status);
  const [site, index] = await Promise.all([readSite(), fetch(new URL("search-index.json", root)).then((answer) => answer.json())]);
  const found = find(index, wanted).filter(({ entry }) => fits(entry, index));
  status.textContent = found.length === 0 ? `Nothing was found for “${wanted}”.` : found.length === 1 ? "1 result" : `${found.length} results`;
  const list = element("ol", { class: "results" });
  const more = (from) => list.append(...found.slice(from, from + SHOWN).map(({ entry }) => show(entry, index, site)));
  more(0);
  main.append(list);
  if (found.length > SHOWN) {
    const button = element("button", { type: "button" }, "Show more");
    button.addEventListener("click", () => {
      more(list.childElementCount);
      button.hidden = list.childElementCount === found.length;
    });
    main.append(button);
  }
}

// Entries that have all words (the last may be unfinished), as quoted phrases together, without those after a minus. Where
// nothing has them, entries with words that look like them.
function find(index, text) {
  const fields = Object.keys(index.columns);
  const words = [...text.matchAll(/(-?)"([^"]+)"|(-?)(\S+)/g)].map(([, no, phrase, not, word]) => ({
    text: phrase ?? word,
    out: Boolean(no || not),
    phrase: phrase !== undefined,
  }));
  const kept = words.filter(({ out, phrase, text: word }) => !out && (phrase || !index.stop.includes(fold(word))));
  const mini = new MiniSearch({ idField: "id", fields, processTerm: stem });
  mini.addAll(index.entries.map((entry, id) => ({ id, ...Object.fromEntries(fields.map((name, at) => [name, entry[at + 1] ?? ""])) })));
  const options = { boost: index.columns, combineWith: "AND" };
  const queries = kept.map(({ text: word }, at) => ({
    combineWith: "OR",
    queries: [word, ...synonyms(index, word)].map((one) => ({ queries: [one], combineWith: "AND", prefix: at === kept.length - 1 })),
  }));
  const ask = (fuzzy) => (queries.length === 0 ? [] : mini.search({ combineWith: "AND", queries }, { ...options, fuzzy }));
  const holds = (entry, word) => entry.slice(1, fields.length + 1).some((value) => ` ${fold(value ?? "")} `.includes(word));
  const passes = ({ entry }) =>
    words.every(({ out, phrase, text: word }) => (out ? !holds(entry, ` ${fold(word)} `) : !phrase || holds(entry, fold(word))));
  const hits = (fuzzy) => ask(fuzzy).map(({ id }) => ({ entry: index.entries[id] })).filter(passes);
  const exact = hits(false);
  return exact.length > 0 ? exact : hits(0.25);
}

function synonyms(index, word) {
  return index.names.filter((names) => names.some((name) => fold(name) === fold(word))).flat();
}

function fold(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return (plain.match(/[\p{L}\p{N}_]+/gu) ?? []).join(" ");
}

function stem(word) {
  const plain = fold(word).replace(/ /g, "");
  return plain.length < 4 ? plain || null : plain.replace(/ies$/, "y").replace(/([^s])s$/, "$1");
}

function fits(entry, { facets }) {
  const [class_, document_] = entry.slice(-2).map((place) => facets[place]);
  const named = (facet, name) => facet && (facet[0] === name || facet[0].split(/[#/]/).at(-1) === name.split(/[:/]/).at(-1));
  const [ofClass, inDocument] = [asked.get("class"), asked.get("document")];
  return (!ofClass || named(class_, ofClass)) && (!inDocument || named(document_, inDocument));
}

function show(entry, { facets, columns }, { base, identifiers }) {
  const [iri, ...rest] = entry;
  const texts = rest.slice(0, Object.keys(columns).length).filter(Boolean);
  const [class_, document_] = entry.slice(-2).map((place) => facets[place]?.[1]);
  const path = iri.startsWith(identifiers) ? `/doc/${iri.slice(identifiers.length)}` : `/${iri.slice(base.length)}`;
  const heading = element("h2", {}, element("a", { href: locate(path) }, texts[0] ?? iri.slice(base.length)));
  const told = [class_, document_ && `in ${document_}`].filter(Boolean).join(" ");
  return element("li", {}, heading, ...(texts[1] ? [element("p", {}, texts[1])] : []), element("p", { class: "quiet" }, told));
}
