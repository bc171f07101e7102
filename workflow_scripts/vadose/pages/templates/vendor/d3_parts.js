// What the atlas takes from d3. After a change: npm install with the packages named here and esbuild, then
//   npx esbuild d3_parts.js --bundle --minify --format=iife --global-name=d3 --legal-comments=none --outfile=bundle.js
// and put it in the place of the code in d3.min.js, whose head holds versions and licences.
export { bisectLeft, bisectRight, cross, cumsum, extent, least, max, mean, quantile, range, rollup, sum, ticks, tickStep } from "d3-array";
export { axisBottom, axisLeft } from "d3-axis";
export { rgb } from "d3-color";
export { drag } from "d3-drag";
export { geoCentroid, geoDistance, geoEqualEarth, geoEqualEarthRaw, geoGraticule, geoPath } from "d3-geo";
export { interpolateRgb } from "d3-interpolate";
export { scaleLinear } from "d3-scale";
export { create, pointers, select } from "d3-selection";
export { line } from "d3-shape";
export { zoom, zoomIdentity } from "d3-zoom";
