"""Draws a dressed runner in a scene with moderngl, on any driver that gives an EGL context (also in software).

The still scene is drawn twice beforehand, with and without the key light; each frame copies it and mixes the two
in the runner's shadow. Only the runner, the shadow and the belt are drawn anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import moderngl
import numpy as np

from .camera import Lens, look_at, orthographic
from .dressing import MATERIALS, DressedBody
from .maths import Array, unit
from .scenery import FAR_SURFACES, LIGHTS, SURFACES, build

SHADERS = Path(__file__).parent / "shaders"
SAMPLES = 4
SHADOW_PX = 1024
SHADOW_HALF_WIDTH_M = 1.5
BACKDROP = (0.6, 0.7, 0.8)

Layout = list[tuple[str, str]]


def source(name: str, **defines: int) -> str:
    """A fragment shader with the common functions and all surface and material numbers before it."""
    numbers = {**SURFACES, **MATERIALS, **defines}
    lines = [f"#define {key} {value}" for key, value in numbers.items()]
    return "\n".join(["#version 330", *lines, (SHADERS / "common.glsl").read_text(), (SHADERS / name).read_text()])


class Renderer:
    """One lens, one scene, one runner."""

    def __init__(self, body: DressedBody, lens: Lens, scene: str):
        self.body, self.lens = body, lens
        self.context = moderngl.create_context(standalone=True, backend="egl")
        self.context.enable(moderngl.DEPTH_TEST)
        self.programs: list[moderngl.Program] = []
        self.camera_side = -1.0 if lens.eye[1] < -1 else 1.0
        light = LIGHTS[scene]
        self.sun = unit(np.array(light.sun)) * (1.0, self.camera_side, 1.0)
        self._make_targets()
        self._load_runner()
        self._load_scene(scene)
        uniforms = {"sun": self.sun, "eye": lens.eye, "shadow_map": 0, "unlit_picture": 1, "lit_picture": 2}
        for name in ("sun_colour", "sky_colour", "ground_colour"):
            uniforms[name] = getattr(light, name)
        self._set(uniforms)
        self._set_matrix("view_projection", lens.view_projection)
        self._bake()

    def close(self) -> None:
        self.context.release()

    # ---- loading

    def _make_targets(self) -> None:
        size, context = (self.lens.width_px, self.lens.height_px), self.context
        self.canvas = context.framebuffer(
            [context.renderbuffer(size, 3, samples=SAMPLES)], context.depth_renderbuffer(size, samples=SAMPLES)
        )
        self.picture = context.framebuffer([context.renderbuffer(size, 3)])
        self.shadow_map = context.depth_texture((SHADOW_PX, SHADOW_PX))
        self.shadow_map.compare_func = "<="
        self.shadow_map.repeat_x = self.shadow_map.repeat_y = False
        self.shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.shadow_target = context.framebuffer(depth_attachment=self.shadow_map)

    def _program(self, vertex: str, fragment: str) -> moderngl.Program:
        program = self.context.program((SHADERS / vertex).read_text(), fragment)
        self.programs.append(program)
        return program

    def _vertex_array(
        self, program: moderngl.Program, buffers: list[tuple[moderngl.Buffer, Layout]], triangles: Array
    ) -> moderngl.VertexArray:
        """Attributes that the program does not use are skipped over."""
        content: list[Any] = []
        for buffer, layout in buffers:
            formats = [f"{n}f" if name in program else f"{4 * int(n)}x" for n, name in layout]
            names = [name for _, name in layout if name in program]
            if names:
                content.append((buffer, " ".join(formats), *names))
        return self.context.vertex_array(program, content, self.context.buffer(triangles.astype("i4").tobytes()))

    def _load_runner(self) -> None:
        body = self.body
        self.moving = self.context.buffer(reserve=len(body.vertices) * 24, dynamic=True)
        still = self.context.buffer(np.c_[body.colours, body.rest, body.inside_m].astype("f4").tobytes())
        buffers = [
            (self.moving, [("3", "position"), ("3", "normal")]),
            (still, [("4", "colour"), ("3", "rest"), ("1", "inside")]),
        ]
        self.runner = []
        for material in np.unique(body.material):
            program = self._program("runner.vert", source("runner.frag", MATERIAL=int(material)))
            self.runner.append(self._vertex_array(program, buffers, body.triangles[body.material == material]))
        program = self._program("shadow.vert", (SHADERS / "shadow.frag").read_text())
        self.shadow_caster = self._vertex_array(program, buffers, body.triangles)

    def _load_scene(self, name: str) -> None:
        scene = build(name, self.camera_side)
        data = np.c_[scene.vertices, scene.normals, scene.colours].astype("f4").tobytes()
        buffers = [(self.context.buffer(data), [("3", "position"), ("3", "normal"), ("4", "colour")])]
        self.scene_program = self._program("scene.vert", source("scene.frag"))
        self.whole_scene = self._vertex_array(self.scene_program, buffers, scene.triangles)
        self.belt_program = self._program("scene.vert", source("belt.frag"))
        far, belt = np.isin(scene.surface, FAR_SURFACES), scene.surface == SURFACES["BELT"]
        layers = (
            (self._program("scene.vert", source("baked.frag", SHADOWED=0)), far),
            (self._program("scene.vert", source("baked.frag", SHADOWED=1)), ~far & ~belt),
            (self.belt_program, belt),
        )
        self.scene = [self._vertex_array(p, buffers, scene.triangles[mask]) for p, mask in layers if mask.any()]

    def _set(self, uniforms: dict[str, Any]) -> None:
        for program in self.programs:
            for name, value in uniforms.items():
                if name in program:
                    program[name] = value if isinstance(value, int) else tuple(value)

    def _set_matrix(self, name: str, matrix: Array) -> None:
        for program in self.programs:
            if name in program:
                program[name].write(matrix.T.astype("f4").tobytes())

    def _bake(self) -> None:
        self.baked = []
        for lit in (0.0, 1.0):
            self.scene_program["lit"] = lit
            self.canvas.use()
            self.canvas.clear(*BACKDROP)
            self.whole_scene.render()
            texture = self.context.texture((self.lens.width_px, self.lens.height_px), 3, alignment=1)
            self.context.copy_framebuffer(self.context.framebuffer([texture]), self.canvas)
            texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
            self.baked.append(texture)

    # ---- drawing

    def frame(self, posed: Array, belt_m: float, centre: Array) -> Array:
        """(height, width, 3) uint8 picture of the posed mesh (n, 6); ``centre``: about where the runner is."""
        self.moving.write(posed.astype("f4").tobytes())
        light = orthographic(SHADOW_HALF_WIDTH_M, 0.1, 12) @ look_at(centre + self.sun * 6, centre)
        self._set_matrix("light_projection", light)
        if "belt" in self.belt_program:
            self.belt_program["belt"] = belt_m
        self.shadow_target.use()
        self.shadow_target.clear(depth=1.0)
        self.shadow_caster.render()
        self.canvas.use()
        self.canvas.clear(*BACKDROP)
        for unit_number, texture in enumerate((self.shadow_map, *self.baked)):
            texture.use(unit_number)
        for layer in (*self.scene, *self.runner):
            layer.render()
        self.context.copy_framebuffer(self.picture, self.canvas)
        raw = np.frombuffer(self.picture.read(components=3, alignment=1), np.uint8)
        return raw.reshape(self.lens.height_px, self.lens.width_px, 3)[::-1]
