// LIVE 0: drawn beforehand, once without and once with the key light; 1: drawn in each frame, with its shadows.
uniform float key_light;      // 0 or 1, only when drawn beforehand
uniform float backdrop_gain;  // of walls and trees
uniform float belt;           // metres the belt has run
in vec4 light_position;
in vec3 world;
in vec3 world_normal;
in vec4 base;              // a = surface number
out vec4 result;

vec3 wall(vec3 albedo) {
  vec2 q = vec2(world.x + world.y * .37, world.z);
  albedo *= .90 + .12 * four_octaves(world * .9) + .05 * four_octaves(world * 9.);
  if (fract(q.x / 1.6) < .012) albedo *= .80;
  if (q.y < .13) albedo = vec3(.30, .29, .28);
  if (q.y > 2.05 && q.y < 2.12) albedo *= .75;
  return albedo;
}

vec3 planks(vec3 albedo) {
  float plank = floor(world.y / .14);
  float board = hash(vec3(plank, floor((world.x + plank * .7) / 1.3), 1.));
  albedo *= .80 + .25 * board + .15 * (four_octaves(vec3(world.x * 2., world.y * 40., 0.)) - .4);
  return fract(world.y / .14) < .03 ? albedo * .7 : albedo;
}

vec3 grass(vec3 albedo) {
  return albedo * (.75 + .5 * four_octaves(vec3(world.xy * 18., 0.)) + .2 * noise(vec3(world.xy * 90., 2.)));
}

vec3 running_track(vec3 albedo) {
  albedo *= .82 + .3 * noise(vec3(world.xy * 70., 0.)) + .12 * (four_octaves(vec3(world.xy * 1.5, 5.)) - .4);
  return abs(fract((world.y + .61) / 1.22) - .5) > .48 ? vec3(.78) : albedo;
}

vec3 trees_and_sky() {
  float edge = 2.2 + 2.2 * four_octaves(world * vec3(.7, .7, 1.1)) + .8 * noise(world * vec3(3, 3, 0));
  vec3 leaves = vec3(.10, .19, .07) * (.5 + 1.3 * four_octaves(world * 6.));
  vec3 sky = vec3(.60, .74, .90) * (1. - .04 * world.z);
  return mix(leaves, sky, smoothstep(edge - .12, edge + .12, world.z));
}

vec3 paving(vec3 albedo) {
  vec2 q = fract(world.xy / vec2(.9, .6));
  albedo *= .85 + .2 * four_octaves(vec3(world.xy * 6., 1.)) + .1 * noise(vec3(world.xy * 80., 0.));
  return q.x < .015 || q.y < .02 ? albedo * .7 : albedo;
}

vec3 running_belt(vec3 albedo) {
  float along = world.x + belt;
  albedo *= .85 + .25 * noise(vec3(along * 90., world.y * 90., 0.));
  return fract(along / 2.9) < .012 ? vec3(.5) : albedo;
}

void main() {
  vec3 N = normalize(world_normal), V = normalize(eye - world), albedo = base.rgb;
  int surface = int(base.a + .5);
  float gloss = .03;
  if (surface == TREES) {
    result = vec4(tone(trees_and_sky() * 1.05 * backdrop_gain), 1.);
    return;
  }
  if (surface == WALL) albedo = wall(albedo) * backdrop_gain;
  else if (surface == BACKDROP) albedo *= backdrop_gain;
  else if (surface == PLANKS) { albedo = planks(albedo); gloss = .10; }
  else if (surface == GRASS) albedo = grass(albedo);
  else if (surface == TRACK) albedo = running_track(albedo);
  else if (surface == PLASTIC) { albedo *= .95; gloss = .25; }
  else if (surface == PAVING) albedo = paving(albedo);
#if LIVE
  else if (surface == BELT) albedo = running_belt(albedo);
  float lit = surface == WALL || surface == BACKDROP ? 1. : shadow(light_position, .0015);
#else
  float lit = key_light;
#endif
  result = vec4(tone(shade(albedo, N, V, lit, gloss, 0.)), 1.);
}
