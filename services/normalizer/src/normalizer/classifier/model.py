"""The model file: what ``make train`` learnt, as bytes that are the same whenever the same is learnt.

One line of JSON (the header), then the numbers, little-endian, in the order of ``_ARRAYS``. No time, no path and no name of a person
in it. Its SHA-256 is the model's version, and stands in every decision that it made.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.errors import ConfigurationError

Kind = Literal["light", "full"]
"""Through word vectors, or through sentence vectors."""
BUNDLED: Final[dict[Kind, Path]] = {
    "light": Path(__file__).with_name("model.bin"),
    "full": Path(__file__).with_name("model_full.bin"),
}
FORMAT: Final = 2
MAX_BYTES: Final = 5 * 1024 * 1024
"""Of a model that comes with the package: it lies in the repository and in every image."""


Knots = tuple[tuple[float, float], ...]
"""Points of a line that never falls, from (0, ...) to (1, ...): a share of the softmax, and how often such a candidate is right."""


Of = TypeVar("Of")


class Mix(NamedTuple, Generic[Of]):
    """Something of each view; of numbers: how much it counts in the log-linear mix."""

    rules: Of
    words: Of
    vectors: Of
    examples: Of


@dataclass(frozen=True, slots=True)
class Model:
    """What was learnt."""

    learnt_from: str
    """Digest of all that the catalogue says to learn from; the catalogue in use must give the same."""
    vectors_version: str
    """Of the table of word vectors that the text was seen through."""
    apart_version: str
    """Of the texts written apart, on which mix and calibration were found."""
    corrections: int
    """How many of the advocates' corrections were learnt from, beside the catalogue."""
    codes: tuple[str, ...]
    features: tuple[str, ...]
    mix: Mix[float]
    calibration: Knots
    """From shares of the mix to confidence."""
    word_scale: float
    """What one step of ``word_weights`` is worth."""
    vector_scale: float
    """Likewise of ``vector_weights``."""
    word_sizes: NDArray[np.int16]
    """How much each feature counts in the length of a text: its rarity, squared sums make the length."""
    word_weights: NDArray[np.int16]
    """What each feature says for each service: features by services."""
    vector_weights: NDArray[np.int16]
    """What each component of a vector says for each service: components by services."""
    example_vectors: NDArray[np.int8]
    """Of the phrasings, in the order of the services; none where they are looked at anew at every start."""
    version: str = ""
    """SHA-256 of the file, in hexadecimal."""


_ARRAYS: Final = {"word_sizes": "<i2", "word_weights": "<i2", "vector_weights": "<i2", "example_vectors": "i1"}
"""With their types."""


def to_bytes(model: Model) -> bytes:
    """The file's content."""
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    header = {
        "format": FORMAT,
        "learnt_from": model.learnt_from,
        "vectors_version": model.vectors_version,
        "apart_version": model.apart_version,
        "corrections": model.corrections,
        "codes": model.codes,
        "features": model.features,
        "mix": model.mix._asdict(),
        "calibration": model.calibration,
        "word_scale": model.word_scale,
        "vector_scale": model.vector_scale,
        "shapes": {name: array.shape for name, array in arrays.items()},
    }
    line = json.dumps(header, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    return line + b"\n" + b"".join(np.ascontiguousarray(array, _ARRAYS[name]).tobytes() for name, array in arrays.items())


def from_bytes(content: bytes, name: str) -> Model:
    """The model.

    Raises:
        ConfigurationError: it is no model of this format.
    """
    try:
        line, _, numbers = content.partition(b"\n")
        header = json.loads(line)
        if header["format"] != FORMAT:
            raise ConfigurationError(f"{name} has format {header['format']!r}, this version reads {FORMAT}: train it anew (make train)")
        return Model(
            learnt_from=str(header["learnt_from"]),
            vectors_version=str(header["vectors_version"]),
            apart_version=str(header["apart_version"]),
            corrections=int(header["corrections"]),
            codes=tuple(header["codes"]),
            features=tuple(header["features"]),
            mix=Mix(**header["mix"]),
            calibration=tuple((float(share), float(confidence)) for share, confidence in header["calibration"]),
            word_scale=float(header["word_scale"]),
            vector_scale=float(header["vector_scale"]),
            version=hashlib.sha256(content).hexdigest(),
            **_arrays(header["shapes"], numbers),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ConfigurationError(f"{name} is no model of the classifier, or is damaged: train it anew (make train)") from None


def _arrays(shapes: dict[str, Any], numbers: bytes) -> dict[str, NDArray[Any]]:
    arrays, begins = {}, 0
    for name, kind in _ARRAYS.items():
        shape = tuple(int(size) for size in shapes[name])
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(numbers, kind, count, begins).reshape(shape)
        begins += arrays[name].nbytes
    if begins != len(numbers):
        raise ValueError("the numbers are not as many as the header says")
    return arrays


def load_model(path: Path | None = None, kind: Kind = "light") -> Model:
    """The model from its file; None: the one of this kind that comes with the package.

    Raises:
        ConfigurationError: it cannot be read, or is no model.
    """
    path = path or BUNDLED[kind]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the model {path.name} cannot be read: {type(error).__name__}; make train makes it") from None
    return from_bytes(content, path.name)
