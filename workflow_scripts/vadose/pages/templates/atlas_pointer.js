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
const held = new Map(); // pointers on the map, by their number
let gesture = null, moved = false;
function begin() { // of a drag or a pinch: what lies under the middle of the pointers, how far these are apart
  const all = [...held.values()], x = all.reduce((sum, p) => sum + p.x, 0) / all.length, y = all.reduce((sum, p) => sum + p.y, 0) / all.length;
  gesture = all.length ? { x, y, at: placeOf(viewOf(canvas.clientWidth), x, y), zoom: state.zoom, apart: all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0 } : null;
}
canvas.onpointerdown = (e) => { if (!held.size) moved = false; const { x, y } = under(e); held.set(e.pointerId, { x, y }); canvas.setPointerCapture(e.pointerId); $("tip").hidden = true; begin(); };
canvas.onpointermove = (e) => {
  const { x, y, cell } = under(e);
  if (!held.has(e.pointerId)) { tip(canvas, shownLayer(), x, y, cell); return; }
  held.set(e.pointerId, { x, y });
  const all = [...held.values()], mx = all.reduce((sum, p) => sum + p.x, 0) / all.length, my = all.reduce((sum, p) => sum + p.y, 0) / all.length;
  if (!gesture.at || (all.length < 2 && !moved && Math.hypot(mx - gesture.x, my - gesture.y) < 4)) return;
  moved = true;
  const apart = all.length > 1 ? Math.hypot(all[0].x - all[1].x, all[0].y - all[1].y) : 0;
  zoomTo(gesture.apart ? gesture.zoom * apart / gesture.apart : state.zoom, gesture.at.lat, gesture.at.lon, mx, my);
};
canvas.onpointerup = (e) => { if (held.has(e.pointerId) && !moved) choose(under(e).cell); held.delete(e.pointerId); begin(); };
canvas.onpointercancel = (e) => { held.delete(e.pointerId); begin(); };
canvas.onpointerleave = () => { $("tip").hidden = true; };
canvas.addEventListener("wheel", (e) => {
  const { x, y, at } = under(e);
  if (!at || (state.zoom === 1 && e.deltaY > 0 && !e.ctrlKey)) return; // the whole map is there: the page scrolls
  e.preventDefault();
  zoomTo(state.zoom * Math.exp(-Math.max(-100, Math.min(100, e.deltaY)) * (e.ctrlKey ? 0.01 : 0.0022)), at.lat, at.lon, x, y);
}, { passive: false });

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
