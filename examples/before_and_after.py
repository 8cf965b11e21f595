"""What changed between two analysed clips, and whether by more than filming again would change it.

python examples/before_and_after.py results/before results/after
"""

import sys

import formcheck
from formcheck.words import give_or_take

before, after = map(formcheck.read_report, sys.argv[1:3])
changes = formcheck.compare(before, after, refilmed=True)
for row in changes.differences:
    print(f"{row.label}: {row.before}, then {row.after}. {row.means}")
for change in changes.values():
    if change.missing is None:
        sure = "changed" if change.low > 0 or change.high < 0 else "within the error"
        first, then = map(give_or_take, change.measured)
        print(f"{change.label}: {first}, then {then} {change.unit}, {sure}")
