"""The town's data files: YAML in, checked values out, and a sentence for the operator where something is wrong."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from shared.contracts import Language
from shared.errors import ConfigurationError

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]


class Data(BaseModel):
    """Part of a data file. A misspelt key is refused: silently ignoring it would lose a rule of the town."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Localized(Data):
    """The same said in every language that we answer in."""

    en: Sentence
    es: Sentence

    def __call__(self, language: Language = Language.EN) -> str:
        """The text in ``language``."""
        return self.es if language is Language.ES else self.en


D = TypeVar("D", bound=Data)


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - what a YAML file holds is unknown until it is checked
    """What the file holds.

    Raises:
        ConfigurationError: it cannot be read, or is no YAML.
    """
    try:
        return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {type(error).__name__}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path.name} is not valid YAML{where}") from None


def read_mapping(path: Path, else_told: str) -> dict[Any, Any]:
    """What the file holds, by key.

    Raises:
        ConfigurationError: it cannot be read, or is no mapping: ``else_told`` says what it must hold.
    """
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path.name} {else_told}")
    return content


def checked(model: type[D], value: object, where: str) -> D:
    """``value`` as a ``model``.

    Raises:
        ConfigurationError: naming ``where`` it is and, for each fault (at most five), the field and what is wrong with it.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)[:5]
        sentences = [f"{'.'.join(str(step) for step in fault['loc']) or 'it'}: {fault['msg']}" for fault in faults]
        raise ConfigurationError(f"{where}: {'; '.join(sentences)}") from None
