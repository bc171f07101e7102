// A second layer beside the first, or the difference of the two; and layers with a slider over years.
const columnOf = (layer) => layer.column + (layer.times ? state.time * layer.stride : 0);
const secondLayer = () => state.study.layers.find((layer) => layer.id === state.second);
const differs = () => state.how === "difference" && secondLayer() && !state.layer.scale.codes && !secondLayer().scale.codes;
const shownValue = (cell) => valueOf(state.layer, cell) - (differs() ? valueOf(secondLayer(), cell) : 0);
let difference = { key: "", layer: null };
function shownLayer() { // of the first map: the layer, or one that stands for the difference
  if (!differs()) return state.layer;
  const key = `${state.layer.id} ${state.second} ${state.time}`;
  if (difference.key !== key) {
    const most = d3.quantile(Array.from({ length: state.study.cells }, (_, i) => Math.abs(shownValue(i))), 0.98);
    const step = d3.tickStep(0, most || 1, 5), { colours, ends } = index.difference, half = colours.length / 2;
    const bounds = Array.from({ length: colours.length + 1 }, (_, i) => +((i - half) * step).toPrecision(9));
    difference = { key, layer: { ...state.layer, mask: null, value: shownValue, scale: { bounds, colours, ends }, label: `${spans(state.layer.group)}, ${spans(state.layer.name)} less ${spans(secondLayer().group)}, ${spans(secondLayer().name)}${state.layer.unit ? ` (${state.layer.unit})` : ""}` } };
  }
  return difference.layer;
}
const wipes = () => state.how === "swipe" && Boolean(secondLayer());
const layerAt = (x) => wipes() && x > state.wipe * canvas.clientWidth ? secondLayer() : shownLayer();
function drawSecond() {
  const shown = secondLayer() && !differs(), map = $("second-map");
  map.hidden = !shown || wipes(); $("second-bar").hidden = !shown; $("wiped").hidden = !wipes();
  if (shown) paint(map, secondLayer(), canvas.clientWidth);
  if (!wipes()) return;
  const pen = canvas.getContext("2d"), at = Math.round(state.wipe * canvas.width), rest = canvas.width - at; // right of the slider: the second
  if (rest) pen.drawImage(map, at, 0, rest, map.height, at, 0, rest, map.height);
  pen.fillStyle = themed("--ink"); pen.fillRect(at - 1, 0, 2, canvas.height);
  $("wipe").value = 100 * state.wipe;
}
function secondControls() {
  const groups = [...new Set(state.study.layers.map((l) => l.group))];
  $("second").innerHTML = '<option value="">none</option>' + groups.map((group) => `<optgroup label="${spans(group)}">${state.study.layers.filter((l) => l.group === group).map((l) => `<option value="${l.id}">${spans(l.group)}, ${spans(l.name)}</option>`).join("")}</optgroup>`).join("");
  if (!secondLayer()) state.second = "";
  $("second").value = state.second; $("how").value = state.how; $("how").disabled = !state.second;
  const times = state.layer.times;
  $("timed").hidden = !times;
  if (!times) return;
  state.time = Math.min(state.time, times.length - 1);
  $("time").max = times.length - 1; $("time").value = state.time; $("time").setAttribute("aria-valuetext", times[state.time]); $("year").textContent = times[state.time];
}
$("second").onchange = (e) => { state.second = e.target.value; show(); };
$("how").onchange = (e) => { state.how = e.target.value; show(); };
$("wipe").oninput = (e) => { state.wipe = e.target.value / 100; redraw(); writeAddress(); };
$("time").oninput = (e) => { state.time = +e.target.value; show(); };
