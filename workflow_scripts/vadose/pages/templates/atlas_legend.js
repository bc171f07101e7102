// What stands at the map: colour bar, value of the chosen cell, value at the pointer.
function bars() { // two say which layer is which
  const second = differs() ? null : secondLayer(), [one, other] = wipes() ? ["Left of the slider", "Right of the slider"] : ["First map", "Second map"];
  bar($("bar"), shownLayer(), second ? one : "");
  if (second) bar($("second-bar"), second, other);
}
function bar(box, { scale, label, group, name }, map) {
  const title = map && `<p class="label"><b>${map}</b>: ${spans(`${group}, ${name}`)}</p>`;
  if (scale.codes) { box.innerHTML = title + legend(scale.names, scale.colours); return; }
  const wide = Math.max(300, Math.min(640, box.clientWidth || 600)), n = scale.colours.length, w = (wide - 40) / (n + 2), every = Math.ceil(n / (wide / 48));
  const drawing = chart(34, `Colour bar: ${label}`, wide), x = d3.scaleLinear([0, n], [20 + w, 20 + (n + 1) * w]);
  boxes(drawing, scale.colours).attr("x", (_, i) => x(i)).attr("y", 6).attr("width", w + 0.5).attr("height", 12).attr("fill", (shade) => shade);
  [[x(0), 24], [x(n), x(n + 1) - 4]].forEach(([from, to], i) => scale.arrows?.[i] !== false && drawing.append("path").attr("d", `M${from} 6V18L${to} 12Z`).attr("fill", scale.ends[i]));
  level(drawing, x, 18, d3.range(0, n + 1, every), 0, (i) => brief(scale.bounds[i]));
  box.innerHTML = title + markup(drawing) + `<p class="label">${label}</p>`;
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
