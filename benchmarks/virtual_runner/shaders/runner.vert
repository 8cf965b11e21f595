#version 330
uniform mat4 view_projection;
uniform mat4 light_projection;
in vec3 position;
in vec3 normal;
in vec4 colour;
in vec3 rest;
in float inside;
out vec3 world;
out vec3 world_normal;
out vec4 base;
out vec3 rest_position;
out float inside_garment;
out vec4 light_position;

void main() {
  world = position;
  world_normal = normal;
  base = colour;
  rest_position = rest;
  inside_garment = inside;
  light_position = light_projection * vec4(position, 1);
  gl_Position = view_projection * vec4(position, 1);
}
