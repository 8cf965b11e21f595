uniform float belt;        // metres the belt has run
in vec3 world;
in vec3 world_normal;
in vec4 base;
in vec4 light_position;
out vec4 result;

void main() {
  float along = world.x + belt;
  vec3 albedo = base.rgb * (.85 + .25 * noise(vec3(along * 90., world.y * 90., 0.)));
  if (fract(along / 2.9) < .012) albedo = vec3(.5);  // the belt's seam
  float lit = shadow(light_position, .0015);
  result = vec4(tone(shade(albedo, world_normal, normalize(eye - world), lit, .03, 0.)), 1.);
}
