#version 330
in float inside_garment;

void main() {
  if (inside_garment < 0.) discard;
}
