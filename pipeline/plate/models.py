"""The landmark models: which files they are, where they lie, and how one is run.

They are MediaPipe's (Apache-2.0), which ships them inside its wheel and nowhere else. Its package can't be installed
beside this project's (it wants an OpenCV that needs a display, and its own protobuf), so set-up takes the wheel with
pip, keeps these files, each held to its SHA-256, and leaves the rest. They run under LiteRT on the CPU.

`python -m pipeline.plate` is that set-up; it takes a few seconds and is needed once.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import PictureError
from pipeline.stage.cache import cache_root

WHEEL = "mediapipe==0.10.21"
FILES: dict[str, str] = {
    "palm_detection_full": "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54",
    "hand_landmark_full": "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
    "face_detection_full_range_sparse": "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
    "face_detection_short_range": "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    "face_landmark": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    "iris_landmark": "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    "pose_detection": "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    "pose_landmark_full": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "selfie_segmentation": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
}


def models_folder() -> Path:
    """Where the models are kept: `LOUPE_LANDMARKS_DIR`, or beside the body model's cache."""
    root = Path(os.environ.get("LOUPE_LANDMARKS_DIR") or cache_root() / "landmarks")
    return root / WHEEL.replace("==", "-")


def fetch_models() -> Path:
    """Take the models out of MediaPipe's wheel; nothing is done where they lie already. Raises PictureError."""
    folder = models_folder()
    if all(_is_whole(folder / f"{name}.tflite", sha256) for name, sha256 in FILES.items()):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
            [*command, "--only-binary=:all:", "--dest", scratch, WHEEL], capture_output=True, text=True, check=False
        )
        wheels = list(Path(scratch).glob("*.whl"))
        if done.returncode or not wheels:
            raise PictureError(
                "plate.models_missing",
                "The landmark models could not be fetched with pip.",
                f"Check the network, then run it again. pip said: {done.stderr.strip()[-300:] or 'nothing'}",
            )
        with zipfile.ZipFile(wheels[0]) as wheel:
            entries = {Path(entry).name: entry for entry in wheel.namelist() if entry.endswith(".tflite")}
            for name in FILES:
                made = Path(scratch) / f"{name}.tflite"
                made.write_bytes(wheel.read(entries[made.name]))
                if not _is_whole(made, FILES[name]):
                    raise PictureError("plate.models_damaged", f"{made.name} is not the file that it should be.")
                made.replace(folder / made.name)
    return folder


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


@contextmanager
def _hushed() -> Iterator[None]:
    """The runtime tells of its delegate on standard error, past Python, once a process: no news to anyone. What fails raises."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


class Model:
    """One model, loaded: `run` takes its input (h, w, 3) float32 and gives its outputs, flattened, in the file's order."""

    def __init__(self, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        # One thread: the same picture gives the same numbers, on any number of cores.
        with _hushed():
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=1)
            self._interpreter.allocate_tensors()
        details = self._interpreter.get_input_details()[0]
        self._input: int = details["index"]
        self.side: int = int(details["shape"][1])
        self._outputs: list[int] = [o["index"] for o in self._interpreter.get_output_details()]

    def run(self, image: np.ndarray) -> list[np.ndarray]:
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(image[None], np.float32))
        self._interpreter.invoke()
        return [np.array(self._interpreter.get_tensor(index)[0], np.float64) for index in self._outputs]


@lru_cache(maxsize=len(FILES))
def model(name: str) -> Model:
    """The model of this name. Raises PictureError where set-up hasn't fetched it."""
    path = models_folder() / f"{name}.tflite"
    if not _is_whole(path, FILES[name]):
        raise PictureError(
            "plate.models_missing",
            "The landmark models that plates are read with are not installed.",
            "Run `make setup`, or `python -m pipeline.plate`.",
        )
    return Model(path)
