// The store in a worker of its own: Oxigraph compiled to WebAssembly over the N-Quads of the site.

import init, { Store } from "../../query/editor/oxigraph.js";

const PLACES = { wasm: new URL("../../query/editor/oxigraph.wasm.gz", import.meta.url), quads: "" };
const RESULTS = {
  json: "application/sparql-results+json",
  xml: "application/sparql-results+xml",
  csv: "text/csv",
  tsv: "text/tab-separated-values",
};
const GRAPHS = { ttl: "text/turtle", jsonld: "application/ld+json", nt: "application/n-triples", rdf: "application/rdf+xml" };
const GRAPH_FORM = /^(?:\s|#[^\n\r]*[\n\r]|base\s*<[^>]*>|prefix\s[^<]*<[^>]*>)*(?:construct|describe)\b/i;

const opened = new Promise((resolve) => {
  globalThis.addEventListener("message", ({ data }) => data.quads && resolve(open(data.quads)));
});

globalThis.addEventListener("message", async ({ data }) => {
  if (data.quads) return;
  try {
    postMessage(answer(await opened, data));
  } catch (error) {
    postMessage({ failed: String(error.message ?? error), broken: error instanceof WebAssembly.RuntimeError });
  }
});

async function open(address) {
  const [quads] = await Promise.all([fetchPlain(address), fetchPlain(PLACES.wasm).then((module) => init({ module_or_path: module }))]);
  const store = new Store();
  const lines = new TextDecoder().decode(quads);
  // Every triple stands in the default graph, too, as it does in the server's store.
  store.load(lines + lines.replace(/ <[^<>]*> \.$/gm, " ."), { format: RDF_QUADS, no_transaction: true, lenient: true });
  return store;
}

const RDF_QUADS = "application/n-quads";

// The bytes at `address`, unpacked if they came packed: some hosts unpack on the way. An address stands for its bytes.
async function fetchPlain(address) {
  const response = await fetch(address, { cache: "force-cache" });
  if (!response.ok) throw new Error(`${response.status} for ${address}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

function answer(store, { query, formats }) {
  const known = GRAPH_FORM.test(query) ? GRAPHS : RESULTS;
  const format = formats.find((name) => name in known) ?? Object.keys(known)[0];
  const text = store.query(query, { results_format: known[format] });
  return { type: known[format], text };
}
