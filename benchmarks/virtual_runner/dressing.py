"""Dresses a body: skin, eyes, shirt, shorts, socks and shoes as one mesh, all carried by the rig's weights.

Garments are shells over the body's own "tights" surface. How far inside a garment a vertex lies (metres from the
hem, negative outside) is interpolated over the triangles, and the shader cuts away what lies outside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from .draping import Drape, hood_down, hood_up, skirt
from .landmarks import Skin
from .maths import Array, Indices, Mask
from .rig import Rig
from .skeleton import SkeletonPose
from .spec import SUFFIX, Outfit

MATERIALS = {"SKIN": 0, "CLOTH": 1, "SHOE": 3, "EYE": 4}
HAIR = 2.0  # fourth value of a colour where hair grows on the skin

ARM_BONE_M = 0.25  # turns a share of an arm bone into metres from the sleeve's hem
SLEEVE_END = {  # 0 shoulder, 1 elbow, 2 wrist
    **{"short": 0.62, "long": 1.90, "pushed": 1.08},
    **{"singlet": -0.08, "crop": -0.08, "jacket": 1.93},
}
LEG_END = {
    "shorts": 0.58,
    "half_tights": 0.72,
    "tights": 1.88,
    "skirt": 0.34,
}  # 0 hip, 1 knee, 2 ankle; of the garments worn below
LONG_SOCK_END = 1.16  # likewise
CROP_HEM_BELOW_NECK_M = 0.29  # at a neck 0.62 m above the hips; scaled with it
LOOSENESS = {"tight": 0.45, "normal": 1.0, "loose": 1.6}  # factor on the top's distance from the body
LOOSE_HEM_LOWER_M = 0.05
JACKET_HEM_LOWER_M, COLLAR_M = 0.045, 0.055
JACKET_M = 0.012  # farther off the body than a shirt
BILLOW_M = 0.035  # of a loose jacket, at the middle of the back
PUSHED_M = 0.016  # thickness of the folds of a pushed-up sleeve
FLAP_M = 0.009  # of loose cloth at its hem
FLAP_WAVES_PER_M = 4.0
CARRYING = ("pelvis", "thigh_l", "thigh_r", "spine_01", "spine_02", "spine_03", "neck_01", "head")  # of hanging cloth
OVERLAP_M = 0.06  # garments are built this far beyond their hem
HAIR_THICKNESS_M = 0.014
WHITE_SOLE = (0.80, 0.80, 0.78)
EYE_WHITE, PUPIL = (0.85, 0.83, 0.80), (0.03, 0.02, 0.02)
LIP_TINT = (1.0, 0.62, 0.60)


@dataclass(frozen=True)
class Part:
    """A piece of the mesh; ``source`` (n,) names the rig vertex that carries each vertex."""

    material: str
    vertices: Array
    triangles: Indices
    source: Indices
    colours: Array
    inside_m: Array
    flap_m: Array | float = 0.0
    rest: Array | None = None  # (n, 3) where the texture is sampled, if not at the rig's own vertices


class DressedBody:
    """The mesh at rest, and where a pose takes it.

    vertices (n, 3), triangles (m, 3), material (m,), colours (n, 4), rest (n, 3), inside_m (n,)
    """

    def __init__(self, rig: Rig, outfit: Outfit):
        parts = Tailor(rig, outfit).parts()
        starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
        self.vertices = np.concatenate([part.vertices for part in parts])
        self.triangles = np.concatenate([p.triangles + start for p, start in zip(parts, starts, strict=False)])
        self.material = np.concatenate([np.full(len(p.triangles), MATERIALS[p.material]) for p in parts])
        self.colours = np.concatenate([part.colours for part in parts])
        self.inside_m = np.concatenate([part.inside_m for part in parts])
        source = np.concatenate([part.source for part in parts])
        self.rest = np.concatenate([rig.vertices[p.source] if p.rest is None else p.rest for p in parts])
        self.skin = Skin(rig, self.vertices, source)
        self.normals = vertex_normals(self.vertices, self.triangles)
        shown = (self.inside_m[self.triangles] >= 0).any(1)  # the shader would cut the rest away: half of all
        self.triangles, self.material = self.triangles[shown], self.material[shown]
        self.flap_m = np.concatenate([np.broadcast_to(p.flap_m, len(p.vertices)) for p in parts])
        self.flapping = np.flatnonzero(self.flap_m)

    def posed(self, pose: SkeletonPose, phase: float) -> Array:
        """(n, 6) position and normal in the world; loose cloth swings twice a stride."""
        mesh: Array = np.c_[self.skin.posed(pose), self.skin.turned(pose, self.normals)]
        if len(self.flapping):
            x, y, z = self.rest[self.flapping].T
            waves = np.sin(2 * np.pi * (2 * phase + FLAP_WAVES_PER_M * z) + 2 * np.arctan2(y, x))
            mesh[self.flapping, :3] += mesh[self.flapping, 3:] * (self.flap_m[self.flapping] * waves)[:, None]
        return mesh


def vertex_normals(vertices: Array, triangles: Indices) -> Array:
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, triangles[:, k], faces)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


class Tailor:
    """Cuts the parts for one body and outfit."""

    def __init__(self, rig: Rig, outfit: Outfit):
        self.rig, self.outfit, self.vertices = rig, outfit, rig.vertices
        self.body, self.tights, self.eyes = (rig.data[f"tri_{name}"] for name in ("body", "tights", "eyes"))
        self.on_body, self.on_tights, self.on_eyes = map(self._used, (self.body, self.tights, self.eyes))
        self.body_normals = vertex_normals(self.vertices, self.body)
        self.tights_normals = vertex_normals(self.vertices, self.tights)
        self.hip_z, self.neck_z = rig.joint("thigh_l")[2], rig.joint("neck_01")[2]
        self.ankle_z = rig.joint("foot_l")[2]
        self.arm = self._weight("upperarm", "lowerarm", "hand")
        self.leg = self._weight("thigh", "calf", "foot", "ball")
        self.carrying = rig.weights[:, [rig.index[bone] for bone in CARRYING]].sum(axis=1) > 0.5
        self.along_arm = self._along("upperarm", "lowerarm", "hand")
        self.along_leg = self._along("thigh", "calf", "foot")
        self.in_shirt, self.in_shorts = self._in_shirt(), self._in_shorts()
        self.in_shoe, self.in_sock = self._in_shoe(), self._in_sock()

    def parts(self) -> list[Part]:
        return [
            self._skin(),
            self._eyes(),
            self._shirt(),
            self._shorts(),
            self._socks(),
            self._shoes(),
            *self._drapes(),
        ]

    # ---- positions on the body

    def _used(self, triangles: Indices) -> Mask:
        mask = np.zeros(len(self.vertices), bool)
        mask[np.unique(triangles)] = True
        return mask

    def _weight(self, *bones: str) -> Array:
        """(V,) share of the weights held by these bones of both sides."""
        columns = [self.rig.index[bone + end] for bone in bones for end in SUFFIX.values()]
        return np.asarray(sum(self.rig.weights[:, i] for i in columns))

    def _along(self, *joints: str) -> Array:
        """(V,) position along a limb: 0 at its first joint (negative above), 1 at the second, 2 at the third."""
        upper = self._along_bone(joints[0], joints[1])
        return np.where(upper <= 1, upper, 1 + np.maximum(self._along_bone(joints[1], joints[2]), 0))

    def _along_bone(self, upper: str, lower: str) -> Array:
        out = np.zeros(len(self.vertices))
        for end, mask in (("_l", self.vertices[:, 1] >= 0), ("_r", self.vertices[:, 1] < 0)):
            start, bone = self.rig.joint(upper + end), self.rig.joint(lower + end) - self.rig.joint(upper + end)
            out[mask] = (self.vertices[mask] - start) @ bone / (bone @ bone)
        return out

    def _in_shirt(self) -> Array:
        if self.outfit.top == "none":
            return np.full(len(self.vertices), -1.0)
        x, y, z = self.vertices.T
        sleeve = np.where(self.arm > 0.35, (SLEEVE_END[self.outfit.top] - self.along_arm) * ARM_BONE_M, 0.2)
        throat = 0.42 * np.minimum(self.rig.joint("neck_01")[0] - x, 0) + 0.25 * np.abs(y)
        neck = self.neck_z - 0.022 + COLLAR_M * (self.outfit.top == "jacket") + throat - z
        inside = np.minimum.reduce([z - self._shirt_hem_z(), sleeve, neck])
        return np.where((self.leg > 0.9) & (z < self.hip_z - 0.06), -1, inside)

    def _shirt_hem_z(self) -> float:
        if self.outfit.top == "crop":
            return float(self.neck_z - CROP_HEM_BELOW_NECK_M * (self.neck_z - self.hip_z) / 0.62)
        loose, jacket = self.outfit.fit == "loose", self.outfit.top == "jacket"
        return float(self.hip_z - 0.015 - LOOSE_HEM_LOWER_M * loose - JACKET_HEM_LOWER_M * jacket)

    def _in_shorts(self) -> Array:
        legs = np.where(self.leg > 0.25, (LEG_END[self.outfit.bottom] - self.along_leg) * self.rig.thigh_m, 0.2)
        waist = self.hip_z + 0.13 - self.vertices[:, 2]
        return np.asarray(np.minimum.reduce([legs, waist, np.where(self.arm > 0.3, -1.0, 1.0)]))

    def _in_shoe(self) -> Array:
        behind = np.maximum(-0.02 - (self.vertices[:, 0] - self.rig.joint("foot_l")[0]), 0)
        top = self.ankle_z + 0.004 + 0.15 * behind
        return np.asarray(np.minimum(top - self.vertices[:, 2], np.where(self.leg > 0.5, 1.0, -1.0)))

    def _in_sock(self) -> Array:
        if self.outfit.socks == "long":
            above = (self.along_leg - LONG_SOCK_END) * self.rig.shank_m
        else:
            above = self.ankle_z + 0.085 - self.vertices[:, 2]
        return np.asarray(np.minimum(above, np.where(self.leg > 0.5, 1.0, -1.0)))

    # ---- the parts

    def _part(
        self, material: str, triangles: Indices, mask: Mask, vertices: Array, colour: Array, inside: Array
    ) -> Part:
        """The triangles whose corners all lie in the mask; colour (3,) or (V, 3) or (V, 4)."""
        source, corners = np.unique(triangles[mask[triangles].all(1)], return_inverse=True)
        colours = np.broadcast_to(colour, (len(self.vertices), len(np.atleast_2d(colour)[0])))[source]
        if colours.shape[1] == 3:
            colours = np.c_[colours, np.full(len(source), float(MATERIALS[material]))]
        inside_m = np.broadcast_to(inside, len(self.vertices))[source]
        return Part(material, vertices[source], corners.reshape(-1, 3), source, colours, inside_m)

    def _eye_centre(self, side: str) -> Array:
        return np.asarray(self.vertices[self.rig.data[f"eye_{side}"]].mean(0))

    def _hair_m(self) -> Array:
        """(V,) metres above the hairline, -1 off the head."""
        eye = 0.5 * (self._eye_centre("l") + self._eye_centre("r"))
        x, z = self.vertices[:, 0], self.vertices[:, 2]
        back = x[self.on_body & (z > self.rig.joint("head")[2] - 0.10)].min()
        depth = (x - back) / (eye[0] - back)
        above = z - (eye[2] - 0.068 + 0.050 * depth + 0.075 * np.clip(depth, 0, 1.2) ** 3)
        on_head = self.rig.weights[:, self.rig.index["head"]] > 0.3
        return np.where(on_head & ~(self.rig.data["mask_ears"] > 0.4), above, -1)

    def _skin_colours(self, hair_m: Array) -> Array:
        hair = np.clip(hair_m / 0.012, 0, 1)[:, None]
        colours = np.tile(np.array(self.outfit.skin), (len(self.vertices), 1))
        colours = colours * (1 - hair) + np.array(self.outfit.hair) * hair
        brows = self._brows()
        colours[brows] = 0.45 * colours[brows] + 0.55 * np.array(self.outfit.hair)
        lips = self.rig.data["mask_lips"][:, None] * 0.55
        colours = colours * (1 - lips) + colours * np.array(LIP_TINT) * lips
        return np.asarray(np.c_[colours, np.where(hair[:, 0] > 0.5, HAIR, float(MATERIALS["SKIN"]))])

    def _brows(self) -> Mask:
        x, y, z = self.vertices.T
        eye = 0.5 * (self._eye_centre("l") + self._eye_centre("r"))
        across = np.abs(np.abs(y) - abs(self._eye_centre("l")[1]) * 1.08)
        near = np.abs(z - (eye[2] + 0.021 - 4.5 * across**2)) < 0.0045
        ahead = (z > self.rig.joint("head")[2] - 0.10) & (x > eye[0] - 0.012)
        return np.asarray(ahead & (across < 0.023) & near)

    def _skin(self) -> Part:
        hair_m = self._hair_m()
        grown = self.vertices + self.body_normals * (np.clip(hair_m / 0.03, 0, 1) * HAIR_THICKNESS_M)[:, None]
        covered = (self.in_shirt > 0.035) | (self.in_shorts > 0.035) | (self.in_shoe > 0.012)
        shown = np.where(covered & self.on_body, -1.0, 1.0)
        return self._part("SKIN", self.body, self.on_body, grown, self._skin_colours(hair_m), shown)

    def _eyes(self) -> Part:
        colours = np.tile(np.array(EYE_WHITE), (len(self.vertices), 1))
        for side in ("l", "r"):
            ball = self.rig.data[f"eye_{side}"]
            x = self.vertices[ball][:, 0]
            ahead = (x - self._eye_centre(side)[0]) / np.ptp(x) * 2
            colours[ball] = np.where(ahead[:, None] > 0.80, PUPIL, colours[ball])
        return self._part("EYE", self.eyes, self.on_eyes, self.vertices, colours, np.array(1.0))

    def _garment(self, colour: tuple[float, ...], off_m: Array, inside: Array, beyond_m: float = OVERLAP_M) -> Part:
        shell = self.vertices + self.tights_normals * np.broadcast_to(off_m, len(self.vertices))[:, None]
        return self._part("CLOTH", self.tights, self.on_tights & (inside > -beyond_m), shell, np.array(colour), inside)

    def _shirt(self) -> Part:
        belly = np.exp(-(((self.vertices[:, 2] - (self.hip_z + 0.10)) / 0.10) ** 2))
        off = 0.010 + 0.012 * belly + 0.010 * np.clip((self.along_arm - 0.15) * self.arm, 0, 1)
        off = off * LOOSENESS[self.outfit.fit] + self._bulk_m()
        part = self._garment(self.outfit.shirt, off, self.in_shirt)
        if self.outfit.fit != "loose":
            return part
        low = np.clip((self.neck_z - 0.15 - self.vertices[:, 2]) / (self.neck_z - self.hip_z), 0, 1)
        return replace(part, flap_m=(FLAP_M * low * (1 - np.clip(self.arm, 0, 1)))[part.source])

    def _bulk_m(self) -> Array:
        """(V,) how much farther from the body than a shirt a jacket lies, or the end of a pushed-up sleeve."""
        if self.outfit.top == "pushed":
            return np.asarray(PUSHED_M * self.arm * np.exp(-(((self.along_arm - SLEEVE_END["pushed"]) / 0.15) ** 2)))
        if self.outfit.top != "jacket":
            return np.zeros(len(self.vertices))
        height = (self.vertices[:, 2] - self.hip_z) / (self.neck_z - self.hip_z)
        behind = np.clip(-self.tights_normals[:, 0], 0, 1) * np.exp(-(((height - 0.45) / 0.25) ** 2))
        return np.asarray(JACKET_M + BILLOW_M * (self.outfit.fit == "loose") * behind)

    def _shorts(self) -> Part:
        if self.outfit.bottom in ("half_tights", "tights"):
            return self._garment(self.outfit.shorts, np.array(0.0035), self.in_shorts)
        off = 0.006 + 0.030 * np.clip((self.along_leg + 0.05) / 0.6, 0, 1) * np.clip(self.leg, 0, 1)
        return self._garment(self.outfit.shorts, off, self.in_shorts)

    def _socks(self) -> Part:
        part = self._garment(self.outfit.sock, np.array(0.002), self.in_sock, 0.03)
        shown = np.minimum(self.in_sock, 0.04 - np.maximum(self.in_shoe, -1))[part.source]
        return replace(part, inside_m=shown)

    def _drapes(self) -> list[Part]:
        outfit, torso = self.outfit, self.vertices[self.on_tights & self.carrying]
        hung: list[tuple[Drape, tuple[float, ...]]] = []
        if outfit.bottom == "skirt":
            hung.append((skirt(torso, self.hip_z, self.rig.thigh_m), outfit.shorts))
        if outfit.hood == "down":
            hung.append((hood_down(torso, self.neck_z), outfit.shirt))
        if outfit.hood == "up":
            eye_x = self._eye_centre("l")[0]
            hung.append((hood_up(self.vertices[self.on_body], self.rig.joint("head"), eye_x), outfit.shirt))
        return [self._draped(drape, colour) for drape, colour in hung]

    def _draped(self, drape: Drape, colour: tuple[float, ...]) -> Part:
        """Carried by the nearest of torso, thighs and head, not by the hands, which at rest hang beside a skirt."""
        worn = np.flatnonzero(self.on_body & self.carrying)
        source = worn[cKDTree(self.vertices[worn]).query(drape.vertices)[1]]
        colours = np.tile([*colour, float(MATERIALS["CLOTH"])], (len(source), 1))
        return Part("CLOTH", drape.vertices, drape.triangles, source, colours, drape.inside_m, rest=drape.vertices)

    def _shoes(self) -> Part:
        """A swollen sock with a thick flat sole."""
        z = self.vertices[:, 2]
        barefoot = float(self.vertices[self.on_body, 2].min())
        low = np.clip((barefoot + 0.045 - z) / 0.045, 0, 1)
        shell = self.vertices + self.tights_normals * 0.0085
        shell[:, 2] = np.maximum(shell[:, 2] - low * 0.020, self.rig.ground_z)
        level = self.tights_normals * np.array([1.0, 1.0, 0.0])
        shell += level * (low * 0.006)[:, None]
        colours = np.tile(np.array(self.outfit.shoe), (len(self.vertices), 1))
        colours[z < barefoot + 0.016] = WHITE_SOLE
        return self._part("SHOE", self.tights, self.on_tights & (self.in_shoe > -0.03), shell, colours, self.in_shoe)
