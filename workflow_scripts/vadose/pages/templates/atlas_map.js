// The map: every pixel looks up the cell under it, so that cells neither overlap nor leave seams at any zoom. d3 draws
// paths, of which 150,000 cells would be too many; in Equal Earth a row of pixels is one parallel, along which longitude
// grows evenly, so that a row takes one inversion of the projection and a pixel one look into a table.
const FADED = 0.22; // of the colour that stays where a value is not significant
const BIG = 6; // pixels of a cell above which the coast is drawn over it
const canvas = $("map");
let land = null; // raster, one byte a square, from the south-west
async function loadLand() {
  const { block, rows, columns } = index.land, bits = await unpacked(block), is = new Uint8Array(rows * columns);
  for (let i = 0; i < is.length; i++) is[i] = (bits[i >> 3] >> (7 - (i & 7))) & 1;
  land = { rows, columns, is };
}
const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const pixel = ({ r, g, b }) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
const colourOf = (name) => d3.rgb(themed(name));

// A scale as boxes of colour: those of its classes, or of its intervals with one below and one above.
const boxesOf = (scale) => scale.boxes ??= scale.codes ? scale.colours : [scale.ends[0], ...scale.colours, scale.ends[1]];
const boxAt = (scale, x) => scale.codes ? scale.codes.indexOf(Math.round(x)) : d3.bisectRight(scale.bounds, x);
const colour = (scale, x) => (Number.isFinite(x) && boxesOf(scale)[boxAt(scale, x)]) || null;
const valueOf = (layer, cell) => layer.value ? layer.value(cell) : value(state.study, layer.array, columnOf(layer), cell);
const significant = (layer, cell) => !layer.mask || value(state.study, layer.mask[0], layer.mask[1], cell) === 1;
const named = (layer, x) => layer.scale.codes ? (layer.scale.names[layer.scale.codes.indexOf(Math.round(x))] || "missing")
  : digits(x, state.study.arrays[layer.array].step) + (Number.isFinite(x) && layer.unit ? " " + layer.unit : "");

