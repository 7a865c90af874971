// Completion from this graph's own vocabulary (classes, properties, concepts, things by their labels, prefixes) and from the query's variables.

import { element } from "./elements.js";

const MOST = 60;
const LOCAL = /^[A-Za-z_][\w-]*$/; // names that need no escapes after a prefix

// The options for the editor's list of hints.
export function complete(editor, yasqe, vocabulary) {
  let known = { prefixes: {}, terms: [] };
  const hint = async () => {
    known = await vocabulary;
    return find(editor, yasqe, known);
  };
  return { hint, completeSingle: false, container: yasqe.rootEl, closeCharacters: /[\s(){};,.<>"]/ };
}

function find(editor, yasqe, { prefixes, terms }) {
  const { line, ch } = editor.getCursor();
  const before = editor.getLine(line).slice(0, ch);
  const [word] = /([?$]\w*|[\w-]*:?[\w-]*)$/.exec(before);
  const span = { from: { line, ch: ch - word.length }, to: { line, ch } };
  if (/^[?$]/.test(word)) return { ...span, list: variables(editor, word) };
  if (/\bprefix\s+\S*$/i.test(before)) return { ...span, list: declarations(prefixes, word) };
  const spaces = { ...prefixes, ...yasqe.getPrefixesFromQuery() };
  const kinds = kindsAt(editor, yasqe, span.from);
  const ranked = terms
    .filter(([, kind]) => kinds.includes(kind))
    .map((term) => ({ term, name: abbreviate(term[0], spaces) }))
    .map((entry) => ({ ...entry, rank: rank(entry, word.toLowerCase()) }))
    .filter((entry) => entry.rank < 9)
    .sort((one, other) => one.rank - other.rank);
  return { ...span, list: ranked.slice(0, MOST).map((entry) => toHint(entry, yasqe, spaces)) };
}

function variables(editor, word) {
  const found = editor.getValue().match(/[?$]\w+/g) ?? [];
  const names = new Set(found.filter((name) => name.startsWith(word) && name !== word));
  return [...names].sort().map((name) => ({ text: name }));
}

function declarations(prefixes, word) {
  const found = Object.entries(prefixes).filter(([prefix]) => prefix.startsWith(word.replace(":", "")));
  return found.map(([prefix, space]) => ({ text: `${prefix}: <${space}>` }));
}

// After `a` stands a class, where `a` could stand a property, elsewhere anything.
function kindsAt(editor, yasqe, from) {
  const token = editor.getTokenAt(from, true);
  const previous = token.string.trim() === "" ? yasqe.getPreviousNonWsToken(from.line, token) : token;
  const among = previous.string === "," && previous.state.lastProperty === "a";
  if (["a", "rdf:type"].includes(previous.string) || among) return ["class"];
  if (previous.state.possibleNext?.includes("a")) return ["property"];
  return ["class", "property", "concept", "thing"];
}

function abbreviate(iri, spaces) {
  for (const [prefix, space] of Object.entries(spaces)) {
    const local = iri.slice(space.length);
    if (iri.startsWith(space) && LOCAL.test(local)) return { prefix, text: `${prefix}:${local}` };
  }
  return { prefix: null, text: `<${iri}>` };
}

// The nearer a term is to what was typed, the lower; 9: not at all. Names of the project's own come first.
function rank({ term: [, kind, label, , others], name }, word) {
  const own = name.prefix === "g7" ? 0 : 0.5;
  const called = `${label}, ${others}`.toLowerCase();
  if (kind === "thing") return rankThing(called, word);
  const text = name.text.toLowerCase();
  const local = text.slice(text.indexOf(":") + 1);
  if (text.startsWith(word)) return own;
  if (local.startsWith(word)) return 1 + own;
  const [prefix, rest] = word.includes(":") ? word.split(":") : ["", word];
  const within = local.includes(rest) || called.includes(rest);
  return within && text.startsWith(prefix) ? 2 + own : 9;
}

// A thing is found by words of its names: the whole of one before a word, that before a part of one.
function rankThing(called, word) {
  if (word.length < 2 || !called.includes(word)) return 9;
  if (called.split(", ").includes(word)) return 1.6;
  return called.split(/[\s,]+/).includes(word) ? 1.7 : 3;
}

function toHint({ term: [iri, kind, label, definition, others], name }, yasqe, spaces) {
  return {
    text: name.text,
    render: (item) => {
      item.title = [definition, others].filter(Boolean).join(" – ");
      const thing = kind === "thing";
      const meaning = thing ? iri.split("/").slice(-2).join(" ") : label || kind;
      item.append(thing ? label : name.text, " ", element("span", { class: "meaning" }, meaning));
    },
    hint: (editor, data, hint) => {
      editor.replaceRange(hint.text, data.from, data.to, "complete");
      if (name.prefix !== null) declare(editor, yasqe, name.prefix, spaces[name.prefix]);
    },
  };
}

// Adds the declaration of a prefix that the query lacks, before the first line that is no comment.
function declare(editor, yasqe, prefix, space) {
  if (yasqe.getPrefixesFromQuery()[prefix] !== undefined) return;
  let line = 0;
  while (/^\s*#/.test(editor.getLine(line) ?? "")) line += 1;
  editor.replaceRange(`PREFIX ${prefix}: <${space}>\n`, { line, ch: 0 }, undefined, "complete");
}
