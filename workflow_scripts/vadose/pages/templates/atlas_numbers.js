// The numbers: blocks of text are unpacked when they are needed, from the page or from a file beside it.
const $ = (id) => document.getElementById(id);
const index = JSON.parse($("index").textContent);
const awaited = new Map(); // who waits for the text of a file beside the page, by the name of its block
globalThis.atlasTile = (name, text) => awaited.get(name)(text);

function textOf(name) {
  const inside = $(name);
  if (inside) { const text = inside.textContent.trim(); inside.remove(); return Promise.resolve(text); }
  return new Promise((resolve, reject) => { // a script, since a page opened as a file may not fetch
    const script = document.createElement("script"), path = `${index.folder}/${name}.js`;
    awaited.set(name, resolve);
    script.src = path;
    script.onload = () => script.remove();
    script.onerror = () => reject(new Error(`${path} is not there: keep the folder ${index.folder} beside the page.`));
    document.head.append(script);
  });
}
async function unpacked(name) {
  const text = atob(await textOf(name)), packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
function numbers(bytes, kind, at, count) {
  if (kind === "u1") return bytes.subarray(at, at + count);
  const values = new Int16Array(count);
  for (let i = 0; i < count; i++) values[i] = bytes[at + i] | (bytes[at + count + i] << 8);
  return values;
}
function summed(values, cells) { // differences between neighbours back to values; the types wrap around as in packing.py
  for (let i = 0; i < values.length; i++) if (i % cells) values[i] += values[i - 1];
  return values;
}
for (const study of index.studies) {
  for (const array of Object.values(study.arrays)) Object.assign(array, { missing: array.kind === "u1" ? 255 : -32768, parts: [], loading: [] });
  Object.assign(study, { parts: [], loading: [] });
  const rows = Math.ceil(180 / study.spacing), columns = Math.ceil(360 / study.spacing);
  study.raster = { rows, columns, cell: new Int32Array(rows * columns).fill(-1) };
  study.lat.forEach((lat, i) => { study.raster.cell[Math.floor((lat + 90) / study.spacing) * columns + Math.floor((lon180(study.lon[i]) + 180) / study.spacing)] = i; });
}
function lon180(lon) { return ((lon + 180) % 360 + 360) % 360 - 180; }
function cellAt(study, lat, lon) {
  const { rows, columns, cell } = study.raster, row = Math.floor((lat + 90) / study.spacing), column = Math.floor((lon180(lon) + 180) / study.spacing);
  return row >= 0 && row < rows && column >= 0 && column < columns ? cell[row * columns + column] : -1;
}

// What is still to be unpacked: null where all is there, else a promise.
function columnLoads(study, name, column) {
  const array = study.arrays[name], part = Math.floor(column / array.size);
  if (array.parts[part] || !array.blocks.length) return null;
  const [block, stepped] = array.blocks[part], columns = Math.min(array.size, array.columns - part * array.size);
  return array.loading[part] ??= unpacked(block).then((bytes) => {
    const values = numbers(bytes, array.kind, 0, columns * study.cells);
    array.parts[part] = stepped ? summed(values, study.cells) : values;
  });
}
function cellLoads(study, cell) { // everything of a cell
  if (!study.tile) {
    const loads = Object.entries(study.arrays).flatMap(([name, array]) => array.blocks.map((_, part) => columnLoads(study, name, part * array.size))).filter(Boolean);
    return loads.length ? Promise.all(loads) : null;
  }
  const part = Math.floor(cell / study.tile);
  if (study.parts[part]) return null;
  const cells = Math.min(study.tile, study.cells - part * study.tile);
  return study.loading[part] ??= unpacked(study.tiles[part]).then((bytes) => {
    let at = 0;
    const values = {};
    for (const [name, array] of Object.entries(study.arrays)) {
      values[name] = numbers(bytes, array.kind, at, array.columns * cells);
      at += array.columns * cells * (array.kind === "u1" ? 1 : 2);
    }
    study.parts[part] = { cells, values };
  });
}
function value(study, name, column, cell) {
  const array = study.arrays[name], part = array.parts[Math.floor(column / array.size)];
  if (part) return stepsToValue(array, part[(column % array.size) * study.cells + cell]);
  const tile = study.tile ? study.parts[Math.floor(cell / study.tile)] : undefined;
  return tile ? stepsToValue(array, tile.values[name][column * tile.cells + cell % study.tile]) : NaN;
}
const stepsToValue = (array, steps) => steps === array.missing ? NaN : steps * array.step;

// Numbers in print.
const places = (step) => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
const signed = (text) => (/^-0\.?0*$/.test(text) ? text.slice(1) : text).replace("-", "−");
const digits = (x, step) => Number.isFinite(x) ? signed(x.toFixed(places(step))) : "missing"; // as many places in every row
const brief = (x) => signed((+x.toFixed(6)).toString()); // for ticks
const chance = (p) => p === 0 ? "< 0.0001" : digits(p, 0.0001);
const spans = (text) => text.replace(/(\d)-(\d)/g, "$1–$2"); // years and depths, as they are printed
const place = (lat, lon) => `${Math.abs(lat)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lon)}° ${lon < 0 ? "W" : "E"}`;
