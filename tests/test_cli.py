"""The command line as a user meets it: outputs, exit codes, one clear line for every problem."""

from __future__ import annotations

import gc
import json
import os
import pickle
import re
import shlex
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import click
import clips
import jsonschema
import numpy as np
import pytest
import schemas
from click.testing import CliRunner, Result
from rich.padding import Padding

import builders
from formcheck import cli_asking, pipeline
from formcheck.batch.jobs import collected
from formcheck.cli import main
from formcheck.cli_errors import INTERRUPTED, failed, told
from formcheck.cli_output import show
from formcheck.datatypes import Report, StepValue, UnreadableVideoError
from formcheck.exit_codes import MEANS, ExitCode
from formcheck.knowledge import guidance, texts, versus_phrases
from formcheck.report.terminal import as_typed
from formcheck.workers import LostError, _portable

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_videos"
OUTPUTS = {"annotated.mp4", "frames.csv", "report.html", "report.json", "steps.csv", "stills"}
FAST = ("--model", "lite", "--no-video")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def formcheck(*arguments: str | Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "formcheck", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload,no-any-return]


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    return text


def test_help_is_quick() -> None:
    """By CPU time: whatever else runs on the machine adds to the wall time."""

    def took_s() -> float:
        start = sum(os.times()[2:4])  # of children that have ended
        assert formcheck("--help").returncode == 0
        return sum(os.times()[2:4]) - start

    took_s()  # once, to write the bytecode
    assert any(took_s() < 0.4 for _ in range(5))


@pytest.mark.parametrize("group", [(), ("cache",)])
def test_the_help_names_every_command_in_one_whole_line_of_80_columns(group: tuple[str, ...]) -> None:
    listed = run(*group, "--help").output.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    commands = main.commands["cache"].commands if group else main.commands  # type: ignore[attr-defined]
    assert [line.split()[0] for line in listed] == sorted(commands)  # so none goes on in a second line
    assert not [line for line in listed if line.endswith("...") or not line.endswith(".")]
    assert max(map(len, listed)) <= 80


def test_help_names_every_option_and_exit_code() -> None:
    text = run("analyze", "--help").output
    options = (
        "--output",
        "--height-cm",
        "--speed-kmh",
        "--model",
        "--view",
        "--person",
        "--slowmo",
        "--capture-fps",
        "--start",
        "--standing",
    )
    for word in (*options, "--end", "--no-video", "--json", "--quiet", "Exit codes", "130"):
        assert word in text


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("--model", "huge", "a.mp4"), ("--slowmo", "0", "a.mp4"), ("--slowmo", "4", "--capture-fps", "9", "a.mp4"),
        ("--start", "5", "--end", "3", "a.mp4"), ("--person", "0", "a.mp4"), ("--height-cm", "17", "a.mp4"),
        ("--fps", "240", "a.mp4"), ("--height-cm", "178 cm", "a.mp4"),
        ("--standing", "0.3", "a.mp4"), ("--standing", "2", "--start", "5", "a.mp4"),
        ("--standing", "-1", "a.mp4"), ("--embed-video", "--no-video", "a.mp4"), ("--athlete", "", "a.mp4"),
        *((option, number, "a.mp4") for option in ("--capture-fps", "--start") for number in ("nan", "inf")),
    ],
)  # fmt: skip
def test_misuse_exits_2(arguments: tuple[str, ...]) -> None:
    assert run("analyze", *arguments).exit_code == 2


def test_a_folder_of_clips_is_answered_with_the_command_for_it(tmp_path: Path) -> None:
    (tmp_path / "my clips").mkdir()
    empty = run("analyze", tmp_path / "my clips")
    assert (empty.exit_code, f"{tmp_path / 'my clips'} is a folder that holds no video" in empty.stderr) == (2, True)
    (tmp_path / "my clips" / "run.mp4").touch()
    refused = run("analyze", "a.mp4", tmp_path / "my clips")
    assert refused.exit_code == 2
    assert f"{tmp_path / 'my clips'} is a folder; for the clips in it: formcheck batch " in refused.stderr
    assert refused.stderr.endswith(f" {as_typed(str(tmp_path / 'my clips'))}\n")
    there = run("analyze", tmp_path / "my clips", "-o", "my out")
    assert there.stderr.endswith(f" {as_typed(str(tmp_path / 'my clips'))} -o {as_typed('my out')}\n")


@pytest.mark.parametrize("content", ["{", "[]", "", '{"schema": "formcheck-report/1"}'])
def test_results_that_cannot_be_read_are_refused_with_the_reason(tmp_path: Path, content: str) -> None:
    """Whichever way they are given; a folder of clips may hold another program's report."""
    (tmp_path / "report.json").write_text(content, encoding="utf-8")
    why = run("compare", tmp_path, tmp_path).stderr.removeprefix("formcheck: ")
    assert str(tmp_path / "report.json") in why
    for given in (("analyze", tmp_path), ("analyze", tmp_path, "a.mp4", "--together"), ("batch", tmp_path)):
        told = run(*given)
        said = f"{tmp_path} holds no video, and results that cannot be read: {why}"
        assert (told.exit_code, told.stderr.endswith(said)) == (2, True), told.stderr
    file = run("analyze", tmp_path / "report.json")
    assert (file.exit_code, file.stderr.endswith(why)) == (3, True)
    (tmp_path / "run.mp4").touch()
    assert "is a folder; for the clips in it: formcheck batch " in run("analyze", tmp_path).stderr


