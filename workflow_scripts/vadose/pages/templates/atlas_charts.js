// Small charts and tables of which the panel of a cell is made; scales, axes and lines are those of d3.
const legend = (names, colours) => `<ul class="legend">${names.map((name, i) => `<li><i style="background:${colours[i]}"></i>${name}</li>`).join("")}</ul>`;
const W = 380, LEFT = 42;
const chart = (high, words, wide = W) => d3.create("svg").attr("viewBox", `0 0 ${wide} ${high}`).attr("role", "img").attr("aria-label", words);
const markup = (drawing) => drawing.node().outerHTML;
const write = (drawing, x, y, text, anchor = "start") => drawing.append("text").attr("class", "soft").attr("x", x).attr("y", y).attr("text-anchor", anchor).text(text);
const boxes = (drawing, data) => drawing.append("g").selectAll("rect").data(data).join("rect");
const outlined = (drawing, data) => { const drawn = boxes(drawing, data); drawn.attr("class", "outlined"); return drawn; }; // seen whatever colours page and box have
const upright = (drawing, y, left, right, count, print = brief) => drawing.append("g").attr("transform", `translate(${left})`).call(d3.axisLeft(y).ticks(count).tickSize(left - right).tickFormat(print));
const level = (drawing, x, at, ticks, size = 0, print = brief) => drawing.append("g").attr("transform", `translate(0,${at})`).call(d3.axisBottom(x).tickValues(ticks).tickSize(size).tickPadding(3).tickFormat(print));
function curves(drawing, lines, spanX, spanY, ticks, [bottom, top], unit, colours) { // lines are lists of [x, y], y may be missing
  const x = d3.scaleLinear(spanX, [LEFT, W - 10]), y = d3.scaleLinear(spanY, [bottom, top]);
  upright(drawing, y, LEFT, W - 10, 4); level(drawing, x, bottom, ticks); write(drawing, LEFT, top - 4, unit);
  const line = d3.line(([u]) => x(u), ([, v]) => y(v)).defined(([, v]) => Number.isFinite(v)).digits(1);
  for (const kind of ["casing", "colours"]) drawing.append("g").attr("class", `curves ${kind}`).selectAll("path").data(lines).join("path").attr("d", line).style("stroke", (_, i) => kind === "casing" ? null : colours[i]); // a light line shows on a light page
}
const table = (head, rows, words, shown = false) => `<details${shown ? " open" : ""}><summary>${words}</summary><table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${rows.map((row) => `<tr><th scope="row">${row[0]}</th>${row.slice(1).map((c) => `<td>${c}</td>`).join("")}</tr>`).join("")}</tbody></table></details>`;
const nothing = (title) => `<h3>${title}</h3><p class="soft">Not analysed here.</p>`;
