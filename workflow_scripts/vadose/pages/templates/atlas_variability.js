// The panel of a cell, study A.
function seriesChart(s, cell) {
  const f = s.facts, n = f.layers.length, get = (y, d) => value(s, "series", y * n + d, cell);
  const lines = f.layers.map((_, d) => f.years.map((year, y) => [year, get(y, d)])), most = d3.max(lines.flat(), ([, x]) => x), span = d3.extent(f.years);
  if (most === undefined) return "<h3>Annual soil moisture</h3><p class='soft'>No complete year.</p>";
  const drawing = chart(185, "Annual soil moisture of each layer");
  curves(drawing, lines, span, [0, most * 1.05], d3.ticks(...span, 6).filter(Number.isInteger), [165, 16], "kg m⁻²", f.layerColours);
  return "<h3>Annual soil moisture by layer (gaps: incomplete years)</h3>" + markup(drawing) + legend(f.layers, f.layerColours)
    + table(["year", ...f.layers], f.years.map((year, y) => [year, ...f.layers.map((_, d) => digits(get(y, d), 0.1))]), "Numbers, kg m⁻²");
}
function slopeChart(s, cell) {
  const f = s.facts, count = s.arrays.slope.shape[1];
  const rows = f.periods.map((period, p) => ({ period, slope: value(s, "slope", p * count, cell), low: value(s, "interval", 2 * p, cell), high: value(s, "interval", 2 * p + 1, cell), p: value(s, "p", p, cell), field: value(s, "trend_rejected", p * count, cell) === 1 }));
  const most = d3.max(rows.flatMap((r) => [r.slope, r.low, r.high]), Math.abs);
  if (most === undefined) return nothing("Trend of the total");
  const reach = Math.max(most, 0.01) * 1.1, x = d3.scaleLinear([-reach, reach], [90, W - 10]), high = 24 * rows.length + 30;
  const drawing = chart(high, "Sen's slope with interval by period"), at = (_, i) => 16 + 24 * i;
  level(drawing, x, high - 22, x.ticks(5), 26 - high);
  rows.forEach((r, i) => drawing.append("text").attr("y", at(r, i) + 4).text(spans(r.period)));
  drawing.append("g").selectAll("line").data(rows).join("line").filter((r) => Number.isFinite(r.low + r.high)).attr("class", "ink").attr("x1", (r) => x(r.low)).attr("x2", (r) => x(r.high)).attr("y1", (r) => at(r, rows.indexOf(r))).attr("y2", (r) => at(r, rows.indexOf(r)));
  drawing.append("g").selectAll("circle").data(rows.filter((r) => Number.isFinite(r.slope))).join("circle").attr("cx", (r) => x(r.slope)).attr("cy", (r) => at(r, rows.indexOf(r))).attr("r", 5).attr("fill", "var(--mark)");
  return "<h3>Trend of the total: Sen's slope, 95 % interval, kg m⁻² yr⁻¹</h3>" + markup(drawing)
    + `<table><thead><tr><th>period</th><td>slope</td><td>interval</td><td>p, ${f.test}</td><td>field-significant</td></tr></thead><tbody>` + rows.map((r) => `<tr data-period="${r.period}"><th scope="row">${spans(r.period)}</th><td data-slope="${r.slope}">${digits(r.slope, 0.001)}</td><td>${digits(r.low, 0.001)} to ${digits(r.high, 0.001)}</td><td>${chance(r.p)}</td><td>${r.field ? "yes" : "no"}</td></tr>`).join("") + "</tbody></table>";
}
function calendarChart(s, cell) {
  const f = s.facts, months = "JFMAMJJASOND", rows = f.seasons.length;
  const get = (m, k) => value(s, "calendar", m * rows + k, cell);
  if (!Number.isFinite(get(0, 0))) return "<h3>Season calendar</h3><p class='soft'>No complete year.</p>";
  const drawing = chart(20 + rows * 20, "Season calendar"), squares = f.seasons.flatMap((_, k) => [...months].map((_, m) => ({ m, k, share: get(m, k) })));
  outlined(drawing, squares).attr("x", ({ m }) => 100 + m * 22).attr("y", ({ k }) => 16 + k * 20).attr("width", 20).attr("height", 18)
    .attr("fill", ({ k }) => f.seasonColours[k]).attr("fill-opacity", ({ share }) => Math.max(0.04, share).toFixed(2)).append("title").text(({ share }) => `${Math.round(100 * share)} % of years`);
  f.seasons.forEach((name, k) => write(drawing, 0, 29 + k * 20, name));
  [...months].forEach((name, m) => write(drawing, 110 + m * 22, 11, name, "middle"));
  return "<h3>Season calendar: how often a month belongs to a season</h3>" + markup(drawing)
    + table(["month", ...f.seasons], [...months].map((m, i) => [`${i + 1} ${m}`, ...f.seasons.map((_, k) => Math.round(100 * get(i, k)) + " %")]), "Numbers");
}
function contributionChart(s, cell) {
  const f = s.facts, n = f.terms.length, width = n + f.marginals.length, layers = f.layers.length, seasons = f.seasons.length;
  return f.periods.map((period, p) => {
    const get = (t) => value(s, "contribution", p * width + t, cell);
    if (!Number.isFinite(get(0))) return nothing(`Contributions to the variance ${spans(period)}`);
    const all = Array.from({ length: n }, (_, t) => get(t)), w = (W - LEFT - 4) / n, drawing = chart(140, `Contributions of ${n} terms`);
    const y = d3.scaleLinear([Math.min(0, ...all), Math.max(...all, 0.01)], [110, 14]), x = (t) => LEFT + t * w + (t >= n / 2 ? 4 : 0);
    upright(drawing, y, LEFT, W, 3, (tick) => `${brief(100 * tick)} %`);
    outlined(drawing, all).attr("x", (_, t) => x(t)).attr("width", w - 1).attr("y", (v) => Math.min(y(v), y(0))).attr("height", (v) => Math.max(0.5, Math.abs(y(v) - y(0))))
      .attr("fill", (_, t) => f.layerColours[t % layers]).append("title").text((v, t) => `${f.terms[t]}: ${digits(100 * v, 0.01)} %`);
    all.forEach((_, t) => { if (t % layers === 0) write(drawing, x(t), 123, f.seasons[t / layers % seasons].split(" ")[0]); });
    f.dynamics.forEach((name, c) => write(drawing, x(c * n / 2), 136, name));
    return `<h3>Contributions to the variance ${spans(period)}</h3>` + markup(drawing) + legend(f.layers, f.layerColours)
      + table(["part", "share"], [...f.marginals.map((name, m) => [name, digits(100 * get(n + m), 0.01) + " %"]), ...f.terms.map((name, t) => [name, digits(100 * all[t], 0.01) + " %"])], "Numbers");
  }).join("");
}
function productivityTable(s, cell) {
  if (!s.arrays.r) return "";
  const f = s.facts;
  return "<h3>Correlation with annual productivity</h3>" + table(["soil moisture of", ...f.detrend.map((d) => d === "none" ? "r" : `r, ${d}ly detrended`)], f.correlations.map((name, i) => [spans(name), ...f.detrend.map((_, k) => digits(value(s, "r", k * f.correlations.length + i, cell), 0.001))]), "Numbers", true);
}
