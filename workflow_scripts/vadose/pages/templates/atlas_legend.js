// What stands at the map: colour bar, value of the chosen cell, value at the pointer.
function bar(box, { scale, label }) {
  if (scale.codes) { box.innerHTML = legend(scale.names, scale.colours); return; }
  const wide = Math.max(300, Math.min(640, box.clientWidth || 600)), n = scale.colours.length, w = (wide - 40) / (n + 2), every = Math.ceil(n / (wide / 48));
  const boxes = scale.colours.map((shade, i) => `<rect x="${20 + (i + 1) * w}" y="6" width="${w + 0.5}" height="12" fill="${shade}"/>`).join("");
  const right = 20 + (n + 1) * w, ends = `<path d="M${20 + w} 6V18L24 12Z" fill="${scale.ends[0]}"/><path d="M${right} 6V18L${right + w - 4} 12Z" fill="${scale.ends[1]}"/>`;
  const ticks = scale.bounds.map((b, i) => i % every ? "" : `<text x="${20 + (i + 1) * w}" y="31" text-anchor="middle">${brief(b)}</text>`).join("");
  box.innerHTML = `<svg viewBox="0 0 ${wide} 52" role="img" aria-label="Colour bar: ${label}">${boxes}${ends}${ticks}<text x="${wide / 2}" y="47" text-anchor="middle">${label}</text></svg>`;
}
function sentence(layer, cell) {
  const x = valueOf(layer, cell), sure = layer.mask && Number.isFinite(x) ? (significant(layer, cell) ? ", significant" : ", not significant") : "";
  return named(layer, x) + sure;
}
function readout(cell) {
  const out = $("readout"), s = state.study, layer = shownLayer();
  if (cell < 0) { out.textContent = spans(`${layer.group}: ${layer.name}`); out.dataset.value = ""; out.dataset.cell = ""; return; }
  const x = valueOf(layer, cell), title = layer.value ? layer.label : spans(`${layer.group}, ${layer.name}`) + (layer.times ? ` ${layer.times[state.time]}` : "");
  out.textContent = title + ` at ${place(s.lat[cell], s.lon[cell])}: ${sentence(layer, cell)}`;
  out.dataset.value = Number.isFinite(x) ? String(x) : "missing"; out.dataset.cell = `${s.lat[cell]},${s.lon[cell]}`;
}
function tip(canvas, shown, x, y, cell) { // at the pointer; for the eye only, the readout speaks
  const box = $("tip");
  box.hidden = cell < 0;
  if (cell < 0) return;
  const [name] = namesAt(state.study.lat[cell], state.study.lon[cell]);
  box.textContent = `${sentence(shown, cell)} · ${place(state.study.lat[cell], state.study.lon[cell])}${name ? `, ${name[1]}` : ""}`;
  box.style.left = Math.min(x + 14, canvas.clientWidth - box.offsetWidth - 4) + "px";
  box.style.top = (y > box.offsetHeight + 14 ? y - box.offsetHeight - 8 : y + 18) + "px";
}
