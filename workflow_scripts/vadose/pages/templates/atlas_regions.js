// Names of cells, search, and statistics of a region: all cells, what the map shows, a box, or a named region.
const nameOf = (list, study, cell) => list.labels[String(Math.round(value(study, list.array, 0, cell)))];
function namesAt(lat, lon) { // from whichever study has them; country, region, ecoregion, land cover
  const told = new Map();
  for (const study of index.studies) {
    const cell = cellAt(study, lat, lon);
    if (cell >= 0) for (const list of study.names) { const name = nameOf(list, study, cell); if (name) told.set(list.title, name); }
  }
  return [...told];
}
const nameLoads = () => index.studies.flatMap((study) => study.names.map((list) => columnLoads(study, list.array, 0)));
function boxOf(text) { // "south, north, west, east"
  const sides = text.split(",").map(Number);
  return sides.length === 4 && sides.every(Number.isFinite) && sides[0] < sides[1] ? sides : null;
}
const wideOf = ([, , west, east]) => east - west >= 360 ? 360 : ((east - west) % 360 + 360) % 360; // degrees; over the date line too
function cellsOf(region) { // numbers of the cells of a region of the study
  const s = state.study, all = Array.from({ length: s.cells }, (_, i) => i);
  if (region === "view") {
    const view = viewOf(canvas.clientWidth);
    return all.filter((i) => { const [x, y] = pixelOf(view, s.lat[i], s.lon[i]); return x >= 0 && y >= 0 && x <= view.width && y <= view.height; });
  }
  if (region === "box") {
    const box = boxOf(state.box);
    if (!box) return [];
    const [south, north, west] = box, wide = wideOf(box);
    return all.filter((i) => s.lat[i] >= south && s.lat[i] <= north && ((s.lon[i] - west) % 360 + 360) % 360 <= wide);
  }
  const list = s.names.find((one) => region.startsWith(`${one.title}:`)); // titles may hold a colon too
  return list ? all.filter((i) => `${list.title}:${nameOf(list, s, i)}` === region) : all;
}
const areaOf = (study, cell) => Math.sin((study.lat[cell] + study.spacing / 2) * RADIANS) - Math.sin((study.lat[cell] - study.spacing / 2) * RADIANS);
function statistics(cells) {
  const s = state.study, valued = cells.map((i) => ({ x: shownValue(i), area: areaOf(s, i), sure: significant(state.layer, i) })).filter((one) => Number.isFinite(one.x)).sort((a, b) => a.x - b.x);
  const area = (one) => one.area, total = d3.sum(valued, area), mean = d3.sum(valued, (one) => one.x * one.area) / total;
  const share = (holds) => d3.sum(valued.filter(holds), area) / total, ends = d3.cumsum(valued, area); // d3 has no quantiles with weights
  const at = (part) => valued[Math.min(valued.length - 1, d3.bisectLeft(ends, part * total))].x;
  return { valued, mean, share, at, deviation: Math.sqrt(d3.sum(valued, (one) => one.area * (one.x - mean) ** 2) / total) };
}
function histogram({ valued }, scale) { // area by colour of the map
  const shades = boxesOf(scale), n = shades.length, total = d3.sum(valued, (one) => one.area), areas = d3.rollup(valued, (list) => d3.sum(list, (one) => one.area) / total, ({ x }) => boxAt(scale, x));
  const shares = shades.map((_, i) => areas.get(i) || 0), x = d3.scaleLinear([0, n], [LEFT, W - 2]), y = d3.scaleLinear([0, d3.max(shares)], [92, 12]);
  const drawing = chart(112, "Histogram: share of the area by colour of the map");
  upright(drawing, y, LEFT, W, 3, (share) => `${brief(100 * share)} %`);
  outlined(drawing, shares).attr("x", (_, i) => x(i)).attr("y", y).attr("width", Math.max(1, x(1) - x(0) - 1)).attr("height", (share) => y(0) - y(share)).attr("fill", (_, i) => shades[i]).append("title").text((share) => `${(100 * share).toFixed(1)} %`);
  if (!scale.codes) level(drawing, x, 92, d3.range(1, n, Math.ceil(n / 8)), 0, (i) => brief(scale.bounds[i - 1]));
  return markup(drawing);
}
function regionPanel() {
  const cells = cellsOf(state.region || "all"), said = statistics(cells), { scale, unit } = shownLayer(), step = state.study.arrays[state.layer.array].step;
  if (!said.valued.length) { $("region-panel").innerHTML = `<p class="soft">${cells.length} cells, none with a value.</p>`; return; }
  const print = (x) => digits(x, step) + (unit ? " " + unit : ""), percent = (x) => (100 * x).toFixed(1) + " %";
  const rows = [["cells with a value", `${said.valued.length} of ${cells.length}`]];
  if (scale.codes) scale.names.forEach((name, i) => rows.push([name, percent(said.share((one) => Math.round(one.x) === scale.codes[i]))]));
  else rows.push(["mean", print(said.mean)], ["standard deviation", print(said.deviation)], ["smallest", print(said.valued[0].x)], ["5 %", print(said.at(0.05))], ["median", print(said.at(0.5))], ["95 %", print(said.at(0.95))], ["largest", print(said.valued.at(-1).x)], ["above 0", percent(said.share((one) => one.x > 0))]);
  if (state.layer.mask && !state.second) rows.push(["significant", percent(said.share((one) => one.sure))]);
  $("region-panel").innerHTML = histogram(said, scale) + `<table><tbody>${rows.map(([name, x]) => `<tr><th scope="row">${name}</th><td>${x}</td></tr>`).join("")}</tbody></table><p class="soft">Shares, mean and percentiles by area.</p>`;
}
function regionChoices() {
  const groups = state.study.names.map((list) => {
    const there = [...new Set(Array.from({ length: state.study.cells }, (_, i) => nameOf(list, state.study, i)))].filter(Boolean).sort();
    return `<optgroup label="${list.title}">${there.map((name) => `<option value="${list.title}:${name}">${name}</option>`).join("")}</optgroup>`;
  }).join("");
  $("region").innerHTML = `<option value="all">all cells</option><option value="view">what the map shows</option><option value="box">a box</option>${groups}`;
  $("region").value = state.region || "all";
  if (!$("region").value) { state.region = "all"; $("region").value = "all"; }
  $("boxed").hidden = state.region !== "box"; $("box").value = state.box;
  const named = [...$("region").querySelectorAll("optgroup option")].map((option) => option.textContent), there = index.cities.filter(([, lat, lon]) => cellNear(state.study, lat, lon));
  $("places").innerHTML = [...named, ...there.map(([city]) => city)].map((name) => `<option value="${name}"></option>`).join("");
}
const cellNear = (study, lat, lon) => d3.cross([-1, 0, 1], [-1, 0, 1]).some(([north, east]) => cellAt(study, lat + north * study.spacing, lon + east * study.spacing) >= 0);
const plainly = (text) => text.trim().normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(); // Asunción is found as asuncion
const EARTH_RADIUS = 6371; // km
const ANGLE = /^\s*([-−+]?\d+(?:\.\d+)?)\s*°?\s*([NS])?\s*[,;\s]\s*([-−+]?\d+(?:\.\d+)?)\s*°?\s*([EW])?\s*$/i;
function search(text) {
  const angles = ANGLE.exec(text), number = (digits, side, negative) => Number(digits.replace("−", "-")) * ((side || "").toUpperCase() === negative ? -1 : 1);
  if (angles) { goTo([number(angles[1], angles[2], "S"), number(angles[3], angles[4], "W")]); return; }
  const options = [...$("region").querySelectorAll("optgroup option")], wanted = plainly(text);
  const named = [...options.map((option) => [option.textContent, () => goToRegion(option)]), ...index.cities.map((city) => [city[0], () => goToCity(...city)])];
  const there = wanted && (named.find(([name]) => plainly(name) === wanted) || named.find(([name]) => plainly(name).startsWith(wanted)));
  if (there) there[1]();
  else $("found").textContent = wanted ? `No country or region of this run and no city is called “${text}”. Coordinates are written 48.5, 11 or 48.5 N, 11 E.` : "";
}
function goToCity(name, lat, lon) {
  goTo([lat, lon]);
  const s = state.study, away = d3.geoDistance([s.lon[state.cell], s.lat[state.cell]], [lon, lat]) * EARTH_RADIUS;
  $("found").textContent = `${name}: the middle of the nearest cell lies ${away.toFixed(0)} km away.`;
}
function goToRegion(option) {
  state.region = option.value;
  const s = state.study, cells = cellsOf(state.region), [lon, lat] = d3.geoCentroid({ type: "MultiPoint", coordinates: cells.map((i) => [s.lon[i], s.lat[i]]) });
  const high = d3.max(cells, (i) => Math.abs(s.lat[i] - lat)) + s.spacing, wide = d3.max(cells, (i) => Math.abs(lon180(s.lon[i] - lon))) + s.spacing;
  state.zoom = Math.max(1, Math.min(DEEPEST, 120 / wide, 45 / high));
  goTo([lat, lon], cells);
  $("found").textContent = `${option.textContent}: ${cells.length} cells.`;
}
function goTo([lat, lon], cells = Array.from({ length: state.study.cells }, (_, i) => i)) { // the nearest of the cells
  const s = state.study, far = (i) => d3.geoDistance([s.lon[i], s.lat[i]], [lon, lat]);
  Object.assign(state, { lat, lon: lon180(lon), zoom: Math.max(state.zoom, 3), cell: d3.least(cells, far) });
  $("found").textContent = ""; show();
}
$("search").onchange = (e) => search(e.target.value);
$("region").onchange = (e) => { state.region = e.target.value; if (state.region === "box" && !boxOf(state.box)) state.box = "30, 60, -10, 40"; show(); };
$("box").onchange = (e) => { state.box = e.target.value; show(); };
