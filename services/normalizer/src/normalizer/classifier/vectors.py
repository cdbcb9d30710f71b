"""Static word vectors: a text as the sum of the vectors of its pieces. The only module that knows wordllama and tokenizers.

Of wordllama only the two files in its wheel are used: a table of vectors and the rules by which a text is split. Its own code would
configure logging and ask a hub for what it misses; neither is wanted here.

Everything is computed in whole numbers that a float holds exactly, so that the order of a sum, the processor and the number of
threads change nothing: the same text gives the same vector everywhere.
"""

import hashlib
import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from shared.errors import ConfigurationError

PACKAGE: Final = "wordllama"
TABLE: Final = "wordllama/weights/l2_supercat_256.safetensors"
PIECES: Final = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
TENSOR: Final = "embedding.weight"
MAX_CHARACTERS: Final = 2_000
"""Of a text, from its start. What somebody wants stands there, and more would only blur it."""
TABLE_SCALE: Final = 16
"""Steps of a vector's component: its values lie between -9 and 9."""
UNIT: Final = 2_048
"""The length of a vector. The product of two is at most its square, which a float of 32 bits holds exactly."""

Vector = NDArray[np.float32]
"""Whole numbers; its length is about ``UNIT``, or 0 for a text without pieces."""


class WordVectors:
    """The table and the splitter, loaded once. Pure, and to be shared by threads."""

    def __init__(self, table: NDArray[np.float16], splitter: Tokenizer, version: str) -> None:
        self._table = table
        self._splitter = splitter
        self.version = version
        """SHA-256 of both files, in hexadecimal."""

    def __call__(self, text: str) -> Vector:
        """The text's direction; zeros where it has none. Never an error, whatever the text; linear, and at most ``MAX_CHARACTERS`` count."""
        # A lone surrogate is no character, and the splitter takes characters only.
        readable = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        pieces = self._splitter.encode(readable, add_special_tokens=False).ids
        if not pieces:
            return np.zeros(self._table.shape[1], np.float32)
        steps = np.rint(self._table[pieces].astype(np.float32) * TABLE_SCALE)
        return unit(steps.sum(axis=0, dtype=np.float64))


def unit(vector: NDArray[np.float64]) -> Vector:
    """The vector of whole numbers with the length ``UNIT``, rounded to whole numbers."""
    length = float(np.sqrt(np.einsum("i,i->", vector, vector)))
    return np.rint(vector * (UNIT / length)).astype(np.float32) if length else np.zeros(len(vector), np.float32)


def load_vectors() -> WordVectors:
    """The vectors from the installed package.

    Raises:
        ConfigurationError: it is not installed, or lacks its files.
    """
    try:
        package = distribution(PACKAGE)
        table, pieces = (Path(str(package.locate_file(name))).read_bytes() for name in (TABLE, PIECES))
    except (PackageNotFoundError, OSError) as error:
        raise ConfigurationError(f"the word vectors of {PACKAGE} cannot be read: {type(error).__name__}") from None
    splitter = Tokenizer.from_str(pieces.decode())
    splitter.no_padding()
    splitter.no_truncation()
    return WordVectors(_table(table), splitter, hashlib.sha256(table + pieces).hexdigest())


def _table(content: bytes) -> NDArray[np.float16]:
    """Of a safetensors file: eight bytes of length, a header in JSON, the numbers."""
    begins = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begins])
    shape = header.get(TENSOR, {}).get("shape")
    if header.get(TENSOR, {}).get("dtype") != "F16" or not isinstance(shape, list):
        raise ConfigurationError(f"the word vectors of {PACKAGE} have another form than this version knows")
    return np.frombuffer(content, np.float16, offset=begins).reshape(shape)
