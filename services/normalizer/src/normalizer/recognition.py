"""py3langid as the recogniser of languages: its model comes with the package, and nothing is fetched."""

from importlib.metadata import version
from typing import Final

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from normalizer.pipeline.language import Guess

LANGUAGES: Final = (
    "ar",
    "bn",
    "de",
    "en",
    "es",
    "fa",
    "fr",
    "gu",
    "hi",
    "it",
    "ja",
    "kn",
    "ko",
    "ml",
    "mr",
    "pa",
    "pl",
    "pt",
    "ru",
    "ta",
    "te",
    "tl",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh",
)
"""BCP 47, what residents are likely to write. Among 27 a short text is told more surely than among the model's 139."""


class ModelRecogniser:
    """A linear model over the bytes of a text: about 0.1 ms for a report, 95 MB of memory, a second to load."""

    def __init__(self) -> None:
        self.version: Final = f"py3langid {version('py3langid')}"
        self._model: Final = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        self._model.set_languages(LANGUAGES)

    def __call__(self, text: str) -> Guess:
        """As ``Recogniser``."""
        code, confidence = self._model.classify(text)
        return Guess(code, min(1.0, float(confidence)))
