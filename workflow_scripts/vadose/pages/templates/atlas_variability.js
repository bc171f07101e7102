// The panel of a cell, study A.
function seriesChart(s, cell) {
  const f = s.facts, n = f.layers.length, get = (y, d) => value(s, "series", y * n + d, cell);
  const all = finite(f.years.flatMap((_, y) => f.layers.map((_, d) => get(y, d))));
  if (!all.length) return "<h3>Annual soil moisture</h3><p class='soft'>No complete year.</p>";
  const a = axes(0, Math.max(...all) * 1.05, nice(f.years[0], f.years.at(-1), 6).filter(Number.isInteger), [f.years[0], f.years.at(-1)], 16, 165, "kg m⁻²");
  const lines = f.layers.map((_, d) => `<path d="${line(f.years.map((year, y) => [a.x(year), a.y(get(y, d))]))}" fill="none" style="stroke: ${lifted(f.layerColours[d])}" stroke-width="2"/>`).join("");
  return "<h3>Annual soil moisture by layer (gaps: incomplete years)</h3>" + svg(185, a.frame + lines, "Annual soil moisture of each layer") + legend(f.layers, f.layerColours, lifted)
    + table(["year", ...f.layers], f.years.map((year, y) => [year, ...f.layers.map((_, d) => digits(get(y, d), 0.1))]), "Numbers, kg m⁻²");
}
function slopeChart(s, cell) {
  const f = s.facts, count = s.arrays.slope.shape[1];
  const rows = f.periods.map((period, p) => ({ period, slope: value(s, "slope", p * count, cell), low: value(s, "interval", 2 * p, cell), high: value(s, "interval", 2 * p + 1, cell), p: value(s, "p", p, cell), field: value(s, "trend_rejected", p * count, cell) === 1 }));
  const all = finite(rows.flatMap((r) => [r.slope, r.low, r.high]));
  if (!all.length) return nothing("Trend of the total");
  const reach = Math.max(...all.map(Math.abs), 0.01) * 1.1, x = (v) => 90 + (v + reach) / (2 * reach) * (W - 100), high = 24 * rows.length + 30;
  const ticks = nice(-reach, reach, 5).map((t) => `<path class="axis" d="M${x(t)} 4V${high - 22}"/><text class="soft" x="${x(t)}" y="${high - 10}" text-anchor="middle">${String(t).replace("-", "−")}</text>`).join("");
  const bars = rows.map((r, i) => `<text x="0" y="${20 + 24 * i}">${spans(r.period)}</text>` + (Number.isFinite(r.low) && Number.isFinite(r.high) ? `<path class="ink" stroke-width="2" d="M${x(r.low)} ${16 + 24 * i}H${x(r.high)}"/>` : "") + (Number.isFinite(r.slope) ? `<circle cx="${x(r.slope)}" cy="${16 + 24 * i}" r="5" fill="#c2185b"/>` : "")).join("");
  return "<h3>Trend of the total: Sen's slope, 95 % interval, kg m⁻² yr⁻¹</h3>" + svg(high, ticks + bars, "Sen's slope with interval by period")
    + `<table><thead><tr><th>period</th><td>slope</td><td>interval</td><td>p, ${f.test.replaceAll("_", " ")} test</td><td>field-significant</td></tr></thead><tbody>` + rows.map((r) => `<tr data-period="${r.period}"><th scope="row">${spans(r.period)}</th><td data-slope="${r.slope}">${digits(r.slope, 0.001)}</td><td>${digits(r.low, 0.001)} to ${digits(r.high, 0.001)}</td><td>${chance(r.p)}</td><td>${r.field ? "yes" : "no"}</td></tr>`).join("") + "</tbody></table>";
}
function calendarChart(s, cell) {
  const f = s.facts, months = "JFMAMJJASOND", rows = f.seasons.length;
  const get = (m, k) => value(s, "calendar", m * rows + k, cell);
  if (!Number.isFinite(get(0, 0))) return "<h3>Season calendar</h3><p class='soft'>No complete year.</p>";
  const cells = f.seasons.map((_, k) => [...months].map((_, m) => `<rect x="${100 + m * 22}" y="${16 + k * 20}" width="20" height="18" fill="${f.seasonColours[k]}" opacity="${Math.max(0.04, get(m, k)).toFixed(2)}"><title>${Math.round(100 * get(m, k))} % of years</title></rect>`).join("") + `<text class="soft" x="0" y="${29 + k * 20}">${f.seasons[k]}</text>`).join("");
  const head = [...months].map((m, i) => `<text class="soft" x="${110 + i * 22}" y="11" text-anchor="middle">${m}</text>`).join("");
  return "<h3>Season calendar: how often a month belongs to a season</h3>" + svg(20 + rows * 20, head + cells, "Season calendar")
    + table(["month", ...f.seasons], [...months].map((m, i) => [`${i + 1} ${m}`, ...f.seasons.map((_, k) => Math.round(100 * get(i, k)) + " %")]), "Numbers");
}
function contributionChart(s, cell) {
  const f = s.facts, n = f.terms.length, width = n + f.marginals.length, layers = f.layers.length, seasons = f.seasons.length;
  return f.periods.map((period, p) => {
    const get = (t) => value(s, "contribution", p * width + t, cell);
    if (!Number.isFinite(get(0))) return nothing(`Contributions to the variance ${spans(period)}`);
    const all = Array.from({ length: n }, (_, t) => get(t)), reach = Math.max(...all, 0.01), low = Math.min(0, ...all);
    const y = (v) => 110 - (v - low) / (reach - low) * 96, w = (W - 46) / n;
    const bars = all.map((v, t) => {
      const k = Math.floor(t / layers) % seasons, d = t % layers, c = Math.floor(t / layers / seasons), x = 42 + t * w + (c ? 4 : 0);
      return `<rect x="${x.toFixed(1)}" y="${Math.min(y(v), y(0)).toFixed(1)}" width="${(w - 1).toFixed(1)}" height="${Math.max(0.5, Math.abs(y(v) - y(0))).toFixed(1)}" fill="${f.layerColours[d]}"><title>${f.terms[t]}: ${digits(100 * v, 0.01)} %</title></rect>` + (d === 0 ? `<text class="soft" x="${x.toFixed(1)}" y="123">${f.seasons[k].split(" ")[0]}</text>` : "");
    }).join("");
    const grid = nice(100 * low, 100 * reach, 3).map((t) => `<path class="axis" d="M42 ${y(t / 100)}H${W}"/><text class="soft" x="38" y="${y(t / 100) + 3}" text-anchor="end">${t} %</text>`).join("");
    const names = f.dynamics.map((name, c) => `<text class="soft" x="${42 + c * (n / 2 * w + 4)}" y="136">${name}</text>`).join("");
    return `<h3>Contributions to the variance ${spans(period)}</h3>` + svg(140, grid + bars + names, `Contributions of ${n} terms`) + legend(f.layers, f.layerColours)
      + table(["part", "share"], [...f.marginals.map((name, m) => [name, digits(100 * get(n + m), 0.01) + " %"]), ...f.terms.map((name, t) => [name, digits(100 * all[t], 0.01) + " %"])], "Numbers");
  }).join("");
}
function productivityTable(s, cell) {
  if (!s.arrays.r) return "";
  const f = s.facts;
  return "<h3>Correlation with annual productivity</h3>" + table(["soil moisture of", ...f.detrend.map((d) => d === "none" ? "r" : `r, ${d}ly detrended`)], f.correlations.map((name, i) => [spans(name), ...f.detrend.map((_, k) => digits(value(s, "r", k * f.correlations.length + i, cell), 0.001))]), "Numbers", true);
}
