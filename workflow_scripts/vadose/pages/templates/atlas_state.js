// What the page shows, kept in its address.
const state = { study: index.studies[0], layer: null, cell: -1, mask: false, borders: false, zoom: 1, lat: 0, lon: 0, region: "all", box: "", second: "", how: "beside", wipe: 0.5, time: 1e9 };
const firstLayer = (study) => study.layers.find((layer) => layer.id === study.first) || study.layers[0];
const extent = (study) => Math.min(...study.raster.span) >= 0 ? [0, 90] : [-60, 90];
for (const study of index.studies) study.raster.span = [study.lat[0], study.lat.at(-1)]; // cells are ordered by latitude

function readAddress(hash) {
  const asked = new URLSearchParams(hash.slice(1)), named = asked.get("layer");
  const pair = (name) => (asked.get(name) || "").split(",").map(Number);
  state.study = index.studies.find((s) => s.id === asked.get("study")) || (named && index.studies.find((s) => s.layers.some((l) => l.id === named))) || state.study;
  state.layer = state.study.layers.find((l) => l.id === named) || (state.study.layers.includes(state.layer) ? state.layer : firstLayer(state.study));
  for (const name of ["mask", "borders"]) if (asked.has(name)) state[name] = asked.get(name) === "1";
  if (asked.has("zoom") && +asked.get("zoom") >= 1) state.zoom = Math.min(DEEPEST, +asked.get("zoom"));
  if (pair("centre").length === 2 && pair("centre").every(Number.isFinite)) [state.lat, state.lon] = pair("centre");
  for (const name of ["region", "box", "second", "how"]) if (asked.has(name)) state[name] = asked.get(name);
  if (asked.has("wipe") && +asked.get("wipe") >= 0) state.wipe = Math.min(1, +asked.get("wipe"));
  if (asked.has("year") && state.layer.times) state.time = Math.max(0, state.layer.times.indexOf(+asked.get("year")));
  state.cell = asked.has("cell") ? cellAt(state.study, ...pair("cell")) : -1;
}
let writing = 0;
const writeAddress = () => { clearTimeout(writing); writing = setTimeout(writeNow, 200); }; // browsers refuse hundreds of changes in a row
function address() {
  const { study, layer, cell } = state, parts = [`study=${study.id}`, `layer=${layer.id}`];
  for (const name of ["mask", "borders"]) if (state[name]) parts.push(`${name}=1`);
  if (state.zoom > 1 || state.lon) parts.push(`zoom=${+state.zoom.toFixed(3)}`, `centre=${+state.lat.toFixed(3)},${+state.lon.toFixed(3)}`);
  if (layer.times) parts.push(`year=${layer.times[state.time]}`);
  if (state.second) parts.push(`second=${state.second}`, `how=${state.how}`);
  if (wipes()) parts.push(`wipe=${state.wipe}`);
  if (state.region !== "all") parts.push(`region=${encodeURIComponent(state.region)}`);
  if (state.region === "box") parts.push(`box=${encodeURIComponent(state.box)}`);
  if (cell >= 0) parts.push(`cell=${study.lat[cell]},${study.lon[cell]}`);
  return "#" + parts.join("&");
}
const writeNow = () => history.replaceState(null, "", address());
