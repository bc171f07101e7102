// The atlas: draws map, colour bar and the panel of a cell, and keeps its address. No network; works from a file.
const stopped = (words) => { $("readout").textContent = words; document.documentElement.dataset.ready = "failed"; };
const options = (select, items, chosen) => { select.innerHTML = items.map(([id, name]) => `<option value="${id}"${id === chosen ? " selected" : ""}>${name}</option>`).join(""); };
function controls() {
  const s = state.study, groups = [...new Set(s.layers.map((l) => l.group))];
  options($("study"), index.studies.map((item) => [item.id, item.title]), s.id);
  options($("group"), groups.map((g) => [g, spans(g)]), state.layer.group);
  options($("layer"), s.layers.filter((l) => l.group === state.layer.group).map((l) => [l.id, spans(l.name)]), state.layer.id);
  secondControls();
  $("mask").checked = state.mask; $("mask").disabled = !state.layer.mask; $("borders").checked = state.borders;
  const steps = Object.entries(s.arrays).map(([name, a]) => `${name.replaceAll("_", " ")} ${brief(a.step)}`).join(", ");
  $("precision").innerHTML = `<summary>Rounding of the values</summary>All are rounded to whole steps, so none is off by more than half of one: ${steps}.`;
  $("cells").textContent = `${s.every > 1 ? `To keep the page small it holds every ${s.every}th row and column: ${s.cells} of ${s.all} cells.` : `All ${s.cells} cells.`}`;
}
function runsTable(s, cell) {
  const f = s.facts, rows = f.numbers.map((n) => [spans(n.name) + (n.unit ? `, ${n.unit}` : ""), ...f.runs.map((_, r) => digits(value(s, n.array, r, cell), s.arrays[n.array].step))]);
  return "<h3>Each run</h3>" + table(["", ...f.runs], rows, "Numbers", true);
}
function panel() {
  const s = state.study, cell = state.cell;
  if (cell < 0) { $("panel").innerHTML = "<h2>No cell chosen</h2><p class='soft'>Choose one on the map.</p>"; return; }
  const charts = { variability: [slopeChart, seriesChart, calendarChart, contributionChart, productivityTable], dependence: [copulaTable, pairsChart, lagChart, controlChart, driversChart] };
  const parts = charts[s.id] || [runsTable];
  $("panel").innerHTML = `<h2>${place(s.lat[cell], s.lon[cell])}</h2><p class="soft">${s.title}; cell of ${s.spacing}°${namesAt(s.lat[cell], s.lon[cell]).map(([title, name]) => `<br>${title}: ${name}`).join("")}</p>` + parts.map((part) => part(s, cell)).join("");
  document.documentElement.dataset.panel = $("readout").dataset.cell;
}

// When what is needed has been unpacked, the same is done at once; otherwise as soon as it is there, unless another
// choice was made meanwhile.
let choice = 0;
function once(loads, action) {
  const mine = ++choice, left = loads.filter(Boolean);
  if (!left.length) action();
  else Promise.all(left).then(() => { if (mine === choice) action(); }, (error) => stopped(error.message));
}
const layerLoads = (layer) => [columnLoads(state.study, layer.array, columnOf(layer)), layer.mask ? columnLoads(state.study, layer.mask[0], layer.mask[1]) : null];
function draw() { tellScale(); paint(canvas, shownLayer()); drawSecond(); if (state.region === "view") regionPanel(); document.documentElement.dataset.drawn = "yes"; }
function show() {
  controls();
  const second = secondLayer();
  once([...layerLoads(state.layer), ...(second ? layerLoads(second) : []), ...nameLoads(), borderLoads()], () => {
    if (state.cell < 0) state.cell = firstCell();
    regionChoices(); draw(); bars();
    regionPanel(); showCell();
  });
}
function showCell() {
  readout(state.cell); writeAddress();
  once([state.cell < 0 ? null : cellLoads(state.study, state.cell)], panel);
}
function choose(cell) { if (cell >= 0) { state.cell = cell; redraw(); showCell(); } }
function firstCell() { // one with a value, so that nobody starts before an empty panel: the one nearest the middle of the list
  const middle = Math.floor(state.study.cells / 2);
  for (let i = 0; i < middle; i++) for (const cell of [middle + i, middle - i]) if (Number.isFinite(valueOf(state.layer, cell))) return cell;
  return middle;
}
$("study").onchange = (e) => { state.study = index.studies.find((s) => s.id === e.target.value); state.layer = firstLayer(state.study); state.cell = -1; state.region = "all"; show(); };
$("group").onchange = (e) => { state.layer = state.study.layers.find((l) => l.group === e.target.value); show(); };
$("layer").onchange = (e) => { state.layer = state.study.layers.find((l) => l.id === e.target.value); show(); };
for (const name of ["mask", "borders"]) $(name).onchange = (e) => { state[name] = e.target.checked; show(); };
$("choice").onsubmit = (e) => e.preventDefault();
window.onhashchange = (e) => { clearTimeout(writing); readAddress(new URL(e.newURL).hash); show(); }; // what was asked, whatever has been written since
window.onresize = () => { if (state.layer) { redraw(); bars(); } };
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

async function start() {
  if (typeof DecompressionStream === "undefined") return stopped("This browser is too old for the atlas: it needs DecompressionStream (Chrome 80, Firefox 113, Safari 16.4 or newer).");
  await loadLand();
  readAddress(location.hash);
  show();
  if (!state.study.tile) await Promise.all(index.studies.map((s) => cellLoads(s, 0))); // a small page has all at hand from here on
  document.documentElement.dataset.ready = "yes";
}
start().catch((error) => stopped(error.message));
