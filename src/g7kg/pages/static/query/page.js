// The page for queries: runs the query in place, shows the answer, and keeps the links and the code to copy up to date.
// Without this script the form sends the query to the endpoint, which answers with a page.

import { openEditor } from "./editor.js";
import { showAnswer } from "./answer.js";
import { copyButton } from "../copy.js";
import { element } from "./elements.js";

const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9";
const LARGEST = 16 << 20; // bytes of an answer that are shown; the browser would stall on more
const LONGEST_ADDRESS = 8000;

const form = document.getElementById("ask");
const runButton = form.querySelector("button[type=submit]");
const stopButton = document.getElementById("stop");
const status = document.getElementById("status");
const results = document.getElementById("results");
const reuse = document.getElementById("reuse");
const tell = (words) => (status.textContent = words);

const vocabulary = fetchVocabulary();
const editor = openEditor(document.getElementById("query"), vocabulary, run);
let running = null;
let timer = 0;

document.getElementById("format-choice").hidden = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
stopButton.addEventListener("click", () => running?.abort());
editor.onChange(() => {
  clearTimeout(timer);
  timer = setTimeout(refreshReuse, 400);
});
reuse.addEventListener("toggle", refreshReuse);
decorate();
if (/[?&](query|example)=[^&]/.test(location.search)) run(); // a link to a query is a link to its answer

async function fetchVocabulary() {
  try {
    const response = await fetch("/query/vocabulary.json");
    return response.ok ? await response.json() : { prefixes: {}, terms: [] };
  } catch {
    return { prefixes: {}, terms: [] };
  }
}

async function run() {
  running?.abort();
  const control = (running = new AbortController());
  const query = editor.text();
  show(true);
  status.textContent = "Running …";
  const started = performance.now();
  try {
    const answer = await ask(query, control.signal);
    const seconds = (performance.now() - started) / 1000;
    if (running !== control) return;
    remember(query);
    const { prefixes } = await vocabulary;
    const { base, identifiers } = form.dataset;
    const count = showAnswer(results, answer, { query, prefixes, base, identifiers, names: new Map() });
    status.textContent = `${count}, ${seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`}`;
  } catch (error) {
    if (running !== control) return;
    status.textContent = control.signal.aborted ? "Stopped." : "";
    if (control.signal.aborted) results.querySelector(".problem")?.remove();
    if (!control.signal.aborted) fail(error);
  } finally {
    if (running === control) {
      running = null;
      show(false);
    }
  }
}

function show(busy) {
  stopButton.hidden = !busy;
  runButton.setAttribute("aria-disabled", String(busy));
  results.setAttribute("aria-busy", String(busy));
}

async function ask(query, signal) {
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: ACCEPT },
      body: new URLSearchParams({ query }),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw { detail: "The server cannot be reached.", hint: "Try again in a moment." };
  }
  if (!response.ok) throw await readProblem(response);
  const text = await readText(response);
  const warnings = response.headers.get("g7kg-warning")?.split("; ") ?? [];
  if (text === null) return { warnings, tooLarge: true };
  if (response.headers.get("content-type").startsWith("text/turtle")) return { warnings, turtle: text };
  return { warnings, ...JSON.parse(text) };
}

async function readProblem(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `The server answered ${response.status}.` };
  }
}

// The text of the response, or null if it is too large; ends in an error if the transfer breaks off.
async function readText(response) {
  const decoder = new TextDecoder();
  const pieces = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read().catch(() => {
      throw { detail: "The answer broke off.", hint: "Add a LIMIT, or ask for less at once." };
    });
    if (done) return pieces.join("") + decoder.decode();
    size += value.length;
    if (size > LARGEST) {
      reader.cancel();
      return null;
    }
    pieces.push(decoder.decode(value, { stream: true }));
  }
}

function fail(problem) {
  const box = element("div", { role: "alert", class: "problem" });
  box.append(element("p", {}, problem.detail ?? String(problem)));
  if (problem.hint) box.append(element("p", {}, problem.hint));
  const line = /\bline (\d+)/.exec(`${problem.detail} ${problem.hint}`)?.[1] ?? /\b(\d+):\d+/.exec(problem.detail)?.[1];
  if (line) {
    const button = element("button", { type: "button" }, `Go to line ${line}`);
    button.addEventListener("click", () => editor.goTo(Number(line)));
    box.append(button);
  }
  results.replaceChildren(box);
  results.hidden = false;
}

// Keeps the query in the address, so that reloading, bookmarks and the way back find it.
function remember(query) {
  const address = `/query?${new URLSearchParams({ query })}`;
  if (address.length <= LONGEST_ADDRESS) history.replaceState(null, "", address);
}

async function refreshReuse() {
  if (!reuse.open) return;
  const query = editor.text();
  if (reuse.dataset.query === query) return;
  const response = await fetch(`/query/link?${new URLSearchParams({ query })}`).catch(() => null);
  if (!response?.ok || query !== editor.text()) return;
  const { link, snippets } = await response.json();
  reuse.dataset.query = query;
  document.getElementById("link-line").replaceChildren(element("a", { id: "link", href: link }, "Link to this query"));
  document.getElementById("snippets").replaceChildren(
    ...Object.entries(snippets).flatMap(([name, text]) => [
      element("h2", {}, name),
      element("pre", { tabindex: "0", role: "region", "aria-label": name }, element("code", {}, text)),
    ]),
  );
  decorate();
}

// Adds a button that copies to the link and to each piece of code.
function decorate() {
  const link = document.getElementById("link");
  link.after(" ", copyButton("link", () => link.href, tell));
  for (const heading of reuse.querySelectorAll("h2")) {
    const code = heading.nextElementSibling;
    heading.append(" ", copyButton(heading.textContent.trim(), () => code.textContent, tell));
  }
}
