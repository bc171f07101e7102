// The panel of a cell, study B.
function pairsChart(s, cell) {
  if (!s.arrays.pairs) return "";
  const words = "Monthly precipitation (across) and soil moisture (up), as ranks; shade: the fitted copula", f = s.facts, months = s.arrays.pairs.shape[1];
  if (!f.layers.some((_, d) => Array.from({ length: months }, (_, t) => value(s, "pairs", (d + 1) * months + t, cell)).some(Number.isFinite))) return nothing(words);
  const g = f.densityCells, step = (W - 20) / f.layers.length, size = step - 12;
  const panels = f.layers.map((name, d) => {
    const left = 12 + d * step, x = (u) => left + u * size, y = (v) => 18 + (1 - v) * size;
    let inside = `<rect x="${left}" y="18" width="${size}" height="${size}" class="axis"/>`;
    for (let i = 0; i < g; i++) for (let j = 0; j < g; j++) {
      const z = value(s, "density", (d * g + i) * g + j, cell);
      if (Number.isFinite(z)) inside += `<rect x="${x(j / g).toFixed(1)}" y="${y((i + 1) / g).toFixed(1)}" width="${(size / g + 0.3).toFixed(1)}" height="${(size / g + 0.3).toFixed(1)}" fill="#e08214" opacity="${(0.75 * z).toFixed(2)}"/>`;
    }
    for (let t = 0; t < months; t++) {
      const u = value(s, "pairs", t, cell), v = value(s, "pairs", (d + 1) * months + t, cell);
      if (Number.isFinite(u) && Number.isFinite(v)) inside += `<circle cx="${x(u).toFixed(1)}" cy="${y(v).toFixed(1)}" r="1.4" fill="#0b5cad"/>`;
    }
    return inside + `<text class="soft" x="${left}" y="12">${name}</text>`;
  }).join("");
  return `<h3>${words}</h3>` + svg(30 + size, panels, "Pseudo-observations with the density of the fitted copula");
}
function copulaTable(s, cell) {
  const f = s.facts, n = f.layers.length;
  const rows = f.scales.flatMap((scale, p) => f.layers.map((name, d) => {
    const i = p * n + d, get = (k) => digits(value(s, "copula", 3 * i + k, cell), 0.001), code = value(s, "family", i, cell);
    const interval = s.arrays.tau_interval ? ` <span class="one">[${digits(value(s, "tau_interval", 2 * i, cell), 0.001)}, ${digits(value(s, "tau_interval", 2 * i + 1, cell), 0.001)}]</span>` : "";
    return `<tr data-scale="${scale}" data-depth="${d + 1}"><th scope="row">${scale}, ${name}</th><td class="family">${Number.isFinite(code) ? `${f.families[code]} <br>tau ${get(0)} ${f.trust[value(s, "trust", i, cell)]}` : "none"}</td><td data-tau="${value(s, "tau_b", i, cell)}">${digits(value(s, "tau_b", i, cell), 0.001)}${interval}</td><td>${get(1)}</td><td>${get(2)}</td></tr>`;
  })).join("");
  return `<h3>Copulas: family with its tau, Kendall's tau-b with 95 % interval, tail dependence</h3><table><thead><tr><th></th><td>family</td><td>tau-b</td><td>lower tail</td><td>upper tail</td></tr></thead><tbody>${rows}</tbody></table>`;
}
function lagChart(s, cell) {
  const f = s.facts, n = f.layers.length, m = f.lags.length;
  return f.annual_cycles.map((cycle, c) => {
    const get = (d, k) => value(s, "lag_tau", (c * n + d) * m + k, cell), all = finite(f.layers.flatMap((_, d) => f.lags.map((_, k) => get(d, k))));
    if (!all.length) return nothing(`Dependence by lag (months), annual cycle ${cycle}`);
    const a = axes(Math.min(0, ...all), Math.max(0.1, ...all), f.lags, [0, f.lags.at(-1)], 16, 110, "Kendall's tau-b");
    const lines = f.layers.map((_, d) => `<path d="${line(f.lags.map((lag, k) => [a.x(lag), a.y(get(d, k))]))}" fill="none" style="stroke: ${lifted(f.layerColours[d])}" stroke-width="2"/>`).join("");
    return `<h3>Dependence by lag (months), annual cycle ${cycle}</h3>` + svg(128, a.frame + lines, "Kendall's tau by lag") + legend(f.layers, f.layerColours, lifted)
      + table(["lag", ...f.layers], f.lags.map((lag, k) => [lag, ...f.layers.map((_, d) => digits(get(d, k), 0.001))]), "Numbers");
  }).join("");
}
function controlChart(s, cell) {
  if (!s.arrays.share) return "";
  const f = s.facts, n = f.layers.length, k = f.controls.length, rows = f.controlScales.flatMap((scale, p) => f.layers.map((name, d) => ({ name: `${scale}, ${name}`, shares: f.controls.map((_, i) => value(s, "share", (p * n + d) * k + i, cell)) })));
  if (!rows.some((row) => row.shares.some(Number.isFinite))) return nothing("Shares of the ridge coefficients");
  const bars = rows.map((row, r) => {
    let x = 140;
    if (!row.shares.some(Number.isFinite)) return `<text class="soft" x="0" y="${12 + r * 14}">${row.name}</text><text class="soft" x="140" y="${12 + r * 14}">not analysed here</text>`;
    return `<text class="soft" x="0" y="${12 + r * 14}">${row.name}</text>` + row.shares.map((share, i) => { if (!Number.isFinite(share)) return ""; const w = share * (W - 145), drawn = `<rect x="${x.toFixed(1)}" y="${3 + r * 14}" width="${w.toFixed(1)}" height="11" fill="${f.controlColours[i]}"/>`; x += w; return drawn; }).join("");
  }).join("");
  return "<h3>Shares of the ridge coefficients</h3>" + svg(6 + rows.length * 14, bars, "Shares of the controls") + legend(f.controls, f.controlColours)
    + table(["", ...f.controls], rows.map((row) => [row.name, ...row.shares.map((share) => digits(share, 0.001))]), "Numbers");
}
