"""Files → Points: OpenPose's, COCO's and Halpe's JSON as AlphaPose and MMPose write it, and which reader a file has."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from ..archive import DAMAGED
from ..incoming import MOST_DIGITS, content, is_folder, parsed
from ..tracking import Pose
from ..video import MOST_FRAMES
from .ours import load_csv, load_npz
from .points import Kept, Points, collected, pose_of, unreadable
from .trc import load_trc

MOST_PACKED = 256 * 2**20  # of a zip: an hour of one person is 110 MB
MOST_UNPACKED = 2**30
MOST_OF_FRAME = 2**20  # of OpenPose's file of one frame
FRAME = re.compile(r"(\d+)(?:_keypoints)?$")  # at the end of a file's name, without its suffix

Seen = Iterator[tuple[int, str, Pose | None]]


def load(path: Path) -> Points | Kept:
    """What a file or folder of keypoints holds. Raises UnreadableInputError, in one line."""
    reader = _load_folder if is_folder(path) else READERS.get(path.suffix.lower())
    if reader is None:
        raise unreadable(path, f"its name does not end in {', '.join(READERS)}")
    try:
        return reader(path)
    except OSError as error:
        raise unreadable(path, error.strerror or error) from error
    except DAMAGED as error:
        if isinstance(error, UnicodeDecodeError):
            raise unreadable(path, "not text in UTF-8") from error
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error).partition(": line")[0]
        raise unreadable(path, why or "damaged") from error


def _load_folder(path: Path) -> Points:
    """OpenPose's folder, a file for each frame."""
    files = sorted(file for file in path.iterdir() if _of_a_frame(file.name))
    return collected(_of_files([(file.name, partial(content, file, MOST_OF_FRAME)) for file in files]))


def _load_zip(path: Path) -> Points:
    """The same, zipped."""
    with zipfile.ZipFile(BytesIO(content(path, MOST_PACKED))) as packed:
        named = sorted(packed.infolist(), key=lambda file: file.filename)
        if sum(file.file_size for file in named) > MOST_UNPACKED:
            raise ValueError("too large once unpacked")
        files = [file for file in named if _of_a_frame(file.filename)]
        return collected(_of_files([(file.filename, partial(_unpacked, packed, file)) for file in files]))


def _of_a_frame(name: str) -> bool:
    """Hidden files are none: beside each file, macOS may write one whose name begins with ``._``."""
    return name.lower().endswith(".json") and not name.rpartition("/")[2].startswith(".")


def _unpacked(packed: zipfile.ZipFile, file: zipfile.ZipInfo) -> bytes:
    with packed.open(file) as opened:
        read = opened.read(MOST_OF_FRAME + 1)
    if len(read) > MOST_OF_FRAME:
        raise ValueError("the file of a frame is too large")
    return read


def _of_files(files: list[tuple[str, Callable[[], bytes]]]) -> Seen:
    if len(files) > MOST_FRAMES:
        raise ValueError(f"more than {MOST_FRAMES} frames")
    frames = [_frame(name) for name, _ in files]
    if len(set(frames)) < len(frames):
        raise ValueError("two files are for the same frame; give those of one clip")
    empty, model = [], ""
    for frame, (_, read) in zip(frames, files, strict=True):
        people = parsed(read().decode("utf-8-sig"))["people"]
        if not isinstance(people, list):
            raise ValueError("people is not a list")
        for person in people:
            if person["pose_keypoints_2d"]:
                model, pose = pose_of(person["pose_keypoints_2d"])
                yield frame, model, pose
        empty += [] if people else [frame]
    if model:
        yield from ((frame, model, None) for frame in empty)


def _frame(name: str) -> int:
    """The frame number that a name ends in."""
    found = FRAME.search(name.rpartition("/")[2].rpartition(".")[0] or name)
    if found is None or len(found[1]) > MOST_DIGITS:
        raise ValueError(f"no frame's number at the end of {name[:40]!r}")
    return int(found[1])


def _load_json(path: Path) -> Points:
    told = parsed(content(path).decode("utf-8-sig"))
    if isinstance(told, dict) and "people" in told:
        raise ValueError("a single OpenPose frame; give the folder or a zip of it")
    if isinstance(told, dict) and "instance_info" in told:  # MMPose's demos count from 1
        return collected(_of_instances(told["instance_info"], 1))
    entries = told["annotations"] if isinstance(told, dict) else told
    if not isinstance(entries, list) or not entries:
        raise ValueError("no list of people")
    if isinstance(entries[0], dict) and "instances" in entries[0]:
        return collected(_of_instances(entries, 0))
    numbered, images = isinstance(entries[0]["image_id"], int), told.get("images") if isinstance(told, dict) else None
    first = _first(entries, images) if numbered else 0
    people = ((_image(entry["image_id"]) - first, *pose_of(entry["keypoints"])) for entry in entries)
    return replace(collected(people), first_known=bool(images) or not numbered)


def _first(entries: list[Any], images: list[Any] | None) -> int:
    """The number of the clip's first frame, where images have whole numbers instead of names.

    That of the first image listed. Without such a list it is not known, since nobody may be in the first frames: from
    0, as in names, unless the smallest is 1, or one that no clip has.
    """
    if images:
        return min(_image(image["id"]) for image in images)
    smallest = min(_image(entry["image_id"]) for entry in entries)
    return smallest if smallest == 1 or smallest >= MOST_FRAMES else 0


def _image(name: Any) -> int:
    if type(name) is int:
        return name
    if not isinstance(name, str):
        raise ValueError("an image has neither a number nor a name")
    return _frame(name if "." in name else f"{name}.")


def _of_instances(frames: Any, first: int) -> Seen:
    """MMPose's: points and their scores in separate lists."""
    for frame in frames:
        for person in frame["instances"]:
            pairs, scores = person["keypoints"], person["keypoint_scores"]
            if not isinstance(pairs, list) or not isinstance(scores, list) or len(pairs) != len(scores):
                raise ValueError("a person does not have as many scores as points")
            flat = [number for pair, score in zip(pairs, scores, strict=True) for number in (*pair[:2], score)]
            yield int(frame["frame_id"]) - first, *pose_of(flat)


READERS: dict[str, Callable[[Path], Points | Kept]] = {
    ".npz": load_npz,
    ".csv": load_csv,
    ".json": _load_json,
    ".zip": _load_zip,
    ".trc": load_trc,
}
SUFFIXES = tuple(READERS)
