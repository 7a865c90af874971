// Draws numbers of an answer: bars or a line, a column of labels against a column of numbers, as SVG.

import { drawing, element } from "./elements.js";
import { saveButtons } from "./picture.js";

const NUMBERS = /#(integer|decimal|double|float|(non|un)?\w*(Integer|Int|Long|Short|Byte)|int|long|short|byte)$/;
const MOST_BARS = 60;
const BAR = 40; // height of a bar with its label, in pixels as all measures here
const HEIGHT = 260; // of a line
const MARGIN = 56; // for numbers
const LETTER = 7.5; // about the width of one

// The columns that hold numbers and nothing else.
export function numericColumns(columns, rows) {
  return columns.filter((name) => {
    const terms = rows.map((row) => row[name]).filter(Boolean);
    return terms.length > 0 && terms.every((term) => term.type === "literal" && NUMBERS.test(term.datatype ?? ""));
  });
}

// A closed element with the chart in it, and the choice of columns and kind; `read` tells a term in words.
export function drawChart(columns, rows, numeric, read) {
  const others = columns.filter((name) => !numeric.includes(name));
  const labels = choice("Labels", [...others, ...numeric]);
  const values = choice("Numbers", numeric);
  const kinds = choice("Kind", ["bars", "line"]);
  const picture = element("div", { class: "picture" });
  const details = element("details", { class: "chart" }, element("summary", {}, "Chart"));
  labels.select.value = mostTelling(others, rows) ?? labels.select.value;
  values.select.value = numeric.at(-1);

  const draw = () => {
    const [label, value, kind] = [labels, values, kinds].map(({ select }) => select.value);
    const points = rows
      .filter((row) => row[value])
      .map((row) => ({ label: row[label] ? read(row[label]) : "", value: Number(row[value].value) }))
      .filter((point) => Number.isFinite(point.value));
    const width = Math.max(240, Math.min(picture.clientWidth, 760));
    picture.replaceChildren(...(kind === "bars" ? bars : line)(points, label, value, width));
  };
  for (const { select } of [labels, values, kinds]) select.addEventListener("change", draw);
  details.addEventListener("toggle", draw);
  window.addEventListener("resize", () => details.open && details.isConnected && draw());
  const save = saveButtons(() => picture.querySelector("svg"), element);
  details.append(element("p", { class: "choices" }, labels.label, values.label, kinds.label, ...save), picture);
  return details;
}

// Of these columns the one with the most different literals.
function mostTelling(columns, rows) {
  const count = (name) => new Set(rows.map((row) => (row[name]?.type === "literal" ? row[name].value : ""))).size;
  return columns.toSorted((one, other) => count(other) - count(one))[0];
}

function choice(name, options) {
  const select = element("select", {}, ...options.map((option) => element("option", { value: option }, option)));
  return { select, label: element("label", {}, `${name} `, select) };
}

function bars(points, label, value, width) {
  const shown = points.slice(0, MOST_BARS);
  const low = Math.min(0, ...shown.map((point) => point.value));
  const high = Math.max(0, ...shown.map((point) => point.value));
  const start = low < 0 ? MARGIN : 0;
  const scale = (width - MARGIN - start) / (high - low || 1);
  const zero = start - low * scale;
  const pieces = shown.flatMap((point, index) => {
    const [top, length] = [index * BAR, Math.abs(point.value) * scale];
    const left = point.value < 0 ? zero - length : zero;
    return [
      drawing("text", { x: 0, y: top + 14, class: "label" }, cut(point.label, width / LETTER)),
      drawing("rect", { x: left, y: top + 19, width: Math.max(length, 1), height: 14, rx: 2, class: "bar" }),
      drawing("text", { x: left + length + 5, y: top + 31, class: "value" }, format(point.value)),
    ];
  });
  const rest = points.length > shown.length ? `The first ${MOST_BARS} of ${points.length} rows are drawn.` : "";
  return frame("Bars", points, label, value, [width, shown.length * BAR], pieces, rest);
}

function line(points, label, value, width) {
  const numbers = points.map((point) => point.value);
  const [low, high] = numbers.reduce(([least, most], next) => [Math.min(least, next), Math.max(most, next)], [0, 0]);
  const [left, right, top, bottom] = [MARGIN, width - 8, 16, HEIGHT - 40];
  const x = (index) => left + (index * (right - left)) / Math.max(points.length - 1, 1);
  const y = (number) => bottom - ((number - low) * (bottom - top)) / (high - low || 1);
  const path = points.map((point, index) => `${x(index).toFixed(1)},${y(point.value).toFixed(1)}`).join(" ");
  const ticks = [low, (low + high) / 2, high].flatMap((number) => [
    drawing("line", { x1: left, x2: right, y1: y(number), y2: y(number), class: "grid" }),
    drawing("text", { x: left - 6, y: y(number) + 4, class: "value", "text-anchor": "end" }, format(number)),
  ]);
  const dots = points.length > 100 ? [] : points.map((point, index) => dot(x(index), y(point.value), point));
  const pieces = [...ticks, drawing("polyline", { points: path, class: "line" }), ...dots];
  const letters = (right - left) / LETTER / 2 - 1;
  const end = (point, anchor, place) =>
    drawing("text", { x: place, y: HEIGHT - 14, "text-anchor": anchor, class: "label" }, cut(point.label, letters));
  if (points.length > 0) pieces.push(end(points[0], "start", left));
  if (points.length > 1) pieces.push(end(points.at(-1), "end", right));
  return frame("Line", points, label, value, [width, HEIGHT], pieces, "");
}

function dot(x, y, point) {
  const words = drawing("title", {}, `${point.label}: ${format(point.value)}`);
  return drawing("circle", { cx: x, cy: y, r: 3, class: "dot" }, words);
}

function frame(kind, points, label, value, [width, height], pieces, rest) {
  if (points.length === 0) return [element("p", {}, "There are no numbers to draw.")];
  const summary = `${kind}: ${value} by ${label}, ${points.length} ${points.length === 1 ? "row" : "rows"}.`;
  const largest = points.reduce((best, point) => (point.value > best.value ? point : best));
  const least = points.reduce((best, point) => (point.value < best.value ? point : best));
  const extremes = [["Largest", largest], ["Smallest", least]].map(([word, { label: name, value: number }]) =>
    `${word}: ${name} (${format(number)}).`,
  );
  const words = [summary, ...extremes, "The table has all numbers."].join(" ");
  const svg = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words }, ...pieces);
  return [element("figure", {}, svg, element("figcaption", {}, `${summary} ${rest}`))];
}

function cut(text, length) {
  const most = Math.floor(length);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function format(number) {
  return number.toLocaleString("en", { maximumFractionDigits: 3 });
}