def options(command: click.Command) -> Iterator[click.Parameter]:
    """Those of a command and of all below it."""
    yield from command.params
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


def test_no_number_has_an_underscore_in_it() -> None:
    """As Python's own source may: in what a user types it is a slip, and 1_0 is not 10."""
    bare = (click.types.IntParamType, click.types.FloatParamType)
    numbers = [option for option in options(main) if isinstance(option.type, bare)]
    assert len(numbers) > 10
    for option in numbers:
        with pytest.raises(click.BadParameter, match=r"is not a (whole )?number"):
            option.type.convert("1_0", option, None)


def test_a_file_or_folder_without_a_name_is_refused_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a variable that a script forgot to set: it would be the folder one is in, with all clips there."""
    monkeypatch.chdir(tmp_path)
    files = [option for option in options(main) if isinstance(option.type, click.Path)]
    assert len(files) > 10
    for option in files:
        with pytest.raises(click.BadParameter, match="is empty; name a file or folder"):
            option.type.convert("", option, None)
    for given in (("batch", ""), ("batch", "a.mp4", "-o", ""), ("watch", "", "-o", "out"), ("analyze", "")):
        assert (run(*given).exit_code, [*tmp_path.iterdir()]) == (2, [])


@pytest.mark.usefixtures("analysed_at_once")
def test_results_given_as_clips_are_answered_with_what_they_are_and_what_can_be_done_with_them(tmp_path: Path) -> None:
    side, rear, out = tmp_path / "side view.mp4", tmp_path / "rear.mp4", tmp_path / "out"
    run("analyze", side, rear, "--no-video", "--workers", "1", "-o", out)
    (home,) = out.glob("side*")
    for place, command in ((home, "analyze"), (home / "report.json", "analyze"), (home, "batch")):
        refused = run(command, place, "-o", tmp_path / "new")
        assert refused.exit_code == 2
        assert f"{place} holds the results of an analysis, of side view.mp4; " in refused.stderr
        assert f"open {home / 'report.html'}; " in refused.stderr
        assert f"formcheck compare {as_typed(str(place))} OTHER" in refused.stderr
        assert "formcheck analyze" not in refused.stderr  # the clip is not there
    side.touch()
    assert f"formcheck analyze {as_typed(str(side))}\n" in run("analyze", home).stderr
    gone = run("analyze", home, out / "rear", "--together", "-o", out)
    assert f"--together takes videos, and {home} holds results; {rear} is no longer there" in gone.stderr
    rear.touch()
    both = run("analyze", home, rear, "--together", "-o", out)
    again = f"formcheck analyze {as_typed(str(side))} {as_typed(str(rear))} --together"
    assert f"{again} -o {as_typed(str(out))}\n" in both.stderr
    assert f"{again}\n" in run("analyze", home, rear, "--together").stderr
    assert (
        f"formcheck analyze {as_typed(str(side))} -o {as_typed('my out')}\n"
        in run("analyze", home, "-o", "my out").stderr
    )
    for command in ("analyze", "batch"):
        several = run(command, out, "-o", tmp_path / "new")
        assert (several.exit_code, f"{out} holds results of analyses and no video" in several.stderr) == (2, True)
        assert f"formcheck compare {as_typed(str(out / 'rear'))} OTHER" in several.stderr


def test_a_height_may_have_a_decimal_comma_as_in_a_table() -> None:
    result = run("analyze", "nowhere.mp4", "--height-cm", "178,5")
    assert (result.exit_code, "nowhere.mp4: cannot be read" in result.stderr) == (3, True)


def test_words_of_options_and_tables_are_understood_in_capitals_too(tmp_path: Path) -> None:
    options = ("--model", "LITE", "--view", "Side", "--export", "CSV, Npz", "-o", tmp_path)
    assert run("analyze", "nowhere.mp4", *options).exit_code == 3
    assert run("load", "--unit", "MI").exit_code == 0
    refused = run("analyze", "nowhere.mp4", "--view", "Above")
    assert (refused.exit_code, "'Above' is not one of 'auto', 'side'" in refused.stderr) == (2, True)
    (tmp_path / "run.mp4").touch()
    (tmp_path / "team.csv").write_text("File,Height cm,VIEW\nrun.mp4,178, Side \n", encoding="utf-8")
    (job,) = collected([tmp_path / "team.csv"], tmp_path / "out", {}, with_video=False)
    assert (job.options.view, job.options.height_cm) == ("side", 178.0)


@pytest.mark.parametrize(
    ("option", "given", "said"),
    [
        *(("--height-cm", x, f"{x} is 178 cm: write 178.") for x in ("5'10", "5’10″", "5 ft. 10 in", "178cm")),
        *(("--height-cm", *given) for given in (("1,78", "1,78 m is 178 cm: write 178."), ("70", "70 in is 178 cm"))),
        *(("--height-cm", x, "Write it in cm, as 178 (5 ft 10 in).") for x in ("5.10", "tall", "5-10", "9" * 99)),
        *(("--speed-kmh", given, f"{given} is 12.1 km/h: write 12.1.") for given in ("7.5 mph", "7,5 MPH", "3.36 m/s")),
        *(("--speed-kmh", given, "Write it in km/h, as 12.1 (7.5 mph).") for given in ("5:00/km", "60")),
        ("--speed-mph", "7", "No such option '--speed-mph'. Give --speed-kmh in km/h, as 12.1 (7.5 mph).\n"),
        ("--height", "178", "No such option '--height'. Give --height-cm in cm, as 178 (5 ft 10 in).\n"),
        ("--sped-kmh", "7", "Did you mean '--speed-kmh'?"),
    ],
)  # fmt: skip
def test_what_is_given_in_another_unit_is_told_in_ours(option: str, given: str, said: str) -> None:
    """Nobody is led to give miles as kilometres."""
    result = run("analyze", "a.mp4", option, given)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


@pytest.mark.parametrize("command", ["analyze", "batch", "compare", "load"])
@pytest.mark.parametrize("name", ["-dash start.mp4", "--dash.mp4", "-x=1.csv"])
def test_a_file_that_looks_like_an_option_is_told_how_to_be_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    absent, _ = run(command, name), Path(name).touch()
    there = run(command, name)
    assert (absent.exit_code, there.exit_code) == (2, 2)
    said = f"To give the file of that name: {shlex.quote(f'./{name}')}\n"
    assert (said in absent.stderr, said in there.stderr) == (False, True)


@pytest.mark.parametrize("distance", ["nan", "inf", "ten"])
def test_a_distance_that_is_no_number_is_not_kept(distance: str) -> None:
    assert run("log", "Ana", "--soreness", "3", "--km", distance).exit_code == 2


@pytest.mark.parametrize(
    "command", [("load", "runs.csv"), ("return", "--log", "runs.csv"), ("triage", "--answers", "runs.csv")]
)
def test_a_page_is_not_written_over_what_the_command_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs.csv").write_text("mine", encoding="utf-8")
    result = run(*command, "--html", tmp_path / "runs.csv")
    assert (result.exit_code, "would replace" in result.stderr) == (2, True)
    assert Path("runs.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.usefixtures("analysed_at_once")
def test_views_of_which_one_failed_are_shown_each_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    analyze = pipeline.analyze

    def one_fails(path: Path, *more: object) -> Report:
        if path.name == "rear.mp4":
            raise UnreadableVideoError("rear.mp4: is not a video")
        return analyze(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "analyze", one_fails)
    call = ("analyze", "side.mp4", "rear.mp4", "--together", "--no-video", "--workers", "1", "-o", tmp_path)
    result = run(*call)
    assert result.exit_code == 5
    assert "no report of all views together" in result.stderr
    assert str(tmp_path / "side" / "report.html") in result.stdout


@pytest.mark.parametrize("content", [b"", b"not a video at all", bytes(3000)])
def test_unreadable_input_exits_3_with_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    result = run("analyze", tmp_path / "clip.mp4", "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "clip.mp4" in one_line(result.stderr)
    assert result.stdout == ""
    assert capfd.readouterr() == ("", "")  # nor does what decodes it say anything by itself
    assert not (tmp_path / "out").exists()


def test_a_clip_of_standing_that_is_not_there_is_told_in_one_line_before_the_work(tmp_path: Path) -> None:
    result = run("analyze", SAMPLES / "neutral.mp4", "--standing", "absent.mp4", "-o", tmp_path / "out", *FAST)
    assert result.exit_code == 3
    assert "absent.mp4: cannot be read" in one_line(result.stderr)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["x" * 300, "file"])
def test_an_output_folder_that_cannot_be_is_told_before_the_work(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = run("analyze", SAMPLES / "neutral.mp4", "-o", tmp_path / name / "sub", *FAST)
    assert result.exit_code == 1
    assert "could not be written" in one_line(result.stderr)


@pytest.mark.parametrize(("option", "value"), [("--slowmo", "1e300"), ("--slowmo", "1e-9"), ("--capture-fps", "1e9")])
def test_rates_beyond_any_camera_are_refused(option: str, value: str) -> None:
    assert run("analyze", "run.mp4", option, value).exit_code == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to try")
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "formcheck", "load"]
        said = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert said.returncode == 1
    assert "disk is full" in one_line(said.stderr)


def test_sound_alone_exits_3(tmp_path: Path) -> None:
    result = run("analyze", clips.make_sound(tmp_path / "sound.m4a"), "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert "no video" in one_line(result.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("frames", [1, 40])
def test_nobody_in_view_exits_4_and_says_how_to_film(tmp_path: Path, frames: int) -> None:
    clip = clips.make(tmp_path / "empty room.mp4", np.arange(frames) / 30)
    result = formcheck("analyze", clip, "-o", tmp_path / "out", "--model", "lite")
    assert result.returncode == 4
    assert "film" in one_line(result.stderr)
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The neutral sample, analysed whole with the default model, at a path with spaces and Unicode."""
    folder = tmp_path_factory.mktemp("Läufe von heute")
    clip = folder / "läuferin 走る.mp4"
    clip.write_bytes((SAMPLES / "neutral.mp4").read_bytes())
    return folder, formcheck("analyze", clip, "-o", folder / "out", "--height-cm", "178", "--json")


