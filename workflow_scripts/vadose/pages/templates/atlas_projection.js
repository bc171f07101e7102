// Equal Earth (Savric, Patterson, Jenny 2018, doi:10.1080/13658816.2018.1504949) by d3-geo, turned so that the middle of
// the view is its straight meridian: every area is true, and the date line is nowhere.
const RADIANS = Math.PI / 180, EARTH = d3.geoEqualEarthRaw, HALF = EARTH(Math.PI, 0)[0], TOP = EARTH(0, Math.PI / 2)[1], DEEPEST = 60;
const upOf = (lat) => EARTH(0, lat * RADIANS)[1];
const latAt = (up) => EARTH.invert(0, Math.max(-TOP, Math.min(TOP, up)))[1] / RADIANS;
const across = (lat) => EARTH(RADIANS, lat * RADIANS)[0]; // per degree of longitude, the same all along a parallel

// The view of a canvas: pixels per unit, middle; the latitude of the middle stays where the canvas is full.
function viewOf(width) {
  const [south, north] = extent(state.study), tall = upOf(north) - upOf(south), scale = width / (2 * HALF) * state.zoom;
  const height = Math.round(width * tall / (2 * HALF)), half = height / 2 / scale;
  const y = Math.max(upOf(south) + half, Math.min(upOf(north) - half, upOf(state.lat)));
  state.zoom = Math.max(1, Math.min(DEEPEST, state.zoom)); state.lon = lon180(state.lon); state.lat = latAt(y);
  const projection = d3.geoEqualEarth().rotate([-state.lon, 0]).scale(scale).translate([width / 2, height / 2 + scale * y]);
  return { width, height, scale, y, projection };
}
const pixelOf = (view, lat, lon) => view.projection([lon, lat]);
function placeOf(view, x, y) { // null beside the Earth
  const up = view.y + (view.height / 2 - y) / view.scale, lat = latAt(up), away = (x - view.width / 2) / (view.scale * across(lat));
  return Math.abs(up) > TOP || Math.abs(away) > 180 ? null : { lat, lon: lon180(state.lon + away) };
}
function bringTo(view, lat, lon, x, y) { // turn and shift the Earth so that a place comes to lie at a pixel
  state.lat = latAt(upOf(lat) - (view.height / 2 - y) / view.scale);
  state.lon = lon180(lon - (x - view.width / 2) / (view.scale * across(lat)));
}
