"""What the catalogue says of one service, and the questions a department asks (Open311's service definition)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contracts import Code, Language, Service
from shared.town.configuration import Data, Localized, Sentence
from shared.town.town import Key


class Datatype(StrEnum):
    """Open311's types of an attribute."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    SINGLEVALUELIST = "singlevaluelist"
    MULTIVALUELIST = "multivaluelist"

    @property
    def is_list(self) -> bool:
        """Whether it is answered by choosing."""
        return self in {Datatype.SINGLEVALUELIST, Datatype.MULTIVALUELIST}


class CatalogueFile(Data):
    """The catalogue's file apart from its services, which are checked one by one so that a fault can name its service."""

    groups: Annotated[Mapping[Key, Localized], Field(min_length=1)]


class AttributeEntry(Data):
    """A question as the file has it; its place in the list is its order."""

    code: Code
    datatype: Datatype
    required: bool = False
    question: Localized
    help: Localized
    values: Mapping[Code, Localized] = {}

    @model_validator(mode="after")
    def _lists_have_values(self) -> Self:
        if self.datatype.is_list and len(self.values) < 2:  # noqa: PLR2004 - one value is no choice
            msg = f"{self.code}: a {self.datatype} needs two values or more"
            raise ValueError(msg)
        if self.values and not self.datatype.is_list:
            msg = f"{self.code}: only lists have values"
            raise ValueError(msg)
        return self


class Keywords(Data):
    """Words and short phrases that people use for it."""

    en: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    es: Annotated[tuple[Sentence, ...], Field(min_length=1)]


class ServiceEntry(Data):
    """A service as the file has it."""

    code: Code
    name: Localized
    description: Localized
    group: Key
    department: Key
    keywords: Keywords
    expected_business_days: Annotated[int, Field(ge=1, le=250)]
    photos_help: bool = True
    place_needed: bool = True
    is_private: bool = False
    owner_note: Localized | None = None
    attributes: tuple[AttributeEntry, ...] = ()

    @model_validator(mode="after")
    def _questions_differ(self) -> Self:
        codes = [attribute.code for attribute in self.attributes]
        if len(set(codes)) < len(codes):
            msg = "two attributes have the same code"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """One answer of a list."""

    key: str
    names: Localized

    def name(self, language: Language = Language.EN) -> str:
        """As it is shown."""
        return self.names(language)


class AttributeDefinition:
    """A question about a request, in Open311's words."""

    variable = True
    """Open311: an answer is wanted (False would be a mere notice, which we have none of)."""

    def __init__(self, entry: AttributeEntry, order: int) -> None:
        self.code = entry.code
        self.datatype = entry.datatype
        self.required = entry.required
        self.order = order
        """From 1, each once."""
        self.values = tuple(AttributeValue(key, names) for key, names in entry.values.items())
        self._entry = entry

    def description(self, language: Language = Language.EN) -> str:
        """The question."""
        return self._entry.question(language)

    def datatype_description(self, language: Language = Language.EN) -> str:
        """How to answer it."""
        return self._entry.help(language)


class ServiceDefinition:
    """A service of the catalogue. Immutable by convention: made once, at load."""

    def __init__(self, entry: ServiceEntry, group: Localized, department: Localized) -> None:
        self.code = entry.code
        self.expected_business_days = entry.expected_business_days
        """By when the work is usually done, in business days."""
        self.photos_help = entry.photos_help
        self.place_needed = entry.place_needed
        self.is_private = entry.is_private
        """Its requests are never shown in public."""
        self.attributes = tuple(AttributeDefinition(attribute, order) for order, attribute in enumerate(entry.attributes, start=1))
        self.keywords = entry.keywords.en
        self.keywords_es = entry.keywords.es
        self._entry = entry
        self._group = group
        self._department = department
        self._services = {
            language: Service(code=self.code, name=self.name(language), group=group(language), department=department(language))
            for language in Language
        }

    def name(self, language: Language = Language.EN) -> str:
        """What it is called."""
        return self._entry.name(language)

    def description(self, language: Language = Language.EN) -> str:
        """What it is for, in a sentence or two."""
        return self._entry.description(language)

    @property
    def group(self) -> str:
        """The heading it stands under, in English."""
        return self._group.en

    def group_name(self, language: Language = Language.EN) -> str:
        """The heading it stands under."""
        return self._group(language)

    @property
    def department(self) -> str:
        """Who does it, in English (Open311 ``agency_responsible``)."""
        return self._department.en

    def department_name(self, language: Language = Language.EN) -> str:
        """Who does it."""
        return self._department(language)

    def owner_note(self, language: Language = Language.EN) -> str | None:
        """Who else owns such things, and how to reach them, where that is often not the town."""
        return self._entry.owner_note(language) if self._entry.owner_note else None

    def as_service(self, language: Language = Language.EN) -> Service:
        """As events carry it."""
        return self._services[language]
