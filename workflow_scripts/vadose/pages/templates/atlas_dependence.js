// The panel of a cell, study B.
function pairsChart(s, cell) {
  if (!s.arrays.pairs) return "";
  const words = "Monthly precipitation (across) and soil moisture (up), as ranks; shade: the fitted copula", f = s.facts, months = s.arrays.pairs.shape[1];
  if (!f.layers.some((_, d) => Array.from({ length: months }, (_, t) => value(s, "pairs", (d + 1) * months + t, cell)).some(Number.isFinite))) return nothing(words);
  const g = f.densityCells, step = (W - 20) / f.layers.length, size = step - 12;
  const drawing = chart(30 + size, "Pseudo-observations with the density of the fitted copula"), squares = d3.cross(d3.range(g), d3.range(g));
  f.layers.forEach((name, d) => {
    const left = 12 + d * step, x = d3.scaleLinear([0, 1], [left, left + size]), y = d3.scaleLinear([0, 1], [18 + size, 18]), side = size / g + 0.3;
    const density = ([i, j]) => value(s, "density", (d * g + i) * g + j, cell), pair = (t) => [value(s, "pairs", t, cell), value(s, "pairs", (d + 1) * months + t, cell)];
    drawing.append("rect").attr("class", "axis").attr("x", left).attr("y", 18).attr("width", size).attr("height", size);
    boxes(drawing, squares.filter((at) => Number.isFinite(density(at)))).attr("x", ([, j]) => x(j / g).toFixed(1)).attr("y", ([i]) => y((i + 1) / g).toFixed(1)).attr("width", side).attr("height", side).attr("fill", "#e08214").attr("opacity", (at) => (0.75 * density(at)).toFixed(2));
    drawing.append("g").selectAll("circle").data(d3.range(months).map(pair).filter(([u, v]) => Number.isFinite(u + v))).join("circle").attr("cx", ([u]) => x(u).toFixed(1)).attr("cy", ([, v]) => y(v).toFixed(1)).attr("r", 1.4).attr("fill", "var(--point)");
    write(drawing, left, 12, name);
  });
  return `<h3>${words}</h3>` + markup(drawing);
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
    const get = (d, k) => value(s, "lag_tau", (c * n + d) * m + k, cell), lines = f.layers.map((_, d) => f.lags.map((lag, k) => [lag, get(d, k)]));
    const [least, most] = d3.extent(lines.flat(), ([, tau]) => tau), drawing = chart(128, "Kendall's tau by lag");
    if (least === undefined) return nothing(`Dependence by lag (months), annual cycle ${cycle}`);
    curves(drawing, lines, [0, f.lags.at(-1)], [Math.min(0, least), Math.max(0.1, most)], f.lags, [110, 16], "Kendall's tau-b", f.layerColours);
    return `<h3>Dependence by lag (months), annual cycle ${cycle}</h3>` + markup(drawing) + legend(f.layers, f.layerColours)
      + table(["lag", ...f.layers], f.lags.map((lag, k) => [lag, ...f.layers.map((_, d) => digits(get(d, k), 0.001))]), "Numbers");
  }).join("");
}
function controlChart(s, cell) {
  if (!s.arrays.share) return "";
  const f = s.facts, n = f.layers.length, k = f.controls.length, rows = f.controlScales.flatMap((scale, p) => f.layers.map((name, d) => ({ name: `${scale}, ${name}`, shares: f.controls.map((_, i) => value(s, "share", (p * n + d) * k + i, cell)) })));
  if (!rows.some((row) => row.shares.some(Number.isFinite))) return nothing("Shares of the ridge coefficients");
  const drawing = chart(6 + rows.length * 14, "Shares of the controls"), x = d3.scaleLinear([0, 1], [140, W - 5]);
  rows.forEach((row, r) => {
    write(drawing, 0, 12 + r * 14, row.name);
    if (!row.shares.some(Number.isFinite)) { write(drawing, 140, 12 + r * 14, "not analysed here"); return; }
    const ends = d3.cumsum(row.shares); // what is missing counts as none
    outlined(drawing, row.shares).attr("x", (share, i) => x(ends[i] - (share || 0))).attr("width", (share) => x(share || 0) - x(0)).attr("y", 3 + r * 14).attr("height", 11).attr("fill", (_, i) => f.controlColours[i]);
  });
  return "<h3>Shares of the ridge coefficients</h3>" + markup(drawing) + legend(f.controls, f.controlColours)
    + table(["", ...f.controls], rows.map((row) => [row.name, ...row.shares.map((share) => digits(share, 0.001))]), "Numbers");
}
function driversChart(s, cell) { // of the region of the cell
  const f = s.facts.drivers, list = s.names.find((one) => one.title === f?.of), region = list && nameOf(list, s, cell);
  if (!f) return "";
  const effects = f.regions[region], colours = ["#3182bd", "#a6611a"], rows = d3.cross(d3.range(f.terms.length), d3.range(f.responses.length));
  const models = d3.cross(d3.range(f.scales.length), d3.range(f.layers.length)).filter(([p, d]) => effects?.[p][d].flat(2).some(Number.isFinite)), nameOfModel = ([p, d]) => `${f.scales[p]}, ${f.layers[d]}`;
  if (!models.length) return nothing(`Drivers in ${region || "this region"}`);
  const [p, d] = models[0], all = effects[p][d], get = ([t, r]) => all[r][t], [low, high] = d3.extent(all.flat(2));
  const x = d3.scaleLinear([Math.min(0, low), Math.max(0, high)], [100, W - 10]).nice(), y = ([t, r]) => 14 + t * 22 + r * 8, drawing = chart(f.terms.length * 22 + 24, "Effects of the drivers with intervals");
  level(drawing, x, f.terms.length * 22 + 6, x.ticks(5), -f.terms.length * 22);
  f.terms.forEach((term, t) => write(drawing, 0, 21 + t * 22, term));
  const marks = drawing.append("g").selectAll("g").data(rows.filter((row) => Number.isFinite(get(row)[0]))).join("g").style("stroke", ([, r]) => colours[r]).style("fill", ([, r]) => colours[r]);
  marks.append("line").attr("stroke-width", 2).attr("x1", (row) => x(get(row)[1])).attr("x2", (row) => x(get(row)[2])).attr("y1", y).attr("y2", y);
  marks.append("circle").attr("r", 2.5).attr("cx", (row) => x(get(row)[0])).attr("cy", y);
  const response = { P: "precipitation", SM: "soil moisture" }, said = ([mean, least, most]) => Number.isFinite(mean) ? `${digits(mean, 0.001)} <span class="one">[${digits(least, 0.001)}, ${digits(most, 0.001)}]</span>` : "missing";
  return `<h3>Drivers in ${region}, ${nameOfModel(models[0])}: effect with 90 % interval, standard deviations per standard deviation</h3>` + markup(drawing) + legend(f.responses.map((name) => `on ${response[name] || name}`), colours)
    + models.map(([p, d]) => table([nameOfModel([p, d]), ...f.responses.map((name) => response[name] || name)], f.terms.map((term, t) => [term, ...f.responses.map((_, r) => said(effects[p][d][r][t]))]), `Numbers, ${nameOfModel([p, d])}`)).join("");
}
