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
function drawSecond() {
  const beside = secondLayer() && !differs();
  $("second-map").hidden = $("second-bar").hidden = !beside;
  if (beside) paint($("second-map"), secondLayer());
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
$("time").oninput = (e) => { state.time = +e.target.value; show(); };
