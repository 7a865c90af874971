// Addresses of the server to files of the site: the same rule stands in site/addresses.py.

export const root = new URL("../../", import.meta.url);

// The address of the file for what stands at `path`, with its parameters and fragment, on a server.
export function locate(path) {
  const url = new URL(path, "http://server/");
  let name = url.pathname.slice(1).replace(/^id\//, "doc/");
  if (name === "" || name.endsWith("/")) name += "index.html";
  if (name.startsWith("linkset/")) name += ".json";
  else if (!/\.[a-z][a-z0-9]*$/.test(name.slice(name.lastIndexOf("/") + 1))) name += ".html";
  return new URL(`${name.replace(/:/g, "%3A")}${url.search}${url.hash}`, root).href;
}

// Has what scripts add to `place` lead to files.
export function keepLinksLocal(place) {
  const mend = () => {
    for (const link of place.querySelectorAll('a[href^="/"]')) {
      const path = link.getAttribute("href");
      if (!path.startsWith("/sparql?")) link.setAttribute("href", locate(path));
    }
  };
  mend();
  new MutationObserver(mend).observe(place, { childList: true, subtree: true });
}

let known;

let names;

// What resources are called, by IRI.
export function readNames() {
  return (names ??= fetch(new URL("names.json", root)).then((answer) => answer.json()));
}

// What the site knows of itself: see site/lookups.py.
export function readSite() {
  return (known ??= fetch(new URL("site.json", root)).then((answer) => answer.json()));
}
