#version 330
uniform mat4 view_projection;
uniform mat4 light_projection;
in vec3 position;
in vec3 normal;
in vec4 colour;
out vec3 world;
out vec3 world_normal;
out vec4 base;
out vec4 light_position;

void main() {
  world = position;
  world_normal = normal;
  base = colour;
  light_position = light_projection * vec4(position, 1);
  gl_Position = view_projection * vec4(position, 1);
}
