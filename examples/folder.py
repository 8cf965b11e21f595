"""Analyse every clip of a folder; a clip that cannot be analysed is named and skipped.

python examples/folder.py sample_videos results
"""

import sys
from pathlib import Path

import formcheck

clips, results = map(Path, sys.argv[1:3])
for clip in sorted(clips.glob("*.mp4")):
    try:
        report = formcheck.analyze(clip, model="lite", end=6)
    except formcheck.FormcheckError as error:
        print(error, file=sys.stderr)
        continue
    report.save(results / clip.stem, video=False)
    worst = report.findings[0]
    print(f"{clip.name}: {report['cadence_spm'].value:.0f} steps/min; first of all: {worst.label} ({worst.level})")
