// Files of what is shown: layer as CSV and GeoTIFF, map as PNG, cell as CSV.
function save(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = `${index.run.run}_${name}`; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
const fileName = () => state.layer.id + (state.layer.times ? `-${state.layer.times[state.time]}` : "") + (differs() ? `-less-${state.second}` : "");
const quoted = (text) => `"${String(text).replaceAll('"', '""')}"`;
const plain = (x, step) => Number.isFinite(x) ? x.toFixed(places(step)) : "";
function layerTable() { // every cell of the layer
  const s = state.study, layer = shownLayer(), step = s.arrays[state.layer.array].step, head = ["lat", "lon", quoted(`${layer.group}, ${layer.name}${layer.unit ? ` (${layer.unit})` : ""}`)];
  const rows = s.lat.map((lat, i) => [lat, s.lon[i], plain(shownValue(i), step), ...(layer.mask ? [Number.isFinite(shownValue(i)) ? +significant(layer, i) : ""] : [])].join(","));
  return [[...head, ...(layer.mask ? ["significant"] : [])].join(","), ...rows].join("\n") + "\n";
}
function cellTable() { // every layer of the cell
  const s = state.study, rows = s.layers.flatMap((l) => (l.times || [""]).map((time, i) => {
    const x = value(s, l.array, l.column + (l.times ? i * l.stride : 0), state.cell);
    return [quoted(l.group), quoted(l.name), time, l.scale.codes ? quoted(named(l, x)) : plain(x, s.arrays[l.array].step), quoted(l.unit)].join(",");
  }));
  return ["group,layer,time,value,unit", ...rows].join("\n") + "\n";
}
function geoTiff() { // one strip of float32, north up, EPSG:4326; missing is NaN
  const s = state.study, rows = Math.round((s.lat.at(-1) - s.lat[0]) / s.spacing) + 1, west = s.lon.reduce((a, b) => Math.min(a, b)), east = s.lon.reduce((a, b) => Math.max(a, b)), columns = Math.round((east - west) / s.spacing) + 1;
  const tags = [[256, 4, [columns]], [257, 4, [rows]], [258, 3, [32]], [259, 3, [1]], [262, 3, [1]], [273, 4, [0]], [277, 3, [1]], [278, 4, [rows]], [279, 4, [rows * columns * 4]], [339, 3, [3]],
    [33550, 12, [s.spacing, s.spacing, 0]], [33922, 12, [0, 0, 0, west - s.spacing / 2, s.lat.at(-1) + s.spacing / 2, 0]], [34735, 3, [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326]], [42113, 2, [110, 97, 110, 0]]];
  const bytes = { 2: 1, 3: 2, 4: 4, 12: 8 }, extra = tags.reduce((sum, [, kind, list]) => sum + (bytes[kind] * list.length > 4 ? bytes[kind] * list.length : 0), 0), start = 8 + 2 + tags.length * 12 + 4;
  const out = new DataView(new ArrayBuffer(start + extra + rows * columns * 4)), put = { 2: "setUint8", 3: "setUint16", 4: "setUint32", 12: "setFloat64" };
  tags.find((tag) => tag[0] === 273)[2][0] = start + extra;
  out.setUint16(0, 0x4949, true); out.setUint16(2, 42, true); out.setUint32(4, 8, true); out.setUint16(8, tags.length, true);
  let rest = start;
  tags.forEach(([tag, kind, list], i) => {
    const at = 10 + i * 12, size = bytes[kind] * list.length;
    out.setUint16(at, tag, true); out.setUint16(at + 2, kind, true); out.setUint32(at + 4, list.length, true);
    if (size > 4) out.setUint32(at + 8, rest, true);
    list.forEach((x, j) => out[put[kind]]((size > 4 ? rest : at + 8) + j * bytes[kind], x, true));
    if (size > 4) rest += size;
  });
  for (let i = 0; i < rows * columns; i++) out.setFloat32(start + extra + 4 * i, NaN, true);
  s.lat.forEach((lat, i) => out.setFloat32(start + extra + 4 * (Math.round((s.lat.at(-1) - lat) / s.spacing) * columns + Math.round((s.lon[i] - west) / s.spacing)), shownValue(i), true));
  return out.buffer;
}
const FILES = {
  csv: () => save(`${fileName()}.csv`, "text/csv", layerTable()),
  tif: () => save(`${fileName()}.tif`, "image/tiff", geoTiff()),
  png: () => canvas.toBlob((blob) => save(`${fileName()}.png`, "image/png", blob)),
  cell: () => save(`cell_${state.study.lat[state.cell]}_${state.study.lon[state.cell]}.csv`, "text/csv", cellTable()),
  link: () => { writeNow(); $("link").value = location.href; $("link").hidden = false; $("link").select(); navigator.clipboard?.writeText(location.href).catch(() => {}); }, // a page opened as a file may have no clipboard
};
$("files").onclick = (e) => FILES[e.target.dataset.file]?.();
globalThis.atlas = { layerTable, cellTable, geoTiff }; // for a console, and for tests
