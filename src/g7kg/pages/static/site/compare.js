// A choice of documents without a server: the page has all that speak on its topic, and columns of others are hidden.

const boxes = [...document.querySelectorAll('form.choose [name="document"]')];
const wanted = new URLSearchParams(location.search).getAll("document");
if (boxes.some(({ value }) => wanted.includes(value))) choose();

function choose() {
  for (const [at, box] of boxes.entries()) {
    box.checked = wanted.includes(box.value);
    const cells = document.querySelectorAll(`table.compared tr > :nth-child(${at + 2}), .besides > :nth-child(${at + 1})`);
    for (const cell of cells) cell.hidden = !box.checked;
  }
  for (const row of document.querySelectorAll("table.compared tbody tr")) {
    row.hidden = row.querySelector("td:not([hidden]) .told, td[colspan]") === null;
  }
  const told = document.createElement("p");
  told.className = "note";
  told.setAttribute("role", "status");
  told.textContent = "What is new, stronger or weaker is told against all earlier documents on the topic, hidden ones too.";
  document.getElementById("promises").before(told);
}
