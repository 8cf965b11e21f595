"""The truth of what is seen from behind or in front, from a clip's points in space: see CONVENTIONS of truth.py."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Array = np.ndarray


def leg_length_px(frames: dict[str, Array], truth: dict[str, Any]) -> float:
    """Thigh + shank upright at the hips in the middle of the clip, pixels: the camera's matrix holds for that place."""
    names, middle = [str(name) for name in frames["names"]], len(frames["points_m"]) // 2
    hips = np.mean([frames["points_m"][middle, names.index(f"rig_{side}_hip")] for side in ("left", "right")], axis=0)
    camera = truth["camera"]
    depth_m = np.array(camera["view_projection_at_start"])[3] @ [*hips, 1.0]
    focal_px = 0.5 * truth["clip"]["recording"]["height_px"] / np.tan(np.radians(0.5 * camera["fov_y_deg"]))
    return float(truth["runner"]["leg_length_m"] * focal_px / depth_m)


def frontal_truth(frames: dict[str, Array], truth: dict[str, Any]) -> dict[str, float]:
    """Metric → its true value, by the same definition; lengths in % of the leg."""
    names, time_s = [str(name) for name in frames["names"]], frames["time_s"]
    leg = truth["runner"]["leg_length_m"]

    def point(name: str) -> Array:
        return np.asarray(frames["points_m"][:, names.index(f"rig_{name}")], float)

    def half_range(series: Array) -> float:
        """Median over strides."""
        starts = [step["contact_s"] for step in truth["steps"] if step["contact_s"] + stride_s < time_s[-1]]
        whole = [series[(time_s >= start) & (time_s < start + stride_s)] for start in starts]
        return float(np.median([0.5 * np.ptp(some) for some in whole]))

    stride_s = 120 / truth["summary"]["cadence_spm"]
    middles = [(s["contact_s"] + 0.5 * s["contact_time_s"], s["side"]) for s in truth["steps"]]
    middles = [(time, side) for time, side in middles if time < time_s[-1]]
    shoulders = point("left_shoulder") - point("right_shoulder")
    knees = point("left_knee") - point("right_knee")
    ankle_y = {side: point(f"{side}_ankle")[:, 1] for side in ("left", "right")}
    widths = [
        (np.interp(b, time_s, ankle_y[side]) - np.interp(a, time_s, ankle_y[other])) * (1 if side == "left" else -1)
        for (a, other), (b, side) in pairwise(middles)
    ]
    return {
        "trunk_sway_deg": half_range(frames["side_lean_deg"]),
        "side_lean_deg": -float(frames["side_lean_deg"].mean()),
        "shoulder_tilt_deg": half_range(np.degrees(np.arctan2(shoulders[:, 2], shoulders[:, 1]))),
        "step_width_pct_leg": 100 * float(np.median(widths)) / leg,
        "knee_window_pct_leg": 100 * float(np.median([np.interp(t, time_s, knees[:, 1]) for t, _ in middles])) / leg,
    }
