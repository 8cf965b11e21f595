"""Files → Points: JSON as OpenPose, Pose2Sim, AlphaPose, MMPose and COCO have it, and which reader a file has."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from ..archive import DAMAGED
from ..incoming import MOST_DIGITS, content, is_folder, parsed
from ..video import MOST_FRAMES
from .ours import load_csv, load_npz
from .points import Kept, People, Points, collected, pose_of, unreadable
from .trc import load_trc

MOST_PACKED = 256 * 2**20  # of a zip: an hour of one person is 110 MB
MOST_UNPACKED = 2**30
MOST_OF_FRAME = 2**20  # of the file of one frame
LOCKED = 1  # among a zipped file's flags
FRAME = re.compile(r"(\d+)(?:_keypoints)?$")  # at the end of a file's name, without its suffix
FRAMES = "JSON files, one for each frame, with OpenPose's people or MMPose's list of instances"
LISTS = "JSON: a list with image_id and keypoints, COCO's annotations, MMPose's instances, AlphaPose's people by image"


def load(path: Path) -> Points | Kept:
    """What a file or folder of keypoints holds. Raises UnreadableInputError, in one line."""
    reader, layout = READERS.get(".zip" if is_folder(path) else path.suffix.lower(), (None, ""))
    if reader is None:
        raise unreadable(path, f"its name does not end in {', '.join(READERS)}")
    try:
        return reader(path)
    except OSError as error:
        raise unreadable(path, error.strerror or error) from error
    except UnicodeDecodeError as error:
        raise unreadable(path, "not text in UTF-8") from error
    except DAMAGED as error:
        said = type(error) is ValueError  # by a reader; the others are Python's own, of what no reader expects
        raise unreadable(path, error if said else f"damaged, or not {layout}") from error


def _load_frames(path: Path) -> Points:
    """A file for each frame, in a folder or a zip."""
    if is_folder(path):
        files = sorted(file for file in path.iterdir() if _of_a_frame(file.name))
        return collected(_of_files([(file.name, partial(content, file, MOST_OF_FRAME)) for file in files]))
    with zipfile.ZipFile(BytesIO(content(path, MOST_PACKED))) as packed:
        named = sorted(packed.infolist(), key=lambda file: file.filename)
        if sum(file.file_size for file in named) > MOST_UNPACKED:
            raise ValueError("too large once unpacked")
        zipped = [file for file in named if _of_a_frame(file.filename)]
        return collected(_of_files([(file.filename, partial(_unpacked, packed, file)) for file in zipped]))


def _of_a_frame(name: str) -> bool:
    """Hidden files are none: beside each file, macOS may write one whose name begins with ``._``."""
    return name.lower().endswith(".json") and not name.rpartition("/")[2].startswith(".")


def _unpacked(packed: zipfile.ZipFile, file: zipfile.ZipInfo) -> bytes:
    if file.flag_bits & LOCKED:
        raise ValueError("locked with a password")
    with packed.open(file) as opened:
        read = opened.read(MOST_OF_FRAME + 1)
    if len(read) > MOST_OF_FRAME:
        raise ValueError("the file of a frame is too large")
    return read


def _of_files(files: list[tuple[str, Callable[[], bytes]]]) -> Iterator[tuple[int, People]]:
    if not files:
        raise ValueError("no JSON file is in it")
    if len(files) > MOST_FRAMES:
        raise ValueError(f"more than {MOST_FRAMES} frames")
    frames = _apart(_frame(name) for name, _ in files)
    for frame, (_, read) in zip(frames, files, strict=True):
        told = _json(read())
        yield frame, _people(told, _of_mmpose) if isinstance(told, list) else _people(told["people"], _of_openpose)


def _apart(frames: Iterable[int]) -> list[int]:
    """Frame numbers, one for each file or image."""
    numbers = list(frames)
    if len(set(numbers)) < len(numbers):
        raise ValueError("two files or images are of the same frame; give those of one clip")
    return numbers


def _frame(name: str) -> int:
    """The frame number that a file's name ends in."""
    number = _number(name)
    if number is None:
        raise ValueError(f"no frame's number at the end of {name[:40]!r}")
    return number


def _number(name: Any) -> int | None:
    found = FRAME.search(name.rpartition("/")[2].rpartition(".")[0] or name) if isinstance(name, str) else None
    return int(found[1]) if found and len(found[1]) <= MOST_DIGITS else None