@pytest.mark.slow
def test_json_is_all_there_is_on_stdout_and_fits_the_schema(
    analysed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, result = analysed
    assert result.returncode == 0
    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert report == json.loads((folder / "out" / "läuferin 走る" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, json.loads((ROOT / "formcheck" / "report.schema.json").read_text(encoding="utf-8")))


@pytest.mark.slow
def test_all_outputs_are_there_and_nothing_else(analysed: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    folder, _ = analysed
    assert {p.name for p in (folder / "out" / "läuferin 走る").iterdir()} == OUTPUTS


@pytest.mark.slow
def test_the_annotated_video_plays_and_is_as_long_as_the_clip_and_its_end_card(
    analysed: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, result = analysed
    with av.open(str(folder / "out" / "läuferin 走る" / "annotated.mp4")) as made:
        stream = made.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        length = float(stream.duration * stream.time_base)  # type: ignore[operator]
    seconds = json.loads(result.stdout)["video"]["duration_s"]
    assert seconds + 2 < length < seconds + 10


@pytest.mark.slow
def test_several_clips_with_one_bad_exit_5_and_the_good_are_done(tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"nothing")
    good = SAMPLES / "neutral.mp4"
    result = formcheck(
        "analyze", tmp_path / "bad.mp4", good, good, *FAST, "--end", "6", "--quiet", "-o", tmp_path / "o"
    )
    assert result.returncode == 5
    assert "bad.mp4" in one_line(result.stderr)
    assert {p.name for p in (tmp_path / "o").iterdir()} == {"neutral", "neutral-2"}


@pytest.mark.slow
def test_an_output_that_cannot_be_written_exits_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = formcheck("analyze", SAMPLES / "neutral.mp4", *FAST, "--end", "6", "-o", tmp_path / "file")
    assert result.returncode in (1, 2)
    assert "file" in result.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for child processes")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [2.0, 6.0])
def test_interrupting_leaves_nothing_half_written(tmp_path: Path, sign: signal.Signals, after_s: float) -> None:
    command = [sys.executable, "-m", "formcheck", "analyze", str(SAMPLES / "neutral.mp4"), "--model", "lite"]
    more = ["--no-cache", "-o", str(tmp_path / "out")]
    process = subprocess.Popen([*command, *more], stderr=subprocess.PIPE, text=True)
    time.sleep(after_s)
    process.send_signal(sign)
    _, said = process.communicate(timeout=60)
    written = {p.name for p in tmp_path.rglob("*") if p.suffix not in ("", ".png")}
    assert (process.returncode, written) in ((130, set()), (0, OUTPUTS - {"stills"})), said
    assert "Traceback" not in said


def test_an_object_half_made_when_interrupted_does_not_complain() -> None:
    code = """
from formcheck import cli
class Half:
    def __init__(self):
        cli._interrupt(2, None)
        self.handle = 1
    def __del__(self):
        print(self.handle)
try:
    Half()
except KeyboardInterrupt:
    pass
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout + said.stderr == ""


def test_an_interrupt_that_an_import_turns_into_an_error_is_still_one(tmp_path: Path) -> None:
    """Python 3.11 does so while a class is made, and C modules while they start."""
    code = (
        "from pathlib import Path; from formcheck import cli; from formcheck.batch import jobs, work\n"
        "def half(*_):\n"
        "    try: cli._interrupt(2, None)\n"
        "    except KeyboardInterrupt: pass\n"
        "    raise RuntimeError('Error calling __set_name__')\n"
        "{where} = half\n"
        f"cli.main(['analyze', {str(SAMPLES / 'neutral.mp4')!r}, '-o', {str(tmp_path / 'out')!r}])"
    )
    for where in ("jobs.given", "work.analyse"):
        command = [sys.executable, "-c", code.replace("{where}", where)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (130, "formcheck: interrupted; nothing half-written is left\n"), where


def test_what_was_interrupted_before_is_not_told_of_what_runs_now() -> None:
    INTERRUPTED.set()
    result = run("load", "nowhere.csv")
    assert (result.exit_code, "nowhere.csv" in one_line(result.stderr)) == (3, True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_interrupted_while_something_is_discarded_it_still_ends(tmp_path: Path) -> None:
    """Python raises nothing there, but complains and goes on."""
    (tmp_path / "half.py").write_text("""
import os, signal, time
from formcheck import cli
class Discarded:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
@cli.main.command("half")
def half():
    Discarded()
    time.sleep(60)
cli.main(["half"])
""")
    begin = time.monotonic()
    run = subprocess.run([sys.executable, "-m", "half"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (130, "formcheck: interrupted; nothing half-written is left\n")
    assert time.monotonic() - begin < 30


def test_interrupted_while_a_class_is_made_it_still_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text("""
from formcheck import cli
@cli.main.command("half")
def half():
    exec("cli._interrupt(2, None)", {"cli": cli})  # as dataclasses do
cli.main(["half"])
""")
    run = subprocess.run([sys.executable, "-m", "half"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (130, "formcheck: interrupted; nothing half-written is left\n")


@pytest.mark.slow
def test_a_person_cut_off_at_the_feet_is_told_so(tmp_path: Path) -> None:
    with av.open(str(SAMPLES / "neutral.mp4")) as whole:
        pictures = [f.to_ndarray(format="rgb24") for f in whole.decode(video=0)][:180]
    height = pictures[0].shape[0] * 60 // 100 // 2 * 2
    times = np.arange(len(pictures)) / 60
    clip = clips.make(tmp_path / "cut.mp4", times, lambda i: np.ascontiguousarray(pictures[i][:height]))
    result = formcheck("analyze", clip, *FAST, "--json", "-o", tmp_path / "out")
    report = json.loads(result.stdout)
    assert report["measurements"]["overstride_pct_leg"]["value"] is None
    assert report["measurements"]["overstride_pct_leg"]["missing"]


def test_colour_and_boxes_stay_out_of_a_pipe_and_no_color_is_honoured() -> None:
    result = formcheck("analyze", "--help", env={**os.environ, "NO_COLOR": "1"})
    assert not re.search("\x1b\\[", result.stdout + result.stderr)


@pytest.fixture
def analysed_at_once(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Report]]:
    """Every clip gets a report without being read; weak references to them, none alive when the next is made."""
    made: list[weakref.ref[Report]] = []

    def analyze(path: Path, *_: object) -> Report:
        gc.collect()
        assert not any(ref() is not None for ref in made)
        report = builders.report(builders.measured("cadence_spm", 171.4), trial=builders.trial(path=path.absolute()))
        made.append(weakref.ref(report))
        return report

    monkeypatch.setattr(pipeline, "analyze", analyze)
    return made


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_many_clips_need_no_more_memory_than_one(
    tmp_path: Path, analysed_at_once: list[weakref.ref[Report]], option: str
) -> None:
    result = run("analyze", "a.mp4", "b.mp4", "c.mp4", "--no-video", option, "--workers", "1", "-o", tmp_path)
    assert (result.exit_code, len(analysed_at_once)) == (0, 3)
    if option == "--json":
        assert [Path(r["video"]["path"]).name for r in json.loads(result.stdout)] == ["a.mp4", "b.mp4", "c.mp4"]


def test_fatigue_compares_two_clips_of_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(path: Path, *_: object) -> Report:
        lean = {"early.mp4": 6.0, "late.mp4": 11.0}[path.name]
        steps = tuple(StepValue(0.35 * i, "left" if i % 2 else "right", lean) for i in range(24))
        measured = builders.measured("trunk_lean_deg", lean, steps=steps)
        return builders.report(measured, trial=builders.trial(path=path.absolute()))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    clips = ("early.mp4", "late.mp4", "--no-video", "--workers", "1", "--fatigue", "-o", tmp_path)
    said = run("analyze", *clips).stdout
    table = said.partition("From early.mp4 to late.mp4")[2].splitlines()
    (row,) = (i for i, line in enumerate(table) if "Trunk lean" in line)
    assert table[row].split()[-4:] == ["6.0", "11.0", "+5.0", "24"]
    assert table[row + 1].split()[:4] == ["±", "0.5", "±", "0.5"]
    both = json.loads(run("analyze", *clips, "--json").stdout)
    assert [Path(report["video"]["path"]).name for report in both["reports"]] == ["early.mp4", "late.mp4"]
    changes = both["changes"]
    assert changes["trunk_lean_deg"]["value"] == pytest.approx(5.0)
    assert changes["trunk_lean_deg"]["low"] > 3
    assert changes["trunk_lean_deg"]["before_interval"] == [5.5, 6.5]
    assert changes["trunk_lean_deg"]["after_interval"] == [10.5, 11.5]
    assert both["differences"] == []
    again = run("analyze", tmp_path / "early", tmp_path / "late" / "report.json", "--fatigue")
    assert again.stdout.strip() == f"From early.mp4{said.partition('From early.mp4')[2]}".strip()
    mixed = json.loads(run("analyze", "early.mp4", tmp_path / "late", *clips[2:], "--json").stdout)
    assert (mixed["changes"], [r["video"] for r in mixed["reports"]]) == (
        changes,
        [r["video"] for r in both["reports"]],
    )
    idle = run("analyze", tmp_path / "early", tmp_path / "late", "--fatigue", "--height-cm", "180")
    assert (idle.exit_code, "--height-cm changes nothing in results that are there" in idle.stderr) == (2, True)
    refused = run("analyze", "early.mp4", "--fatigue", "-o", tmp_path)
    assert refused.exit_code == 2
    assert "two clips" in refused.stderr


def test_fatigue_of_a_clip_with_itself_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(path: Path, *_: object) -> Report:
        made = builders.trial(path=path.absolute())
        landed = builders.events(5, {"early.mp4": 0.2, "late.mp4": 0.3}[path.name])
        trial = replace(made, gait=replace(made.gait, contacts=landed))
        return builders.report(builders.measured("trunk_lean_deg", 6.0), trial=trial)

    monkeypatch.setattr(pipeline, "analyze", analyze)
    run("analyze", "early.mp4", "late.mp4", "--no-video", "--workers", "1", "-o", tmp_path)
    early, late = tmp_path / "early", tmp_path / "late"
    for second, same in ((early / "report.json", True), (late, False)):
        said = run("analyze", early, second, "--fatigue").stdout
        both = json.loads(run("analyze", early, second, "--fatigue", "--json").stdout)
        schemas.validate(both)
        assert (versus_phrases().same_clip in said, both["one_clip"]) == (same, same)


def test_fatigue_says_first_what_was_not_filmed_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def analyze(path: Path, *_: object) -> Report:
        made = builders.trial(path=path.absolute())
        seen = {"early.mp4": made.gait, "late.mp4": replace(made.gait, view=replace(made.gait.view, name="rear"))}
        measured = builders.measured("trunk_lean_deg", 6.0), builders.measured("cadence_spm", 170.0)
        return builders.report(*measured, trial=replace(made, gait=seen[path.name]))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    clips = ("early.mp4", "late.mp4", "--no-video", "--workers", "1", "--fatigue", "-o", tmp_path)
    said = " ".join(run("analyze", *clips).stdout.partition("From early.mp4 to late.mp4")[2].split())
    told = ("from the side, then from behind", "error: Cadence", "different sides: Trunk lean")
    assert [said.index(words) for words in told] == sorted(said.index(words) for words in told)
    both = json.loads(run("analyze", *clips, "--json").stdout)
    schemas.validate(both)
    assert [row["key"] for row in both["differences"]] == ["view"]
    assert both["changes"]["trunk_lean_deg"]["reason"] == "other_view"


@pytest.mark.parametrize("command", [("analyze", "--fatigue"), ("compare",)])
def test_results_in_which_nothing_was_measured_are_told_as_clips_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    def analyze(path: Path, *_: object) -> Report:
        measured = [builders.measured("trunk_lean_deg", 6.0)] if path.name == "good.mp4" else []
        return builders.report(*measured, trial=builders.trial(path=path.absolute()))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    clips = ("empty.mp4", "good.mp4", "dark.mp4")
    run("analyze", *clips, "--no-video", "--workers", "1", "-o", tmp_path)
    empty, good, dark = (tmp_path / Path(clip).stem for clip in clips)
    out = () if "--fatigue" in command else ("-o", tmp_path / "out", "--no-video")
    for second, code in ((dark / "report.json", 4), (good, 5)):
        ended = run(*command, empty, second, *out)
        said = [f"formcheck: empty.mp4: nothing could be measured; {empty / 'report.json'} says why"]
        said += [f"formcheck: dark.mp4: nothing could be measured; {second} says why"] if code == 4 else []
        assert (ended.exit_code, ended.stderr.splitlines()) == (code, said)
    assert run(*command, good, good, *out).exit_code == 0
    videos = run(*command, "empty.mp4", "dark.mp4", "--workers", "1", "--no-video", "-o", tmp_path / "again")
    assert videos.exit_code == 4


@pytest.mark.usefixtures("analysed_at_once")
def test_another_clip_of_the_same_name_does_not_overwrite_the_first(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        for folder in "ab":
            assert run("analyze", tmp_path / folder / "run.mp4", "--no-video", "--quiet", "-o", out).exit_code == 0
    sources = {p.name: json.loads((p / "report.json").read_text())["video"]["path"] for p in out.iterdir()}
    assert sources == {"run": str(tmp_path / "a" / "run.mp4"), "run-2": str(tmp_path / "b" / "run.mp4")}


@pytest.mark.usefixtures("analysed_at_once")
def test_where_results_are_is_said_letter_by_letter(tmp_path: Path) -> None:
    out = tmp_path / "[bold] of [/] :smile:"
    result = run("analyze", "run [red].mp4", "--no-video", "-o", out)
    assert result.exit_code == 0
    assert f"Look at it: {out / 'run [red]' / 'report.html'}\n" in result.stdout


@pytest.mark.parametrize(("cadence", "said"), [(148.0, True), (174.0, False)])
def test_the_report_ends_with_a_next_step_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cadence: float, said: bool
) -> None:
    def analyze(path: Path, *_: object) -> Report:
        return builders.report(builders.measured("cadence_spm", cadence), trial=builders.trial(path=path.absolute()))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    call = ("analyze", "my run.mp4", "--no-video", "-o", tmp_path / ("long folder name " * 8))
    out = run(*call).stdout
    lines = out.splitlines()
    steps = [line.removeprefix("To work on it: formcheck ") for line in lines if line.startswith("To work on it: ")]
    assert len(steps) == said
    page = lines[-1].removeprefix("Look at it: ")
    assert page.endswith(str(Path("my run") / "report.html"))
    assert Path(page).exists()
    for option in ("--json", "--quiet"):
        assert "formcheck plan" not in run(*call, option).stdout
    if said:
        assert "\x1b" not in out
        monkeypatch.setattr(cli_asking, "can_ask", lambda: True)
        signs = list(guidance.triage().questions["red_flags"].answers)
        none, cancer = (signs.index(sign) + 1 for sign in ("none", "cancer"))
        for answers, code in ((f"{none}\n4\n1\n", 0), (f"{cancer}\n", 6)):  # no pain; cancer
            assert CliRunner().invoke(main, shlex.split(steps[0]), input=answers).exit_code == code


@pytest.mark.usefixtures("analysed_at_once")
def test_one_clip_fills_a_screen_several_are_told_in_short_and_all_is_there_for_the_asking(tmp_path: Path) -> None:
    one, both, full = (
        run("analyze", *clips, "--no-video", "--workers", "1", "-o", tmp_path / "out").stdout
        for clips in (("a.mp4",), ("a.mp4", "b.mp4"), ("a.mp4", "b.mp4", "--full"))
    )
    short, whole = " ".join(texts().red_flags_short.split()), " ".join(texts().red_flags.split())
    assert [" ".join(text.split()).count(short) for text in (one, both, full)] == [1, 1, 0]
    assert [" ".join(text.split()).count(whole) for text in (one, both, full)] == [0, 0, 2]
    assert [text.count("All measurements") for text in (one, both, full)] == [0, 0, 2]
    assert both.count("Look at it: ") == 2
    assert len(both.splitlines()) < 2 * len(one.splitlines())


@pytest.mark.usefixtures("analysed_at_once")
def test_json_goes_through_a_pipe_that_knows_no_unicode(tmp_path: Path) -> None:
    result = CliRunner(charset="ascii").invoke(
        main, ["analyze", "läufer.mp4", "--json", "--no-video", "-o", str(tmp_path)]
    )
    assert result.exit_code == 0
    assert Path(json.loads(result.stdout)["video"]["path"]).name == "läufer.mp4"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_progress_is_seen_while_the_pose_model_is_kept_quiet() -> None:
    code = (
        "import time; from formcheck.cli_progress import display; from formcheck.engine import quiet\n"
        "with display({0: 'run [red].mp4'}, True) as shown, quiet():\n"
        "    shown.tell('take:x:[b]2.mp4: analysed')\n"
        "    shown.heard(0, ('reading', 50, 100)); time.sleep(0.5)"
    )
    terminal, end = os.openpty()
    subprocess.run([sys.executable, "-c", code], stderr=end, check=True, env={**os.environ, "COLUMNS": "120"})
    os.close(end)
    said = re.sub("\x1b\\[[0-9;]*m", "", os.read(terminal, 100_000).decode())
    assert "run [red].mp4: reading" in said
    assert "take:x:[b]2.mp4: analysed" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("columns", [80, 100, 124, 125, 160])
def test_what_a_clip_shows_so_far_leaves_room_for_the_share_done(columns: int) -> None:
    said = "reading, so far 170.1 ± 1.3 steps/min, lean 6.2 ± 4.7°"
    code = (
        "import time; from formcheck.cli_progress import display\n"
        "with display({0: 'PXL_20261124_183012345.mp4'}, True) as shown:\n"
        f"    shown.heard(0, ({said!r}, 61, 100)); time.sleep(0.2)"
    )
    terminal, end = os.openpty()
    subprocess.run([sys.executable, "-c", code], stderr=end, check=True, env={**os.environ, "COLUMNS": str(columns)})
    os.close(end)
    drawn = re.sub("\x1b\\[[0-9;]*m", "", os.read(terminal, 100_000).decode())
    lines = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]|\r", "\n", drawn).splitlines()
    line = next(line for line in lines if said in line and "61%" in line)
    assert re.match(r"PXL_2.*5?\.mp4: ", line)
    assert re.search(r" 61% +-:--:-- *$", line)
    assert len(line.rstrip()) <= columns


@pytest.mark.parametrize("columns", ["0", "1", "19", "80"])
def test_a_terminal_that_does_not_say_how_wide_it_is_hides_nothing(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert run("triage", "--red-flags", "saddle").stdout.splitlines()[0] == "Go to an emergency department now"


def test_names_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show(Padding("take:x:[b]2.mp4"))
    assert capsys.readouterr().out.split() == ["take:x:[b]2.mp4"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_work_goes_on_when_its_terminal_is_closed() -> None:
    """As after ``disown`` or ``setsid`` at the end of a connection to another computer."""
    code = (
        "import os; from formcheck.cli_progress import display\n"
        "with display({0: 'a.mp4', 1: 'b.mp4'}, True) as shown:\n"
        "    shown.heard(0, ('reading', 1, 10)); os.write(1, b'begun'); os.read(0, 1)\n"
        "    shown.heard(0, ('drawing', 1, 10)); shown.tell('a.mp4: analysed'); shown.say('b.mp4: is not a video')\n"
        "    shown.ended(0)\n"
        "os.write(1, b', ended')"
    )
    terminal, end = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=end
    ) as at:
        os.close(end)
        assert at.stdout is not None
        assert at.stdout.read(5) == b"begun"
        os.close(terminal)
        said, _ = at.communicate(b"x", timeout=30)
    assert (at.returncode, said) == (0, b", ended")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the shell of Windows closes no streams")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_the_caller_has_closed_hurt_nobody(tmp_path: Path, closed: str) -> None:
    log = ROOT / "sample_logs" / "activities.csv"
    words = ["load", str(log), "--today", "2026-11-25"]
    for arguments, code in ((words, 0), (["load", "nowhere.csv"], 3), (["nonsense"], 2)):
        command = f"{shlex.join([sys.executable, '-m', 'formcheck', *arguments])} {closed}"
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert "Traceback" not in done.stderr
        assert done.stdout == "" or ">&-" not in closed.split()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows end otherwise")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_that_goes_ends_it_quietly_with_the_code_that_shells_know(form: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "formcheck", "load", *form], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.slow
def test_python_without_docstrings_and_assertions_runs_it_too() -> None:
    code = "from formcheck.metrics import METRICS; print(METRICS['cadence_spm'].label, METRICS['cadence_spm'].unit)"
    for command in (["-c", code], ["-m", "formcheck", "load"]):
        done = subprocess.run([sys.executable, "-OO", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(("Cadence, both feet steps/min", "Your running load"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for child processes")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_rest_is_still_loading_ends_it_as_later_ones_do(sign: signal.Signals) -> None:
    code = (
        "import os, signal, sys; from formcheck import cli_start\n"
        f"signal.signal({int(sign)}, signal.SIG_DFL)\n"  # whatever runs the tests may ignore it
        "class Loading:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == 'formcheck.cli': os.kill(os.getpid(), {int(sign)})\n"
        "sys.meta_path.insert(0, Loading()); cli_start.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs a signal that stands in for it")
@pytest.mark.parametrize("loaded", ["formcheck.cli", "formcheck.history"])
def test_a_closed_console_ends_it_as_a_closed_terminal_does(loaded: str, tmp_path: Path) -> None:
    """Windows tells that by SIGBREAK, at once or later."""
    code = (
        "import os, signal, sys; signal.SIGBREAK = signal.SIGUSR1; from formcheck import cli_start\n"
        "class Loading:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {loaded!r}: os.kill(os.getpid(), signal.SIGBREAK)\n"
        "sys.meta_path.insert(0, Loading()); sys.argv = ['formcheck', 'history']; cli_start.main()"
    )
    env = os.environ | {"FORMCHECK_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert (done.returncode, done.stdout) == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_what_the_caller_ignores_stays_ignored() -> None:
    """As left by nohup, and by shells for background jobs."""
    code = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from formcheck import cli_start; sys.argv = ['formcheck', '--version']\n"
        "try: cli_start.main()\n"
        "except SystemExit: print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "True"


def test_a_name_that_looks_like_a_setting_is_said_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a`b=3`.mp4").write_bytes(b"no film")
    assert "a`b=3`.mp4" in run("analyze", tmp_path / "a`b=3`.mp4", "-o", tmp_path / "out").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "a\x1b]0;PWNED\x07.mp4"), ("plan", "\u202egnp"), ("load", "a\x9b31m.csv"), ("--\x1b[31m",),
        ("analyze", "--\x1b[31m"), ("triage", "--where", "\x1b[31m"), ("return", "--log", "l", "--add", "\x1b[31m"),
    ],
)  # fmt: skip
def test_errors_say_names_without_what_a_terminal_would_obey(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code in (2, 3)
    assert result.stderr
    assert all(line.isprintable() for line in result.stderr.splitlines())


def test_a_clip_that_breaks_formcheck_itself_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def analyze(path: Path, *_: object) -> Report:
        if path.name == "b.mp4":
            raise RuntimeError("a bug")
        return builders.report(builders.measured("cadence_spm", 174.0), trial=builders.trial(path=path.absolute()))

    monkeypatch.setattr(pipeline, "analyze", analyze)
    call = ("analyze", "a.mp4", "b.mp4", "c.mp4", "--no-video", "--workers", "1", "--quiet", "-o", tmp_path)
    result = run(*call)
    assert result.exit_code == 5
    assert "b.mp4: internal error (RuntimeError: a bug)" in one_line(result.stderr)
    assert {p.name for p in tmp_path.iterdir()} == {"a", "c"}
    monkeypatch.setenv("FORMCHECK_DEBUG", "1")
    assert isinstance(run(*call).exception, RuntimeError)


def test_a_clip_whose_process_was_lost_is_told_without_talk_of_bugs() -> None:
    said = told(LostError("was ended by SIGKILL (out of memory?)"), "clips/a.mp4")
    assert said == ("clips/a.mp4: its process was ended by SIGKILL (out of memory?), each time it was tried", 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.usefixtures("analysed_at_once")
def test_whatever_stands_where_an_earlier_report_would_be_is_left_alone(tmp_path: Path) -> None:
    for i, make in enumerate((os.mkfifo, os.mkdir, lambda path: path.symlink_to(path.name))):
        out = tmp_path / str(i)
        (out / "run").mkdir(parents=True)
        make(out / "run" / "report.json")
        assert run("analyze", "run.mp4", "--no-video", "--quiet", "-o", out).exit_code == 0
        assert {p.name for p in out.iterdir()} == {"run", "run-2"}
        assert [p.name for p in (out / "run").iterdir()] == ["report.json"]


@pytest.mark.usefixtures("analysed_at_once")
@pytest.mark.parametrize("name", ["annotated.mp4", "stills/photo.jpg", "frames.csv", "report.html"])
def test_files_that_were_in_a_folder_of_the_clips_name_are_left_alone(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "run" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    for _ in range(2):
        assert run("analyze", "run.mp4", "--no-video", "--quiet", "-o", tmp_path).exit_code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    assert {p.name for p in tmp_path.iterdir()} == {"run", "run-2"}


def test_the_library_speaks_of_settings_and_the_command_line_of_flags(tmp_path: Path) -> None:
    clip = clips.make(tmp_path / "run.mp4", np.arange(30) / 30)
    result = run("analyze", clip, "--start", "20", "-o", tmp_path / "out", *FAST)
    assert result.exit_code == 4
    assert "nothing is left after --start 20: the clip is" in one_line(result.stderr)
    for module in (ROOT / "formcheck").rglob("*.py"):
        if not module.name.startswith("cli"):
            code = re.sub(r'"""[\s\S]*?"""', "", module.read_text(encoding="utf-8"))
            said = re.findall(r"[^-\w]--[a-z][a-z-]+", code)
            assert not said or module.name in ("comeback.py", "plan_page.py", "terminal.py"), (module, said)


def test_every_exit_code_is_told_in_the_help() -> None:
    for code in ExitCode:
        assert MEANS[code] in run("--help").output


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_loading_numpy_is_told_without_loading_it_again(sign: signal.Signals) -> None:
    """It cannot be loaded twice: what reports the interruption must do without it."""
    code = (
        "import os, signal, sys; from formcheck import cli_start\n"
        f"signal.signal({int(sign)}, signal.SIG_DFL)\n"
        "class Loading:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == 'numpy.linalg': os.kill(os.getpid(), {int(sign)})\n"
        "sys.meta_path.insert(0, Loading()); sys.argv = ['formcheck', 'analyze', 'a.mp4']; cli_start.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "formcheck: interrupted; nothing half-written is left\n")


def test_what_another_process_found_wrong_is_told_in_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Its traceback comes along as a note, which is not for the user."""
    try:
        raise UnreadableVideoError("run.mp4: damaged; copy it from the camera again")
    except UnreadableVideoError as error:
        sent = pickle.loads(pickle.dumps(_portable(error)))
    assert sent.__notes__
    assert failed(sent) == ExitCode.UNREADABLE
    assert capsys.readouterr().err == "formcheck: run.mp4: damaged; copy it from the camera again\n"
