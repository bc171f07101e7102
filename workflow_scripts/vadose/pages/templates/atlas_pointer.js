// Mouse, fingers and keys on the map.
let frame = 0;
const redraw = () => { if (document.documentElement.dataset.drawn) { cancelAnimationFrame(frame); frame = requestAnimationFrame(draw); } };
function zoomTo(zoom, lat, lon, x, y) { // the place stays at its pixel
  const view = viewOf(canvas.clientWidth);
  state.zoom = Math.max(1, Math.min(DEEPEST, zoom));
  bringTo({ ...view, scale: view.width / (2 * HALF) * state.zoom }, lat, lon, x ?? view.width / 2, y ?? view.height / 2);
  redraw(); writeAddress();
}
function zoom(way) { // about the chosen cell, which comes to the middle, or about the middle
  if (way === "all") { Object.assign(state, { zoom: 1, lon: 0, lat: 0 }); redraw(); writeAddress(); return; }
  const s = state.study, [lat, lon] = state.cell >= 0 ? [s.lat[state.cell], s.lon[state.cell]] : [state.lat, state.lon];
  zoomTo(state.zoom * (way === "in" ? 1.6 : 1 / 1.6), lat, lon);
}
$("zoom").onclick = (e) => { const way = e.target.dataset.zoom; if (way) zoom(way); };

function under(event) {
  const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top, at = placeOf(viewOf(canvas.clientWidth), x, y);
  return { x, y, at, cell: at ? cellAt(state.study, at.lat, at.lon) : -1 };
}
// Wheel, fingers and drags are those of d3-zoom, of which the scale is taken; what lies under the pointers stays there,
// since a turn of the Earth is no shift of the picture.
let boxing = false, anchor = null; // whether the next drag draws a box; {at: place under the pointers, count of these}
const middle = (points) => [0, 1].map((axis) => d3.mean(points, (point) => point[axis]));
function hold(event) {
  const points = d3.pointers(event, canvas).slice(0, 2), [x, y] = middle(points);
  if (!anchor || event.type === "wheel" || anchor.count !== points.length) anchor = { at: placeOf(viewOf(canvas.clientWidth), x, y), count: points.length };
  return [anchor.at, x, y];
}
const marks = (e) => e.shiftKey || boxing;
const wanted = (e) => !marks(e) && !e.button && (e.type === "wheel" ? e.ctrlKey || state.zoom > 1 || e.deltaY < 0 : !e.ctrlKey)
  && !(e.touches?.length === 1 && state.zoom === 1); // the whole map is there: wheel and finger scroll the page
const gestures = d3.zoom().touchable(true).scaleExtent([1, DEEPEST]).clickDistance(4).filter(wanted)
  .on("start", (e) => { anchor = null; $("tip").hidden = true; if (e.sourceEvent) hold(e.sourceEvent); })
  .on("zoom", (e) => {
    if (!e.sourceEvent) return;
    const [at, x, y] = hold(e.sourceEvent);
    if (at) zoomTo(e.transform.k, at.lat, at.lon, x, y); else tellScale();
  });
const tellScale = () => d3.select(canvas).property("__zoom", d3.zoomIdentity.scale(state.zoom)); // changed by keys, search or address
const cornered = (x, y) => { // the place, or the nearest on the edge of the Earth
  const view = viewOf(canvas.clientWidth), lat = latAt(view.y + (view.height / 2 - y) / view.scale), away = (x - view.width / 2) / (view.scale * across(lat));
  return { lat, lon: state.lon + Math.max(-180, Math.min(180, away)) };
};
const box = d3.drag().touchable(true).container(canvas).filter((e) => marks(e) && !e.button)
  .on("start", (e) => { anchor = { x: e.x, y: e.y }; $("tip").hidden = true; })
  .on("drag", (e) => {
    const [one, other] = [cornered(anchor.x, anchor.y), cornered(e.x, e.y)], sides = [...d3.extent([one.lat, other.lat]), ...d3.extent([one.lon, other.lon]).map((lon, i) => i && Math.abs(one.lon - other.lon) >= 359.9 ? 180 : lon180(lon))];
    state.region = "box"; state.box = sides.map((side) => +side.toFixed(2)).join(", ");
    redraw();
  })
  .on("end", () => { anchor = null; boxMode(false); show(); });
function boxMode(on) { boxing = on; $("draw-box").setAttribute("aria-pressed", on); redraw(); }
$("draw-box").onclick = () => boxMode(!boxing);
d3.select(canvas).call(gestures).call(box);
canvas.onclick = (e) => { if (!marks(e)) choose(under(e).cell); };
canvas.onpointermove = (e) => { if (!e.buttons) { const { x, y, cell } = under(e); tip(canvas, layerAt(x), x, y, cell); } };
canvas.onpointerleave = () => { $("tip").hidden = true; };

function step(dLat, dLon) {
  const s = state.study;
  if (state.cell < 0) return choose(Math.floor(s.cells / 2));
  const lat = s.lat[state.cell], lon = s.lon[state.cell];
  for (let i = 1; i * s.spacing <= 360; i++) { // the next cell straight ahead; the sea is jumped over
    const cell = cellAt(s, lat + i * dLat * s.spacing, lon + i * dLon * s.spacing);
    if (cell >= 0 && cell !== state.cell) return choose(cell);
  }
}
function follow() { // a cell chosen by keys or search comes into view
  const view = viewOf(canvas.clientWidth), [x, y] = pixelOf(view, state.study.lat[state.cell], state.study.lon[state.cell]);
  if (x < 0 || y < 0 || x > view.width || y > view.height) bringTo(view, state.study.lat[state.cell], state.study.lon[state.cell], view.width / 2, view.height / 2);
}
canvas.onkeydown = (e) => {
  const moves = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }, zooms = { "+": "in", "=": "in", "-": "out", 0: "all" };
  const layers = state.study.layers, at = layers.indexOf(state.layer);
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (moves[e.key]) { step(...moves[e.key]); follow(); redraw(); }
  else if (zooms[e.key]) zoom(zooms[e.key]);
  else if (e.key === "[" || e.key === "]") { state.layer = layers[(at + (e.key === "]" ? 1 : layers.length - 1)) % layers.length]; show(); }
  else return;
  e.preventDefault();
};
