// Equal Earth (Savric, Patterson, Jenny 2018, doi:10.1080/13658816.2018.1504949), turned so that the middle of the view
// is its straight meridian: every area is true, and the date line is nowhere. Rows of pixels are parallels.
const RADIANS = Math.PI / 180, A = [1.340264, -0.081106, 0.000893, 0.003796], TOP = 1.3173627591574133, HALF = 2.7066299836960748;
const upward = (t) => t * (A[0] + A[1] * t ** 2 + t ** 6 * (A[2] + A[3] * t ** 2));
const slope = (t) => A[0] + 3 * A[1] * t ** 2 + t ** 6 * (7 * A[2] + 9 * A[3] * t ** 2);
const parameter = (lat) => Math.asin(Math.sqrt(3) / 2 * Math.sin(lat * RADIANS));
const across = (t) => 2 * Math.cos(t) / (Math.sqrt(3) * slope(t)); // per radian of longitude
const upOf = (lat) => upward(parameter(lat));
function parameterAt(y) { // Newton
  let t = y;
  for (let i = 0; i < 12; i++) { const step = (upward(t) - y) / slope(t); t -= step; if (Math.abs(step) < 1e-10) break; }
  return t;
}
const latOf = (t) => Math.asin(Math.max(-1, Math.min(1, 2 / Math.sqrt(3) * Math.sin(t)))) / RADIANS;
const DEEPEST = 60;

// The view of a canvas: pixels per unit, middle; the latitude of the middle stays where the canvas is full.
function viewOf(width) {
  const [south, north] = extent(state.study), tall = upOf(north) - upOf(south), scale = width / (2 * HALF) * state.zoom;
  const height = Math.round(width * tall / (2 * HALF)), half = height / 2 / scale;
  const y = Math.max(upOf(south) + half, Math.min(upOf(north) - half, upOf(state.lat)));
  state.zoom = Math.max(1, Math.min(DEEPEST, state.zoom)); state.lon = lon180(state.lon); state.lat = latOf(parameterAt(y));
  return { width, height, scale, y };
}
function pixelOf(view, lat, lon) { // on the side of the middle on which the place is nearer
  const t = parameter(lat);
  return [view.width / 2 + view.scale * across(t) * lon180(lon - state.lon) * RADIANS, view.height / 2 - view.scale * (upward(t) - view.y)];
}
function placeOf(view, x, y) { // null beside the Earth
  const up = view.y + (view.height / 2 - y) / view.scale;
  if (Math.abs(up) > TOP) return null;
  const t = parameterAt(up), away = (x - view.width / 2) / (view.scale * across(t) * RADIANS);
  return Math.abs(away) > 180 ? null : { lat: latOf(t), lon: lon180(state.lon + away) };
}
function bringTo(view, lat, lon, x, y) { // turn and shift the Earth so that a place comes to lie at a pixel
  const t = parameter(lat), up = upward(t) - (view.height / 2 - y) / view.scale;
  state.lat = latOf(parameterAt(Math.max(-TOP, Math.min(TOP, up))));
  state.lon = lon180(lon - (x - view.width / 2) / (view.scale * across(t) * RADIANS));
}
