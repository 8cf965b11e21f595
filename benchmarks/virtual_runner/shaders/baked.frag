// The still scene, taken from the two pictures made of it beforehand; only the runner's shadow is new.
uniform sampler2D lit_picture;
uniform sampler2D unlit_picture;
in vec3 world;
in vec3 world_normal;
in vec4 base;
in vec4 light_position;
out vec4 result;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy);
  result = texelFetch(lit_picture, pixel, 0);
#if SHADOWED
  result = mix(texelFetch(unlit_picture, pixel, 0), result, shadow(light_position, .0015));
#endif
}
