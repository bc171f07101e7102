// Small charts and tables of which the panel of a cell is made.
const lifted = (colour) => `color-mix(in srgb, ${colour}, white var(--lift))`; // lines of dark colours on a dark page
const legend = (names, colours, lift = (colour) => colour) => `<ul class="legend">${names.map((name, i) => `<li><i style="background:${lift(colours[i])}"></i>${name}</li>`).join("")}</ul>`;
const W = 380, line = (points) => points.reduce((d, [x, y]) => Number.isFinite(y) ? { path: d.path + (d.pen ? "L" : "M") + x.toFixed(1) + " " + y.toFixed(1), pen: true } : { path: d.path, pen: false }, { path: "", pen: false }).path;
const svg = (high, inside, words) => `<svg viewBox="0 0 ${W} ${high}" role="img" aria-label="${words}">${inside}</svg>`;
function nice(low, high, count) {
  const raw = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= raw * 0.999), ticks = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-9; t += step) ticks.push(+t.toPrecision(10));
  return ticks;
}
function axes(low, high, ticksX, spanX, top, bottom, unit) {
  const y = (v) => bottom - (v - low) / ((high - low) || 1) * (bottom - top), x = (v) => 42 + (v - spanX[0]) / ((spanX[1] - spanX[0]) || 1) * (W - 52);
  const grid = nice(low, high, 4).map((t) => `<path class="axis" d="M42 ${y(t).toFixed(1)}H${W - 10}"/><text class="soft" x="38" y="${(y(t) + 3).toFixed(1)}" text-anchor="end">${String(t).replace("-", "−")}</text>`).join("");
  const below = ticksX.map((t) => `<text class="soft" x="${x(t).toFixed(1)}" y="${bottom + 13}" text-anchor="middle">${String(t).replace("-", "−")}</text>`).join("");
  return { x, y, frame: grid + below + `<text class="soft" x="42" y="${top - 4}">${unit}</text>` };
}
const table = (head, rows, words, shown = false) => `<details${shown ? " open" : ""}><summary>${words}</summary><table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${rows.map((row) => `<tr><th scope="row">${row[0]}</th>${row.slice(1).map((c) => `<td>${c}</td>`).join("")}</tr>`).join("")}</tbody></table></details>`;
const nothing = (title) => `<h3>${title}</h3><p class="soft">Not analysed here.</p>`;
