// Stands in for the server's endpoint: one worker, which the deadline or whoever asked ends.

import { readSite, root } from "./addresses.js";

const SECONDS = 30;
let worker = null;

// The answer to `query` in the first of the `formats` that fits it: its media type and text. Throws {status, detail, hint}.
export async function answer(query, formats, signal) {
  const site = await readSite();
  if (worker === null) {
    worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.postMessage({ quads: new URL(site.quads, root).href });
  }
  const asked = worker;
  return new Promise((resolve, reject) => {
    const stop = (reason) => {
      end(asked);
      finish();
      reject(reason);
    };
    const timer = setTimeout(() => {
      stop({ status: 504, detail: `The query took more than ${SECONDS} seconds and was ended.`, hint: "ask for less, or on a server" });
    }, SECONDS * 1000);
    const leave = () => stop(new DOMException("stopped", "AbortError"));
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
      asked.onmessage = asked.onerror = null;
    };
    signal?.addEventListener("abort", leave);
    asked.onerror = () => stop({ status: 503, detail: "The store could not be started in this browser.", hint: "reload the page" });
    asked.onmessage = ({ data }) => {
      finish();
      if (data.failed === undefined) return resolve(data);
      if (data.broken) end(asked);
      reject(describe(data));
    };
    asked.postMessage({ query, formats });
  });
}

function end(one) {
  one.terminate();
  if (worker === one) worker = null;
}

function describe({ failed, broken }) {
  if (broken) return { status: 503, detail: "The query ended the store.", hint: "ask for less at once" };
  return { status: 400, detail: `the query is not valid: ${failed.split("\n")[0]}`, hint: "see https://www.w3.org/TR/sparql11-query/" };
}