def _json(written: bytes) -> Any:
    """NaN, which Python's own writer gives for points not seen, is read."""
    return parsed(written.decode("utf-8-sig"), nan=True)


def _people(listed: Any, points: Callable[[Any], Any]) -> People:
    """Those in a list of people; points: of one of them, none where nobody is."""
    if not isinstance(listed, list):
        raise ValueError("the people of a frame are not a list")
    return [pose_of(values) for person in listed if (values := points(person))]


def _of_openpose(person: Any) -> Any:
    return person.get("pose_keypoints_2d")  # Pose2Sim writes {} for whoever is not seen in a frame


def _of_mmpose(person: Any) -> Any:
    """Points and their scores are in separate lists."""
    pairs, scores = person["keypoints"], person["keypoint_scores"]
    if not isinstance(pairs, list) or not isinstance(scores, list) or len(pairs) != len(scores):
        raise ValueError("a person does not have as many scores as points")
    return [number for pair, score in zip(pairs, scores, strict=True) for number in (*pair[:2], score)]


def _of_coco(entry: Any) -> Any:
    return entry.get("keypoints")  # what is only framed has none


def _load_json(path: Path) -> Points:
    told = _json(content(path))
    first = told[0] if isinstance(told, list) and told else told
    if "people" in first or "keypoint_scores" in first:
        raise ValueError("a single frame; give the folder of all frames, or a zip of it")
    if isinstance(told, list):
        return collected(_of_instances(told, 0)) if "instances" in first else _listed(told, [])
    if "instance_info" in told:  # MMPose's demos count from 1
        return collected(_of_instances(told["instance_info"], 1))
    if "annotations" in told:
        return _listed(told["annotations"], told.get("images") or [])
    frames = {name: frame["people"] for name, frame in told.items()}  # AlphaPose's, in its form "open"
    people = (_people(listed, _of_openpose) for listed in frames.values())
    return collected(zip(_apart(map(_image, frames)), people, strict=True))


def _of_instances(frames: Any, first: int) -> Iterator[tuple[int, People]]:
    """MMPose's, of a clip."""
    for frame in frames:
        yield _image(frame["frame_id"]) - first, _people(frame["instances"], _of_mmpose)


def _listed(entries: Any, images: Any) -> Points:
    """Everybody in one list, each with the image they are in, as in COCO."""
    if not isinstance(entries, list) or not entries:
        raise ValueError("no people are listed in it")
    frames, first_known = _frames_of(list(dict.fromkeys(entry["image_id"] for entry in entries)), images)
    people = ((frames[entry["image_id"]], _people([entry], _of_coco)) for entry in entries)
    return replace(collected(people), first_known=first_known)


def _frames_of(ids: list[Any], images: Any) -> tuple[dict[Any, int], bool]:
    """The frame of each image, and whether they are known to be counted from the clip's first.

    By the names of the files, where all listed end in a number. Otherwise by what images are called instead of numbers,
    from 0, or by their numbers, from the smallest listed.
    """
    files: dict[Any, Any] = {image["id"]: _number(image.get("file_name")) for image in images}
    if files and None not in files.values():
        numbers, first = files, None
    else:
        numbers = {image: _image(image) for image in ids}
        first = 0 if isinstance(ids[0], str) else min(map(_image, files), default=None)
    frames = _apart(numbers.values())
    begins = _first(frames) if first is None else first
    return {image: frame - begins for image, frame in zip(numbers, frames, strict=True)}, first is not None


def _first(frames: list[int]) -> int:
    """The number of the clip's first frame where it is not known, since nobody may be in the first frames: 0, unless
    the smallest is 1, or one that no clip has.
    """
    smallest = min(frames)
    return smallest if smallest == 1 or smallest >= MOST_FRAMES else 0


def _image(name: Any) -> int:
    if type(name) is int:
        return name
    if not isinstance(name, str):
        raise ValueError("an image has neither a number nor a name")
    return _frame(name if "." in name else f"{name}.")


READERS: dict[str, tuple[Callable[[Path], Points | Kept], str]] = {  # and the layout that each reads
    ".npz": (load_npz, "keypoints.npz as formcheck writes it"),
    ".csv": (load_csv, "frames.csv as formcheck writes it"),
    ".json": (_load_json, LISTS),
    ".zip": (_load_frames, FRAMES),  # a folder is read alike
    ".trc": (load_trc, "OpenSim's table of markers"),
}
SUFFIXES = tuple(READERS)
