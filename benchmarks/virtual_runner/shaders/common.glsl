// Noise, shadow and light shared by all surfaces. Colours are linear; tone() turns them into screen values.
uniform vec3 sun;          // unit vector toward the key light
uniform vec3 sun_colour;
uniform vec3 sky_colour;   // ambient from above
uniform vec3 ground_colour; // ambient from below
uniform vec3 eye;
uniform sampler2DShadow shadow_map;

float hash(vec3 p) {
  p = fract(p * .1031);
  p += dot(p, p.zyx + 31.32);
  return fract((p.x + p.y) * p.z);
}

float noise(vec3 p) {
  vec3 i = floor(p), f = fract(p);
  f = f * f * (3. - 2. * f);
  vec2 o = vec2(0, 1);
  float low = mix(mix(hash(i), hash(i + o.yxx), f.x), mix(hash(i + o.xyx), hash(i + o.yyx), f.x), f.y);
  float high = mix(mix(hash(i + o.xxy), hash(i + o.yxy), f.x), mix(hash(i + o.xyy), hash(i + o.yyy), f.x), f.y);
  return mix(low, high, f.z);
}

float two_octaves(vec3 p) { return .5 * noise(p) + .25 * noise(p * 2.03); }

float four_octaves(vec3 p) { return two_octaves(p) + .125 * noise(p * 4.1) + .0625 * noise(p * 8.2); }

// 1 in the light, 0 in the shadow; four taps
float shadow(vec4 light_position, float bias) {
  vec3 q = light_position.xyz / light_position.w * .5 + .5;
  if (q.x < 0. || q.x > 1. || q.y < 0. || q.y > 1. || q.z > 1.) return 1.;
  const vec2 e = vec2(1.1, .45) / 1024.;
  q.z -= bias;
  float lit = texture(shadow_map, q + vec3(e, 0)) + texture(shadow_map, q + vec3(-e.y, e.x, 0));
  lit += texture(shadow_map, q + vec3(-e, 0)) + texture(shadow_map, q + vec3(e.y, -e.x, 0));
  return lit * .25;
}

vec3 shade(vec3 albedo, vec3 normal, vec3 view, float lit, float gloss, float wrap) {
  float key = max((dot(normal, sun) + wrap) / (1. + wrap), 0.);
  vec3 ambient = mix(ground_colour, sky_colour, .5 + .5 * normal.z);
  float highlight = gloss * pow(max(dot(normal, normalize(sun + view)), 0.), 24.) * lit;
  float rim = .10 * pow(1. - max(dot(normal, view), 0.), 3.);
  return albedo * (ambient + sun_colour * key * lit) + vec3(highlight) + albedo * rim;
}

vec3 tone(vec3 colour) { return pow(clamp(colour, 0., 1.), vec3(1. / 2.2)); }
