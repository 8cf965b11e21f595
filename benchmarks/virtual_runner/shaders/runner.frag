in vec3 world;
in vec3 world_normal;
in vec4 base;              // a = 2 where hair grows
in vec3 rest_position;     // textures stick to the body
in float inside_garment;   // metres from the hem, cut away below 0
in vec4 light_position;
out vec4 result;

void main() {
  if (inside_garment < 0.) discard;
  vec3 N = normalize(world_normal), V = normalize(eye - world), r = rest_position;
  if (dot(N, V) < 0.) N = -N;
  vec3 albedo = base.rgb;
  float gloss = .06, wrap = .25;
#if MATERIAL == SKIN
  float hair = clamp(base.a - 1., 0., 1.);
  albedo *= mix(.95 + .08 * noise(r * 60.), .55 + .75 * noise(r * vec3(170, 170, 55)), hair);
  gloss = .10;
  wrap = .35;
#elif MATERIAL == CLOTH
  float folds = two_octaves(r * vec3(14, 14, 7) + 3.), weave = two_octaves(r * 13. + 7.);
  N = normalize(N + .6 * vec3(folds - .37, weave - .37, folds * weave - .14));
  albedo *= .9 + .25 * folds;
  gloss = .02;
#elif MATERIAL == SHOE
  albedo *= .9 + .2 * noise(r * 300.);
  gloss = .08;
#elif MATERIAL == EYE
  gloss = .5;
#endif
  float lit = shadow(light_position, .0022);
  result = vec4(tone(shade(albedo, N, V, lit, gloss, wrap)), 1.);
}
