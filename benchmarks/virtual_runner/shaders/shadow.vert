#version 330
uniform mat4 light_projection;
in vec3 position;
in float inside;
out float inside_garment;

void main() {
  inside_garment = inside;
  gl_Position = light_projection * vec4(position, 1);
}
