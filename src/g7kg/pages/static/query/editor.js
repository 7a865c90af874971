// The editor in the place of the plain field, where Yasqe is there. The field always has the text; whoever prefers it, or
// reads by ear, can have it back.

import { complete } from "./completion.js";
import { element } from "./elements.js";

const HELP = "Ctrl+Enter runs the query. ";
const RICH_HELP = "Ctrl+Enter runs the query, Ctrl+Space completes names and what has a label, Esc closes their list, Tab leaves the editor. ";
const CHOICE = "g7kg.plain-field";

// Returns the text, a listener to its changes, and a way to a line.
export function openEditor(field, vocabulary, run) {
  const keys = element("span", { class: "keys" }, HELP);
  const note = element("span", { id: "query-note" });
  document.getElementById("query-help").append(keys, note);
  const plain = listenToField(field, run);
  if (typeof globalThis.Yasqe !== "function") return { text: () => field.value, ...plain };
  const rich = openYasqe(field, vocabulary, run, note);
  const toggle = element("button", { type: "button", id: "plain", "aria-pressed": "false" }, "Plain field");
  document.getElementById("format-choice").after(toggle);
  const choose = (usePlain) => {
    rich.place.hidden = usePlain;
    field.hidden = !usePlain;
    toggle.setAttribute("aria-pressed", String(usePlain));
    toggle.textContent = usePlain ? "Plain field ✓" : "Plain field";
    keys.textContent = usePlain ? HELP : RICH_HELP;
    note.textContent = "";
    if (!usePlain) rich.setText(field.value);
  };
  choose(recall());
  toggle.addEventListener("click", () => {
    choose(field.hidden);
    remember(!field.hidden);
  });
  return {
    text: () => field.value,
    onChange: (listener) => [plain, rich].forEach((one) => one.onChange(listener)),
    goTo: (line) => (field.hidden ? rich : plain).goTo(line),
  };
}

// A browser may forbid to keep anything.
function recall() {
  try {
    return localStorage.getItem(CHOICE) === "yes";
  } catch {
    return false;
  }
}

function remember(usePlain) {
  try {
    localStorage.setItem(CHOICE, usePlain ? "yes" : "no");
  } catch {
    // the choice holds until the page is left
  }
}

function listenToField(field, run) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  return {
    onChange: (listener) => field.addEventListener("input", listener),
    goTo: (line) => {
      const start = field.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
      field.focus();
      field.setSelectionRange(start, start);
    },
  };
}

function openYasqe(field, vocabulary, run, note) {
  const { Yasqe } = globalThis;
  Yasqe.defaults.autocompleters = []; // they ask other sites; ours knows this graph
  const place = element("div", { id: "editor" });
  field.before(place);
  const suggest = (editor) => editor.showHint(complete(editor, yasqe, vocabulary));
  const unused = { Tab: false, "Shift-Tab": false, "Ctrl-S": false, Esc: false };
  const yasqe = new Yasqe(place, {
    value: field.value,
    inputStyle: "textarea", // an editable element would have the browser set styles, which the policy forbids
    screenReaderLabel: "SPARQL",
    showQueryButton: false,
    createShareableLink: null,
    consumeShareLink: null,
    persistenceId: null,
    resizeable: false,
    editorHeight: "auto",
    viewportMargin: Infinity,
    extraKeys: { ...unused, "Ctrl-Enter": run, "Cmd-Enter": run, "Ctrl-Space": suggest },
  });
  yasqe.getInputField().setAttribute("aria-describedby", "query-help");
  yasqe.on("inputRead", (editor, change) => {
    if (/[\w:]$/.test(change.text.at(-1)) && !editor.state.completionActive) suggestWhileTyping(editor, suggest);
  });
  const listeners = [];
  yasqe.on("changes", () => {
    field.value = yasqe.getValue();
    note.textContent = describeFault(yasqe);
    for (const listener of listeners) listener();
  });
  return {
    place,
    setText: (text) => {
      if (text !== yasqe.getValue()) yasqe.setValue(text);
      yasqe.refresh();
    },
    onChange: (listener) => listeners.push(listener),
    goTo: (line) => {
      yasqe.focus();
      yasqe.getDoc().setCursor({ line: line - 1, ch: 0 });
    },
  };
}

// While typing, the list opens by itself only after a prefix and its colon, or in the name of a variable.
function suggestWhileTyping(editor, suggest) {
  const { line, ch } = editor.getCursor();
  const before = editor.getLine(line).slice(0, ch);
  const inName = /(^|[\s({^/|!,])[\w-]+:[\w-]*$|[?$]\w+$/.test(before);
  const elsewhere = /string$|comment|variable-3/.test(editor.getTokenAt({ line, ch }).type ?? "");
  if (inName && !elsewhere) suggest(editor);
}

// In words what the mark beside a line says; the server has the last word.
function describeFault(yasqe) {
  for (let line = 0; line < yasqe.getDoc().lineCount(); line++) {
    if (yasqe.lineInfo(line).gutterMarkers?.gutterErrorBar) return `Line ${line + 1} is not SPARQL yet.`;
  }
  return "";
}
