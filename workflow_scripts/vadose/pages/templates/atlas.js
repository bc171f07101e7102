// The atlas: unpacks the numbers, draws map, colour bar and the panel of a cell. No library, no network; works from a file.
"use strict";
(async () => {
  const $ = (id) => document.getElementById(id);
  const index = JSON.parse($("index").textContent);
  const stopped = (words) => { $("readout").textContent = words; document.documentElement.dataset.ready = "failed"; };
  if (typeof DecompressionStream === "undefined") return stopped("This browser is too old for the atlas: it needs DecompressionStream (Chrome 80, Firefox 113, Safari 16.4 or newer).");
  const text = atob($("blob").textContent.trim());
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const bytes = new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
  $("blob").remove();

  // ---- numbers -------------------------------------------------------------------------------------------------
  for (const study of index.studies) {
    study.byName = {};
    for (const [name, array] of Object.entries(study.arrays)) {
      const count = array.columns * study.cells;
      if (array.kind === "u1") array.values = bytes.subarray(array.at, array.at + count);
      else {
        array.values = new Int16Array(count);
        const low = bytes.subarray(array.at, array.at + count), high = bytes.subarray(array.at + count, array.at + 2 * count);
        for (let i = 0; i < count; i++) array.values[i] = low[i] | (high[i] << 8);
      }
      array.missing = array.kind === "u1" ? 255 : -32768;
    }
    study.where = new Map();
    study.lat.forEach((lat, i) => study.where.set(key(study, lat, study.lon[i]), i));
  }
  function key(study, lat, lon) { return Math.floor((lat + 90) / study.spacing) * 100000 + Math.floor((lon + 180) / study.spacing); }
  function value(study, name, column, cell) {
    const array = study.arrays[name], steps = array.values[column * study.cells + cell];
    return steps === array.missing ? NaN : steps * array.step;
  }
  const land = (() => {
    const { at, rows, columns } = index.land;
    return { rows, columns, is: (r, c) => { const i = r * columns + c; return (bytes[at + (i >> 3)] >> (7 - (i & 7))) & 1; } };
  })();
  const places = (step) => Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const signed = (text) => (/^-0\.?0*$/.test(text) ? text.slice(1) : text).replace("-", "−");
  const digits = (x, step) => Number.isFinite(x) ? signed(x.toFixed(places(step))) : "missing"; // as many places in every row
  const brief = (x) => signed((+x.toFixed(6)).toString()); // for ticks
  const chance = (p) => p === 0 ? "< 0.0001" : digits(p, 0.0001);
  const spans = (text) => text.replace(/(\d)-(\d)/g, "$1–$2"); // years and depths, as they are printed
  const place = (lat, lon) => `${Math.abs(lat)}° ${lat < 0 ? "S" : "N"}, ${Math.abs(lon)}° ${lon < 0 ? "W" : "E"}`;

  // ---- state, kept in the address ------------------------------------------------------------------------------
  const state = { study: index.studies[0], layer: index.studies[0].layers[0], cell: -1, mask: false, zoom: 1, lat: 0, lon: 0 };
  function readAddress() {
    const asked = new URLSearchParams(location.hash.slice(1));
    state.study = index.studies.find((s) => s.id === asked.get("study")) || (asked.get("layer") && index.studies.find((s) => s.layers.some((l) => l.id === asked.get("layer")))) || state.study;
    state.layer = state.study.layers.find((l) => l.id === asked.get("layer")) || (state.study.layers.includes(state.layer) ? state.layer : state.study.layers[0]);
    if (asked.has("mask")) state.mask = asked.get("mask") === "1";
    state.cell = -1;
    if (asked.has("cell")) {
      const [lat, lon] = asked.get("cell").split(",").map(Number);
      state.cell = state.study.where.get(key(state.study, lat, lon)) ?? -1;
    }
  }
  let writing = 0;
  const writeAddress = () => { clearTimeout(writing); writing = setTimeout(writeNow, 200); }; // browsers refuse hundreds of changes in a row
  function writeNow() {
    const parts = [`study=${state.study.id}`, `layer=${state.layer.id}`];
    if (state.mask) parts.push("mask=1");
    if (state.cell >= 0) parts.push(`cell=${state.study.lat[state.cell]},${state.study.lon[state.cell]}`);
    history.replaceState(null, "", "#" + parts.join("&"));
  }

  // ---- colours -------------------------------------------------------------------------------------------------
  function colour(scale, x) {
    if (!Number.isFinite(x)) return null;
    if (scale.codes) { const i = scale.codes.indexOf(Math.round(x)); return i < 0 ? null : scale.colours[i]; }
    const b = scale.bounds, n = b.length - 1;
    if (x < b[0]) return scale.ends[0];
    if (x > b[n]) return scale.ends[1];
    let i = 0;
    while (i < n - 1 && x >= b[i + 1]) i++;
    return scale.colours[i];
  }
  const named = (layer, x) => layer.scale.codes ? (layer.scale.names[layer.scale.codes.indexOf(Math.round(x))] || "missing")
    : digits(x, state.study.arrays[layer.array].step) + (Number.isFinite(x) && layer.unit ? " " + layer.unit : "");
  const significant = (layer, cell) => !layer.mask || value(state.study, layer.mask[0], layer.mask[1], cell) === 1;

  // ---- map -----------------------------------------------------------------------------------------------------
  const canvas = $("map"), pen = canvas.getContext("2d");
  const extent = () => state.study.id === "dependence" && Math.min(...state.study.lat) >= 0 ? [0, 90] : [-60, 90];
  function view() {
    const [south, north] = extent(), wide = 360 / state.zoom, high = (north - south) / state.zoom;
    const lon = Math.max(-180 + wide / 2, Math.min(180 - wide / 2, state.lon)), lat = Math.max(south + high / 2, Math.min(north - high / 2, state.lat));
    state.lon = lon; state.lat = lat;
    return { west: lon - wide / 2, north: lat + high / 2, wide, high };
  }
  function draw() {
    const [south, north] = extent(), ratio = window.devicePixelRatio || 1, width = canvas.clientWidth || 600;
    canvas.style.height = width * (north - south) / 360 + "px";
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(width * ratio * (north - south) / 360);
    const look = getComputedStyle(document.documentElement), v = view(), fx = canvas.width / v.wide, fy = canvas.height / v.high;
    const x = (lon) => (lon - v.west) * fx, y = (lat) => (v.north - lat) * fy;
    pen.fillStyle = look.getPropertyValue("--sea"); pen.fillRect(0, 0, canvas.width, canvas.height);
    const dx = 360 / land.columns, dy = 180 / land.rows;
    const first = Math.max(0, Math.floor((v.north - v.high + 90) / dy)), last = Math.min(land.rows - 1, Math.ceil((v.north + 90) / dy));
    const left = Math.max(0, Math.floor((v.west + 180) / dx)), right = Math.min(land.columns - 1, Math.ceil((v.west + v.wide + 180) / dx));
    pen.fillStyle = look.getPropertyValue("--land");
    for (let r = first; r <= last; r++) for (let c = left; c <= right; c++) if (land.is(r, c)) {
      let e = c; while (e < right && land.is(r, e + 1)) e++;
      const a = Math.floor(x(-180 + c * dx)), top = Math.floor(y(-90 + (r + 1) * dy));
      pen.fillRect(a, top, Math.ceil(x(-180 + (e + 1) * dx)) - a, Math.ceil(y(-90 + r * dy)) - top); c = e;
    }
    const s = state.study, h = s.spacing / 2;
    for (let i = 0; i < s.cells; i++) {
      const shade = colour(state.layer.scale, value(s, state.layer.array, state.layer.column, i));
      if (!shade) continue;
      const a = Math.floor(x(s.lon[i] - h)), top = Math.floor(y(s.lat[i] + h));
      pen.globalAlpha = state.mask && !significant(state.layer, i) ? 0.22 : 1;
      pen.fillStyle = shade; pen.fillRect(a, top, Math.ceil(x(s.lon[i] + h)) - a, Math.ceil(y(s.lat[i] - h)) - top);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = look.getPropertyValue("--coast"); pen.lineWidth = Math.max(1, 0.6 * ratio); pen.beginPath();
    for (let r = first; r <= last; r++) for (let c = left; c <= right; c++) {
      const here = land.is(r, c), lon = -180 + c * dx, lat = -90 + r * dy;
      if (c < land.columns - 1 && here !== land.is(r, c + 1)) { pen.moveTo(x(lon + dx), y(lat)); pen.lineTo(x(lon + dx), y(lat + dy)); }
      if (r < land.rows - 1 && here !== land.is(r + 1, c)) { pen.moveTo(x(lon), y(lat + dy)); pen.lineTo(x(lon + dx), y(lat + dy)); }
    }
    pen.stroke();
    if (state.cell >= 0) {
      const lon = s.lon[state.cell], lat = s.lat[state.cell], size = Math.max(s.spacing, 6 / fx * ratio);
      for (const [width, shade] of [[5 * ratio, "#fff"], [2.5 * ratio, "#c2185b"]]) {
        pen.lineWidth = width; pen.strokeStyle = shade; pen.strokeRect(x(lon - size / 2), y(lat + size / 2), size * fx, size * fy);
      }
    }
  }
  function bar() {
    const { scale, label } = state.layer;
    if (scale.codes) { $("bar").innerHTML = legend(scale.names, scale.colours); return; }
    const wide = Math.max(300, Math.min(640, $("bar").clientWidth || 600)), n = scale.colours.length, w = (wide - 40) / (n + 2), every = Math.ceil(n / (wide / 48));
    const boxes = [scale.ends[0], ...scale.colours, scale.ends[1]].map((shade, i) => `<rect x="${20 + i * w}" y="6" width="${w + 0.5}" height="12" fill="${shade}"/>`).join("");
    const ticks = scale.bounds.map((b, i) => i % every ? "" : `<text x="${20 + (i + 1) * w}" y="31" text-anchor="middle">${brief(b)}</text>`).join("");
    $("bar").innerHTML = `<svg viewBox="0 0 ${wide} 52" role="img" aria-label="Colour bar: ${label}">${boxes}${ticks}<text x="${wide / 2}" y="47" text-anchor="middle">${label}</text></svg>`;
  }
  const legend = (names, colours) => `<ul class="legend">${names.map((name, i) => `<li><i style="background:${colours[i]}"></i>${name}</li>`).join("")}</ul>`;
  function readout(cell) {
    const out = $("readout"), s = state.study, layer = state.layer;
    if (cell < 0) { out.textContent = spans(`${layer.group}: ${layer.name}`); out.dataset.value = ""; out.dataset.cell = ""; return; }
    const x = value(s, layer.array, layer.column, cell), sure = layer.mask && Number.isFinite(x) ? (significant(layer, cell) ? ", significant" : ", not significant") : "";
    out.textContent = spans(`${layer.group}, ${layer.name}`) + ` at ${place(s.lat[cell], s.lon[cell])}: ${named(layer, x)}${sure}`;
    out.dataset.value = Number.isFinite(x) ? String(x) : "missing"; out.dataset.cell = `${s.lat[cell]},${s.lon[cell]}`;
  }

  // ---- small charts --------------------------------------------------------------------------------------------
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
  const finite = (list) => list.filter(Number.isFinite);

  function seriesChart(s, cell) {
    const f = s.facts, n = f.layers.length, get = (y, d) => value(s, "series", y * n + d, cell);
    const all = finite(f.years.flatMap((_, y) => f.layers.map((_, d) => get(y, d))));
    if (!all.length) return "<h3>Annual soil moisture</h3><p class='soft'>No complete year.</p>";
    const a = axes(0, Math.max(...all) * 1.05, nice(f.years[0], f.years.at(-1), 6).filter(Number.isInteger), [f.years[0], f.years.at(-1)], 16, 165, "kg m⁻²");
    const lines = f.layers.map((_, d) => `<path d="${line(f.years.map((year, y) => [a.x(year), a.y(get(y, d))]))}" fill="none" stroke="${f.layerColours[d]}" stroke-width="2"/>`).join("");
    return "<h3>Annual soil moisture by layer (gaps: incomplete years)</h3>" + svg(185, a.frame + lines, "Annual soil moisture of each layer") + legend(f.layers, f.layerColours)
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
      return `<tr data-scale="${scale}" data-depth="${d + 1}"><th scope="row">${scale}, ${name}</th><td style="overflow-wrap: anywhere">${Number.isFinite(code) ? `${f.families[code]} <br>tau ${get(0)} ${f.trust[value(s, "trust", i, cell)]}` : "none"}</td><td data-tau="${value(s, "tau_b", i, cell)}">${digits(value(s, "tau_b", i, cell), 0.001)}${interval}</td><td>${get(1)}</td><td>${get(2)}</td></tr>`;
    })).join("");
    return `<h3>Copulas: family with its tau, Kendall's tau-b with 95 % interval, tail dependence</h3><table><thead><tr><th></th><td>family</td><td>tau-b</td><td>lower tail</td><td>upper tail</td></tr></thead><tbody>${rows}</tbody></table>`;
  }
  function lagChart(s, cell) {
    const f = s.facts, n = f.layers.length, m = f.lags.length;
    return f.annual_cycles.map((cycle, c) => {
      const get = (d, k) => value(s, "lag_tau", (c * n + d) * m + k, cell), all = finite(f.layers.flatMap((_, d) => f.lags.map((_, k) => get(d, k))));
      if (!all.length) return nothing(`Dependence by lag (months), annual cycle ${cycle}`);
      const a = axes(Math.min(0, ...all), Math.max(0.1, ...all), f.lags, [0, f.lags.at(-1)], 16, 110, "Kendall's tau-b");
      const lines = f.layers.map((_, d) => `<path d="${line(f.lags.map((lag, k) => [a.x(lag), a.y(get(d, k))]))}" fill="none" stroke="${f.layerColours[d]}" stroke-width="2"/>`).join("");
      return `<h3>Dependence by lag (months), annual cycle ${cycle}</h3>` + svg(128, a.frame + lines, "Kendall's tau by lag") + legend(f.layers, f.layerColours)
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
  function runsTable(s, cell) {
    const f = s.facts, rows = f.numbers.map((n) => [spans(n.name) + (n.unit ? `, ${n.unit}` : ""), ...f.runs.map((_, r) => digits(value(s, n.array, r, cell), s.arrays[n.array].step))]);
    return "<h3>Each run</h3>" + table(["", ...f.runs], rows, "Numbers", true);
  }
  function panel() {
    const s = state.study, cell = state.cell;
    if (cell < 0) { $("panel").innerHTML = "<h2>No cell chosen</h2><p class='soft'>Choose one on the map.</p>"; return; }
    const charts = { variability: [slopeChart, seriesChart, calendarChart, contributionChart, productivityTable], dependence: [copulaTable, pairsChart, lagChart, controlChart] };
    const parts = charts[s.id] || [runsTable];
    $("panel").innerHTML = `<h2>${place(s.lat[cell], s.lon[cell])}</h2><p class="soft">${s.title}; cell of ${s.spacing}°</p>` + parts.map((part) => part(s, cell)).join("");
  }

  // ---- choosing ------------------------------------------------------------------------------------------------
  const options = (select, items, chosen) => { select.innerHTML = items.map(([id, name]) => `<option value="${id}"${id === chosen ? " selected" : ""}>${name}</option>`).join(""); };
  function controls() {
    const s = state.study, groups = [...new Set(s.layers.map((l) => l.group))];
    options($("study"), index.studies.map((item) => [item.id, item.title]), s.id);
    options($("group"), groups.map((g) => [g, spans(g)]), state.layer.group);
    options($("layer"), s.layers.filter((l) => l.group === state.layer.group).map((l) => [l.id, spans(l.name)]), state.layer.id);
    $("mask").checked = state.mask; $("mask").disabled = !state.layer.mask;
    const steps = Object.entries(s.arrays).map(([name, a]) => `${name.replaceAll("_", " ")} ${brief(a.step)}`).join(", ");
    $("precision").innerHTML = `<summary>Rounding of the values</summary>All are rounded to whole steps: ${steps}.`;
    $("cells").textContent = `${s.every > 1 ? `To keep the page small it holds every ${s.every}th row and column: ${s.cells} of ${s.all} cells.` : `All ${s.cells} cells.`}`;
  }
  function show() { controls(); draw(); bar(); readout(state.cell); panel(); writeAddress(); }
  function choose(cell) { if (cell >= 0) { state.cell = cell; draw(); readout(cell); panel(); writeAddress(); } }
  $("study").onchange = (e) => { state.study = index.studies.find((s) => s.id === e.target.value); state.layer = state.study.layers[0]; state.cell = -1; show(); };
  $("group").onchange = (e) => { state.layer = state.study.layers.find((l) => l.group === e.target.value); show(); };
  $("layer").onchange = (e) => { state.layer = state.study.layers.find((l) => l.id === e.target.value); show(); };
  $("mask").onchange = (e) => { state.mask = e.target.checked; show(); };
  $("choice").onsubmit = (e) => e.preventDefault();
  function zoom(factor, lat, lon) { state.zoom = Math.max(1, Math.min(24, state.zoom * factor)); if (lat !== undefined) { state.lat = lat; state.lon = lon; } draw(); }
  $("zoom").onclick = (e) => { const way = e.target.dataset.zoom; if (way) zoom(way === "in" ? 1.6 : way === "out" ? 1 / 1.6 : 0, ...(state.cell >= 0 ? [state.study.lat[state.cell], state.study.lon[state.cell]] : [])); };
  function under(event) {
    const box = canvas.getBoundingClientRect(), v = view();
    const lon = v.west + (event.clientX - box.left) / box.width * v.wide, lat = v.north - (event.clientY - box.top) / box.height * v.high;
    return { lat, lon, cell: state.study.where.get(key(state.study, lat, lon)) ?? -1 };
  }
  let grabbed = null, moved = false;
  canvas.onpointerdown = (e) => { grabbed = { x: e.clientX, y: e.clientY, lat: state.lat, lon: state.lon }; moved = false; };
  canvas.onpointermove = (e) => {
    if (grabbed && state.zoom > 1 && Math.hypot(e.clientX - grabbed.x, e.clientY - grabbed.y) > 4) {
      const v = view(); moved = true;
      state.lon = grabbed.lon - (e.clientX - grabbed.x) / canvas.clientWidth * v.wide; state.lat = grabbed.lat + (e.clientY - grabbed.y) / canvas.clientHeight * v.high; draw();
    } else if (!grabbed) { const { cell } = under(e); readout(cell >= 0 ? cell : state.cell); }
  };
  canvas.onpointerup = (e) => { if (grabbed && !moved) choose(under(e).cell); grabbed = null; };
  canvas.onpointerleave = () => { grabbed = null; readout(state.cell); };
  canvas.addEventListener("wheel", (e) => { if (!e.ctrlKey && !e.metaKey && state.zoom === 1 && e.deltaY > 0) return; e.preventDefault(); const p = under(e); zoom(e.deltaY < 0 ? 1.25 : 0.8, p.lat, p.lon); }, { passive: false });
  function step(dLat, dLon) {
    const s = state.study;
    if (state.cell < 0) return choose(Math.floor(s.cells / 2));
    const lat = s.lat[state.cell], lon = s.lon[state.cell];
    for (let i = 1; i * s.spacing <= 360; i++) {  // the next cell straight ahead; the sea is jumped over
      const found = s.where.get(key(s, lat + i * dLat * s.spacing, ((lon + i * dLon * s.spacing + 540) % 360) - 180));
      if (found !== undefined && found !== state.cell) return choose(found);
    }
  }
  canvas.onkeydown = (e) => {
    const moves = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const layers = state.study.layers, at = layers.indexOf(state.layer);
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (moves[e.key]) step(...moves[e.key]);
    else if (e.key === "+" || e.key === "=" || e.key === "-" || e.key === "0") zoom(e.key === "-" ? 1 / 1.6 : e.key === "0" ? 0 : 1.6, ...(state.cell >= 0 ? [state.study.lat[state.cell], state.study.lon[state.cell]] : []));
    else if (e.key === "[" || e.key === "]") { state.layer = layers[(at + (e.key === "]" ? 1 : layers.length - 1)) % layers.length]; show(); }
    else return;
    e.preventDefault();
  };
  window.onhashchange = () => { clearTimeout(writing); readAddress(); show(); };
  window.onresize = () => { draw(); bar(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  readAddress(); show();
  document.documentElement.dataset.ready = "yes";
})();
