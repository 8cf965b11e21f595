"""Analyse every clip of a folder; a clip that cannot be analysed is named and skipped.

python examples/folder.py sample_videos results
"""

import sys
from pathlib import Path

import formcheck
from formcheck.words import give_or_take

clips, results = map(Path, sys.argv[1:3])
for clip in sorted(clips.glob("*.mp4")):
    try:
        report = formcheck.analyze(clip, model="lite", end=6)
    except formcheck.FormcheckError as error:
        print(error, file=sys.stderr)
        continue
    report.save(results / clip.stem, video=False)
    cadence, worst = report["cadence_spm"], report.findings[0]
    print(f"{clip.name}: {give_or_take(cadence, cadence.unit)}; first of all: {worst.label} ({worst.level})")
