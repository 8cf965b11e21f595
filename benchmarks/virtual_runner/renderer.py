"""Draws dressed people in a scene with moderngl, on any driver that provides an EGL context (software included).

With a still camera the scene is drawn twice beforehand, with and without the key light; each frame copies it and
blends the two in the people's shadows. Only the people, their shadows and the belt are drawn anew. With a moving
camera the whole scene is drawn in each frame.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import moderngl
import numpy as np

from .camera import Filming, Lens, look_at, orthographic
from .dressing import MATERIALS, DressedBody
from .maths import Array, Indices, unit
from .scenery import FAR_SURFACES, SURFACES, Light, Scenery
from .video import Image

SHADERS = Path(__file__).parent / "shaders"
SAMPLES = 4  # per pixel
SHADOW_PX = 1024
SHADOW_HALF_WIDTH_M = 1.5
SUN_DISTANCE_M, SHADOW_DEPTH_M = 6.0, 12.0
EMPTY = (0.6, 0.7, 0.8)

Layout = list[tuple[str, str]]
Buffers = list[tuple[moderngl.Buffer, Layout]]


def source(name: str, **defines: int) -> str:
    """A fragment shader preceded by all surface and material numbers and the common functions."""
    numbers = {**SURFACES, **MATERIALS, **defines}
    lines = [f"#define {key} {value}" for key, value in numbers.items()]
    return "\n".join(["#version 330", *lines, (SHADERS / "common.glsl").read_text(), (SHADERS / name).read_text()])


class Renderer:
    """One camera, one scene, one or more people."""

    def __init__(self, people: list[DressedBody], filming: Filming, scenery: Scenery, light: Light):
        first = filming.lens()
        self.size = (first.width_px, first.height_px)
        settings: dict[str, Any] = {"backend": "egl"}  # moderngl's own type hint asks for a dict
        self.context = moderngl.create_context(standalone=True, **settings)
        self.context.enable(moderngl.DEPTH_TEST)
        self.programs: list[moderngl.Program] = []
        self.sun = unit(np.array(light.sun)) * (1.0, filming.side, 1.0)
        self._make_targets()
        self._load_people(people)
        self.still = filming.still
        self._load_scene(scenery)
        self._set({"shadow_map": 0, "unlit_picture": 1, "lit_picture": 2, **asdict(light), "sun": self.sun})
        self._look(first)
        self.baked = self._bake() if self.still else []

    def close(self) -> None:
        self.context.release()

    # ---- loading

    def _make_targets(self) -> None:
        context = self.context
        self.canvas = context.framebuffer(
            [context.renderbuffer(self.size, 3, samples=SAMPLES)],
            context.depth_renderbuffer(self.size, samples=SAMPLES),
        )
        self.picture = context.framebuffer([context.renderbuffer(self.size, 3)])
        self.shadow_map = context.depth_texture((SHADOW_PX, SHADOW_PX))
        self.shadow_map.compare_func = "<="
        self.shadow_map.repeat_x = self.shadow_map.repeat_y = False
        self.shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.shadow_target = context.framebuffer(depth_attachment=self.shadow_map)

    def _program(self, vertex: str, fragment: str) -> moderngl.Program:
        program = self.context.program((SHADERS / vertex).read_text(), fragment)
        self.programs.append(program)
        return program

    def _vertex_array(self, program: moderngl.Program, buffers: Buffers, triangles: Indices) -> moderngl.VertexArray:
        """Attributes that the program does not use are skipped."""
        content: list[Any] = []
        for buffer, layout in buffers:
            formats = [f"{n}f" if name in program else f"{4 * int(n)}x" for n, name in layout]
            names = [name for _, name in layout if name in program]
            if names:
                content.append((buffer, " ".join(formats), *names))
        return self.context.vertex_array(program, content, self.context.buffer(triangles.astype("i4").tobytes()))

    def _load_people(self, people: list[DressedBody]) -> None:
        shadow = self._program("shadow.vert", (SHADERS / "shadow.frag").read_text())
        programs = {}
        for number in MATERIALS.values():
            programs[number] = self._program("runner.vert", source("runner.frag", MATERIAL=number))
        self.moving, self.people, self.shadow_casters = [], [], []
        for body in people:
            moving = self.context.buffer(reserve=len(body.vertices) * 24, dynamic=True)
            still = self.context.buffer(np.c_[body.colours, body.rest, body.inside_m].astype("f4").tobytes())
            buffers: Buffers = [
                (moving, [("3", "position"), ("3", "normal")]),
                (still, [("4", "colour"), ("3", "rest"), ("1", "inside")]),
            ]
            self.moving.append(moving)
            self.shadow_casters.append(self._vertex_array(shadow, buffers, body.triangles))
            for number in np.unique(body.material):
                triangles = body.triangles[body.material == number]
                self.people.append(self._vertex_array(programs[int(number)], buffers, triangles))

    def _load_scene(self, scene: Scenery) -> None:
        data = np.c_[scene.vertices, scene.normals, scene.colours].astype("f4").tobytes()
        buffers: Buffers = [(self.context.buffer(data), [("3", "position"), ("3", "normal"), ("4", "colour")])]
        whole = self._program("scene.vert", source("scene.frag", LIVE=int(not self.still)))
        self.whole_scene = self._vertex_array(whole, buffers, scene.triangles)
        self.scene = [self.whole_scene]
        if self.still:
            far, belt = np.isin(scene.surface, FAR_SURFACES), scene.surface == SURFACES["BELT"]
            layers = (
                (self._program("scene.vert", source("baked.frag", SHADOWED=0)), far),
                (self._program("scene.vert", source("baked.frag", SHADOWED=1)), ~far & ~belt),
                (self._program("scene.vert", source("belt.frag")), belt),
            )
            self.scene = [self._vertex_array(p, buffers, scene.triangles[mask]) for p, mask in layers if mask.any()]

    def _set(self, uniforms: dict[str, Any]) -> None:
        for program in self.programs:
            for name, value in uniforms.items():
                if name in program:
                    program[name] = value if isinstance(value, int | float) else tuple(value)

    def _set_matrix(self, name: str, matrix: Array) -> None:
        for program in self.programs:
            uniform = program.get(name, None)
            if isinstance(uniform, moderngl.Uniform):
                uniform.write(matrix.T.astype("f4").tobytes())

    def _look(self, lens: Lens) -> None:
        self._set({"eye": lens.eye})
        self._set_matrix("view_projection", lens.view_projection)

    def _bake(self) -> list[moderngl.Texture]:
        """Pictures of the scene without and with the key light."""
        pictures = []
        for key_light in (0.0, 1.0):
            self._set({"key_light": key_light})
            self.canvas.use()
            self.canvas.clear(*EMPTY)
            self.whole_scene.render()
            texture = self.context.texture(self.size, 3, alignment=1)
            self.context.copy_framebuffer(self.context.framebuffer([texture]), self.canvas)
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
            pictures.append(texture)
        return pictures

    # ---- drawing

    def frame(self, posed: list[Array], lens: Lens, belt_m: float, centre: Array) -> Image:
        """(height, width, 3) picture of the posed meshes (n, 6); ``centre``: roughly where shadows are wanted."""
        for buffer, mesh in zip(self.moving, posed, strict=True):
            buffer.write(mesh.astype("f4").tobytes())
        if not self.still:
            self._look(lens)
        self._cast_shadows(centre)
        self._set({"belt": belt_m})
        self.canvas.use()
        self.canvas.clear(*EMPTY)
        for unit_number, texture in enumerate((self.shadow_map, *self.baked)):
            texture.use(unit_number)
        for layer in (*self.scene, *self.people):
            layer.render()
        self.context.copy_framebuffer(self.picture, self.canvas)
        raw = np.frombuffer(self.picture.read(components=3, alignment=1), np.uint8)
        return raw.reshape(self.size[1], self.size[0], 3)[::-1]

    def _cast_shadows(self, centre: Array) -> None:
        light = orthographic(SHADOW_HALF_WIDTH_M, 0.1, SHADOW_DEPTH_M)
        self._set_matrix("light_projection", light @ look_at(centre + self.sun * SUN_DISTANCE_M, centre))
        self.shadow_target.use()
        self.shadow_target.clear(depth=1.0)
        for caster in self.shadow_casters:
            caster.render()
