// The page for queries without a server: what the page's own script asks of one is answered here.

import { keepLinksLocal, locate, readNames, readSite, root } from "./addresses.js";
import { answer } from "./endpoint.js";

const NAMES = { "application/sparql-results+json": "json", "text/turtle": "ttl" };
const TERMS = "https://w3id.org/g7kg/ontology#";
const LOADED = /* by whoever copies the code */ (site, query) => `import gzip, io
from urllib.request import urlopen
from pyoxigraph import RdfFormat, Store

store = Store()
with urlopen(${JSON.stringify(new URL(site.quads, root).href)}) as answer:
    store.load(io.BytesIO(gzip.decompress(answer.read())), RdfFormat.N_QUADS)
for row in store.query(${JSON.stringify(query)}, use_default_graph_as_union=True):
    print(row)
`;

const field = document.getElementById("query");
const site = await readSite();
const asked = new URLSearchParams(location.search);
const example = site.queries[asked.get("example")];
field.value = asked.get("query") ?? example?.text ?? field.value;
if (example) document.getElementById("example").value = asked.get("example");

const askServer = globalThis.fetch.bind(globalThis);
globalThis.fetch = (address, options) => {
  const url = new URL(address, location.href);
  if (url.pathname.endsWith("/sparql")) return respond(url.searchParams.get("query"), options ?? {});
  if (options?.body instanceof URLSearchParams) return respond(options.body.get("query"), options);
  if (url.pathname === "/query/names.json") return readNames().then((names) => nameThese(JSON.parse(options.body), names));
  if (url.pathname === "/query/link") return Promise.resolve(Response.json(describeLink(url.searchParams.get("query"))));
  return askServer(typeof address === "string" && address.startsWith("/") ? locate(address) : address, options);
};

const replace = history.replaceState.bind(history);
history.replaceState = (state, unused, address) => replace(state, unused, address?.startsWith("/") ? locate(address) : address);

for (const name of ["results", "reuse"]) keepLinksLocal(document.getElementById(name));
document.addEventListener("click", download);
document.getElementById("snippets").replaceChildren();
document.getElementById("link").href = locate(`/query?${new URLSearchParams({ query: field.value })}`);
await import("../query/page.js");

const nameThese = (iris, names) => Response.json(Object.fromEntries(iris.filter((iri) => iri in names).map((iri) => [iri, names[iri]])));

async function respond(query, { headers, signal }) {
  const accepted = (new Headers(headers).get("accept") ?? "").split(",").map((range) => range.split(";")[0].trim());
  try {
    const { type, text } = await answer(query, accepted.map((range) => NAMES[range]).filter(Boolean), signal);
    return new Response(text, { headers: { "content-type": type, "g7kg-warning": warn(query) } });
  } catch (problem) {
    if (problem.detail === undefined) throw problem;
    return Response.json(problem, { status: problem.status });
  }
}

// What the server warns of in a header: terms of our namespace that do not exist. Strings and comments name nothing.
function warn(query) {
  const bare = query.replace(/"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|(<[^<>\s]*>)|#.*/g, "$1");
  const [, prefix] = new RegExp(`prefix\\s+([\\w-]*):\\s*<${TERMS}>`, "i").exec(bare) ?? [];
  if (prefix === undefined) return "";
  const named = [...bare.matchAll(new RegExp(`(?<![\\w:?$-])${prefix}:([\\w-]+)`, "g"))].map(([, name]) => name);
  const unknown = [...new Set(named)].filter((name) => !site.vocabulary.includes(name));
  return unknown.map((name) => `there is no term g7:${name}`).join("; ");
}

function describeLink(query) {
  return {
    link: locate(`/query?${new URLSearchParams({ query })}`),
    snippets: { "Python, with pyoxigraph": LOADED(site, query) },
  };
}

// What a server would send as a file, its answer in another format, is made here.
export async function download(event) {
  const link = event.target.closest?.('a[href^="/sparql?"]');
  if (!link) return;
  event.preventDefault();
  const parameters = new URL(link.getAttribute("href"), location.href).searchParams;
  const { type, text } = await answer(parameters.get("query"), [parameters.get("format")]);
  const file = document.createElement("a");
  file.href = URL.createObjectURL(new Blob([text], { type }));
  file.download = link.download || "results";
  file.click();
  setTimeout(() => URL.revokeObjectURL(file.href), 10_000);
}
