"""Analyse one clip and look at a few numbers.

python examples/one_clip.py sample_videos/neutral.mp4 results
"""

import sys

import formcheck

video, folder = sys.argv[1:3]
report = formcheck.analyze(video, height_cm=178, model="lite", end=6)
for name in ("cadence_spm", "trunk_lean_deg", "overstride_cm"):
    measured = report[name]
    if measured.missing is None:
        print(f"{measured.label}: {measured.value:.1f} {measured.unit} ({measured.low:.1f} to {measured.high:.1f})")
    else:
        print(f"{measured.label}: not measured: {report.why_missing(name)}")
report.save(folder, video=False)
