"""Hostile input for every command: broken clips, reports, logs and answers, odd files, full disks, signals, terminals.

    python -m benchmarks.hostile [--seed 1] [--share 1.0] [--kind containers] [--case 17] [--processes 2] [--keep DIR]

Each case is drawn from (seed, kind, number) alone and played on the real command line in a process of its own (reports:
fifty in one process). What is counted must never happen; the goal is 0 in every column.
"""