// Colour of every cell as a pixel, 0 where there is no value.
function cellColours(layer) {
  const ground = themed("--land"), known = new Map(), out = new Uint32Array(state.study.cells);
  for (let i = 0; i < out.length; i++) {
    const shade = colour(layer.scale, valueOf(layer, i));
    if (!shade) continue;
    const faded = state.mask && !significant(layer, i), key = faded ? shade + "f" : shade;
    if (!known.has(key)) known.set(key, pixel(d3.rgb(faded ? d3.interpolateRgb(ground, shade)(FADED) : shade)));
    out[i] = known.get(key);
  }
  return out;
}
function paint(canvas, layer, wide = canvas.clientWidth) {
  const ratio = window.devicePixelRatio || 1, view = viewOf(Math.round((wide || 600) * ratio)), { width, height } = view;
  canvas.width = width; canvas.height = height; canvas.style.height = height / ratio + "px";
  const pen = canvas.getContext("2d"), image = pen.createImageData(width, height), out = new Uint32Array(image.data.buffer);
  if (canvas.layer !== layer || canvas.look !== lookNow(layer)) { canvas.colours = cellColours(layer); canvas.layer = layer; canvas.look = lookNow(layer); }
  const colours = canvas.colours, { raster, spacing } = state.study, sea = pixel(colourOf("--sea")), ground = pixel(colourOf("--land")), coast = pixel(colourOf("--coast"));
  const over = spacing * view.scale * across(state.lat) > BIG * ratio;
  let above = new Uint8Array(width), here = new Uint8Array(width);
  for (let py = 0; py < height; py++) {
    const up = view.y + (height / 2 - py - 0.5) / view.scale;
    if (Math.abs(up) >= TOP) { above.fill(2); continue; }
    const lat = latAt(up), each = 1 / (view.scale * across(lat));
    const landRow = Math.min(land.rows - 1, Math.floor((lat + 90) / 180 * land.rows)) * land.columns, cellRow = Math.floor((lat + 90) / spacing) * raster.columns;
    const first = Math.max(0, Math.ceil(width / 2 - 0.5 - 180 / each)), last = Math.min(width - 1, Math.floor(width / 2 - 0.5 + 180 / each));
    let lon = lon180(state.lon + (first + 0.5 - width / 2) * each) + 180, before = 2;
    here.fill(2);
    for (let px = first, at = py * width + first; px <= last; px++, at++) {
      const firm = land.is[landRow + Math.floor(lon / 360 * land.columns)], cell = raster.cell[cellRow + Math.floor(lon / spacing)], shade = cell >= 0 ? colours[cell] : 0;
      const edge = (before !== 2 && before !== firm) || (above[px] !== 2 && above[px] !== firm);
      out[at] = edge && (over || !shade) ? coast : shade || (firm ? ground : sea);
      here[px] = before = firm; lon += each;
      if (lon >= 360) lon -= 360;
    }
    [above, here] = [here, above];
  }
  canvas.style.touchAction = state.zoom > 1 || boxing ? "none" : "pan-y"; // one finger scrolls the page where there is nothing to shift
  pen.putImageData(image, 0, 0);
  graticule(pen, view);
  if (borders && state.borders) borderLines(pen, view, ratio);
  if (state.region === "box") boxLine(pen, view, ratio);
  if (state.cell >= 0) mark(pen, view, ratio);
}
let borders = null, bordersLoading = null; // lines between countries, unpacked when they are first asked for
const borderLoads = () => state.borders && !borders ? bordersLoading ??= unpacked(index.borders).then((bytes) => {
  const steps = numbers(bytes, "i2", 0, bytes.length / 2), lines = [];
  for (let at = 0; at < steps.length; at += 1 + 2 * steps[at]) {
    const [lon, lat] = [0, 1].map((axis) => d3.cumsum(steps.subarray(at + 1 + axis * steps[at], at + 1 + (axis + 1) * steps[at])));
    lines.push(Array.from(lon, (x, i) => [x / 100, lat[i] / 100]));
  }
  borders = { type: "MultiLineString", coordinates: lines };
}) : null;
function borderLines(pen, view, ratio) { // dark in a light line, so that they stand out from every colour
  pen.beginPath(); d3.geoPath(view.projection, pen)(borders);
  for (const [line, shade] of [[2 * ratio, "#ffffff80"], [0.8 * ratio, "#1c2126"]]) { pen.lineWidth = line; pen.strokeStyle = shade; pen.stroke(); }
}
const lookNow = (layer) => `${themed("--land")} ${state.mask} ${columnOf(layer)}`;
function graticule(pen, view) {
  const step = state.zoom < 3 ? 30 : state.zoom < 12 ? 10 : 2, lines = d3.geoGraticule().extent([[-180, -90], [180, 90.01]]).step([step, step]);
  pen.strokeStyle = themed("--coast"); pen.globalAlpha = 0.35; pen.lineWidth = 1; pen.beginPath();
  d3.geoPath(view.projection, pen)(lines());
  pen.stroke(); pen.globalAlpha = 1;
}
function boxLine(pen, view, ratio) { // along parallels and meridians
  const sides = boxOf(state.box);
  if (!sides) return;
  const [south, north, west] = sides, outline = d3.geoGraticule().extent([[west, south], [west + wideOf(sides), north]]).outline();
  pen.beginPath(); d3.geoPath(view.projection, pen)({ type: "LineString", coordinates: outline.coordinates[0] });
  for (const [line, shade] of [[4 * ratio, "#fff"], [2 * ratio, "#c2185b"]]) { pen.lineWidth = line; pen.strokeStyle = shade; pen.stroke(); }
}
function mark(pen, view, ratio) { // at least so large that it is found
  const lat = state.study.lat[state.cell], lon = state.study.lon[state.cell];
  const wide = Math.max(state.study.spacing * across(lat) * view.scale, 8 * ratio), [x, y] = pixelOf(view, lat, lon);
  const tall = Math.max(Math.abs(pixelOf(view, lat + state.study.spacing / 2, lon)[1] - pixelOf(view, lat - state.study.spacing / 2, lon)[1]), 8 * ratio);
  for (const [line, shade] of [[5 * ratio, "#fff"], [2.5 * ratio, "#c2185b"]]) { pen.lineWidth = line; pen.strokeStyle = shade; pen.strokeRect(x - wide / 2, y - tall / 2, wide, tall); }
}
