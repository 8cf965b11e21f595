"""The exit codes of the command line and what they mean: the only place that knows."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0 to 6 are ours, the others follow the shell's convention."""

    DONE = 0
    FAILED = 1
    NOT_UNDERSTOOD = 2
    UNREADABLE = 3
    NOTHING_MEASURABLE = 4
    SOME_FAILED = 5
    CLINICIAN_FIRST = 6
    INTERRUPTED = 130
    READER_GONE = 141


MEANS = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "formcheck could not do its work (model missing, disk full, output not writable)",
    ExitCode.NOT_UNDERSTOOD: "the command was not understood, or an answer is missing",
    ExitCode.UNREADABLE: "the input could not be read",
    ExitCode.NOTHING_MEASURABLE: "nothing could be measured; the report says why, or stderr if nobody is seen",
    ExitCode.SOME_FAILED: "some of several videos failed, or nothing could be measured in them",
    ExitCode.CLINICIAN_FIRST: "the pain allows no plan, or no run, yet: what to do first is said (plan, return)",
    ExitCode.INTERRUPTED: "interrupted; nothing half-written is left",
    ExitCode.READER_GONE: "the reader of the output stopped before its end",
}
OF_ANALYSIS = tuple(code for code in ExitCode if code != ExitCode.CLINICIAN_FIRST)
OF_PLANS = tuple(code for code in ExitCode if code not in (ExitCode.NOTHING_MEASURABLE, ExitCode.SOME_FAILED))
OF_OTHERS = tuple(code for code in OF_PLANS if code != ExitCode.CLINICIAN_FIRST)


def epilog(codes: tuple[ExitCode, ...] = tuple(ExitCode)) -> str:
    """The table of these codes for a help page of click."""
    return "\b\nExit codes:\n" + "".join(f"  {code:<4} {MEANS[code]}\n" for code in codes)
