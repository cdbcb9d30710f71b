"""The model file: what is written is what is read, and what is no model is refused with a sentence."""

from pathlib import Path

import numpy as np
import pytest

from normalizer.classifier.model import BUNDLED, MAX_BYTES, from_bytes, load_model, to_bytes
from shared.errors import ConfigurationError

CONTENT = BUNDLED["light"].read_bytes()


def test_a_model_survives_its_file() -> None:
    """Byte for byte; its version is the digest of the bytes."""
    model = from_bytes(CONTENT, "model.bin")
    assert to_bytes(model) == CONTENT
    assert len(model.version) == 64
    assert model.word_weights.shape == (len(model.features), len(model.codes))
    assert np.array_equal(from_bytes(to_bytes(model), "again").vector_weights, model.vector_weights)


def test_the_shipped_models_are_small() -> None:
    """They lie in the repository and in every image."""
    assert all(path.stat().st_size < MAX_BYTES for path in BUNDLED.values())


def test_the_shipped_models_learnt_from_the_same() -> None:
    """Who changes an example trains both: ``make train``, and ``CLASSIFIER=full make train`` where the extra is installed."""
    light, full = load_model(BUNDLED["light"]), load_model(BUNDLED["full"])
    assert (light.learnt_from, light.apart_version) == (full.learnt_from, full.apart_version)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"{}\n", b"not json\n", b"[" * 100_000, CONTENT[:-2], CONTENT + b"\0\0", CONTENT[:5_000], b'{"format": 2}\n', b"\xff\xfe"],
)
def test_what_is_no_model_is_refused(content: bytes) -> None:
    """Cut short, too long, something else: a sentence, and what to do."""
    with pytest.raises(ConfigurationError, match=r"model.bin is no model of the classifier, or is damaged: train it anew \(make train\)"):
        from_bytes(content, "model.bin")


def test_a_model_of_another_format_is_refused() -> None:
    """An old file beside a new version."""
    with pytest.raises(ConfigurationError, match=r"model.bin has format 0, this version reads 2"):
        from_bytes(b'{"format": 0}\n', "model.bin")


def test_a_missing_model_is_said(tmp_path: Path) -> None:
    """The setting names a file that is not there."""
    with pytest.raises(ConfigurationError, match=r"the model missing\.bin cannot be read: FileNotFoundError"):
        load_model(tmp_path / "missing.bin")
