"""Static word vectors: a text as the sum of the vectors of its pieces. The only module that knows wordllama and tokenizers.

Of wordllama only the two files in its wheel are used: a table of vectors and the rules by which a text is split. Its own code would
configure logging and ask a hub for what it misses; neither is wanted here.

Everything is computed in whole numbers that a float holds exactly, so that the order of a sum, the processor and the number of
threads change nothing: the same text gives the same vector everywhere.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from normalizer.classifier.words import REMEMBERED_WORDS
from shared.errors import ConfigurationError

PACKAGE: Final = "wordllama"
TABLE: Final = "wordllama/weights/l2_supercat_256.safetensors"
PIECES: Final = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
TENSOR: Final = "embedding.weight"
STEP: Final = 1 / 15
"""Of a vector's component: they lie between -8.02 and 8.02, and eight bits hold their steps."""
MOST: Final = 127
ROWS_AT_ONCE: Final = 4_096
UNIT: Final = 2_048
"""The length of a vector. The product of two is at most its square, which a float of 32 bits holds exactly."""

Vector = NDArray[np.float32]
"""Whole numbers; its length is about that of a unit, or 0 for a text without pieces."""


class WordVectors:
    """The table and the splitter, loaded once. Pure, and to be shared by threads."""

    unit: Final = UNIT
    are_dear: Final = False

    def __init__(self, table: NDArray[np.int8], splitter: Tokenizer, version: str) -> None:
        self._table = table
        self._splitter = splitter
        self.version = version
        """SHA-256 of both files, in hexadecimal."""
        # Splitting a word costs more than all the rest, and a few thousand words make most of what people write.
        self._of_word = lru_cache(REMEMBERED_WORDS)(self._add_up)

    def __call__(self, _text: str, words: Sequence[str]) -> Vector:
        """The direction of the words together, wherever they stand in the text; zeros where there are none. Linear."""
        if not words:
            return np.zeros(self._table.shape[1], np.float32)
        return unit(np.add.reduce([self._of_word(word) for word in words], dtype=np.int64))

    def _add_up(self, word: str) -> NDArray[np.int16]:
        pieces = self._splitter.encode(word, add_special_tokens=False).ids
        sums: NDArray[np.int16] = self._table[pieces].sum(axis=0, dtype=np.int16)  # a word is short
        return sums


def unit(vector: NDArray[np.int64]) -> Vector:
    """The vector of whole numbers with the length ``UNIT``, rounded to whole numbers."""
    length = math.sqrt(int(np.dot(vector, vector)))
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
    digest = hashlib.sha256(table)
    digest.update(pieces)
    return WordVectors(_table(table), splitter, digest.hexdigest())


def _table(content: bytes) -> NDArray[np.int8]:
    """Of a safetensors file: eight bytes of length, a header in JSON, the numbers; here in steps."""
    begins = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begins])
    shape = header.get(TENSOR, {}).get("shape")
    if header.get(TENSOR, {}).get("dtype") != "F16" or not isinstance(shape, list):
        raise ConfigurationError(f"the word vectors of {PACKAGE} have another form than this version knows")
    numbers = np.frombuffer(content, np.float16, offset=begins).reshape(shape)
    table = np.empty(shape, np.int8)
    for row in range(0, len(numbers), ROWS_AT_ONCE):  # at once it would need four times the memory
        steps = np.rint(numbers[row : row + ROWS_AT_ONCE].astype(np.float32) / STEP)
        table[row : row + ROWS_AT_ONCE] = np.clip(steps, -MOST, MOST)
    return table
