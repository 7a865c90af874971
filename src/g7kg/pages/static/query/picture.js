// Saves a drawing as a file: SVG with its looks written into it, or PNG.

const LOOKS = ["fill", "stroke", "stroke-width", "font-family", "font-size", "font-weight"];
const SHARPNESS = 2; // pixels of a PNG by pixels of the page

// Two buttons that save what `find` returns.
export function saveButtons(find, element) {
  return ["SVG", "PNG"].map((kind) => {
    const button = element("button", { type: "button", class: "copy" }, `Save as ${kind}`);
    button.addEventListener("click", async () => {
      const text = write(find());
      const file = kind === "SVG" ? new Blob([text], { type: "image/svg+xml" }) : await paint(text);
      const link = element("a", { href: URL.createObjectURL(file), download: `chart.${kind.toLowerCase()}` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
    return button;
  });
}

function write(svg) {
  const copy = svg.cloneNode(true);
  const [, , width, height] = svg.getAttribute("viewBox").split(" ");
  const all = [svg, ...svg.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((piece, index) => {
    const looks = getComputedStyle(all[index]);
    for (const name of LOOKS) piece.setAttribute(name, looks.getPropertyValue(name));
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  paper.setAttribute("width", width);
  paper.setAttribute("height", height);
  paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(paper);
  return new XMLSerializer().serializeToString(copy);
}

async function paint(text) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * SHARPNESS;
  canvas.height = image.height * SHARPNESS;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
