"""What a resident has typed so far: read from a posted form, carried in hidden fields, never lost. Pure.

Nothing is judged here: whatever was posted comes back as it was, cut only where no honest form would be that long.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields

MAX_VALUE_CHARACTERS = 40_000
"""Far above every limit of the form: a long text is refused with a sentence, and the text still there."""
MAX_ATTRIBUTES = 100
_ATTRIBUTE = "attribute["


@dataclass(frozen=True, slots=True)
class Answers:
    """The fields of the form, by their names in it. Everything here may be personal."""

    description: str = field(default="", repr=False)
    service_code: str = ""
    """Empty: "I'm not sure, leave it to us"."""
    address: str = field(default="", repr=False)
    lat: str = field(default="", repr=False)
    long: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    updates: str = ""
    """``none``: no mails, the resident follows the report by its number; else whoever leaves an e-mail address is told there."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Answers to the service's own questions, by the question's code."""
    same_as: str = ""
    """The number of an earlier report that the resident chose as the same; empty: none."""
    was_offered: str = ""
    """``yes``: a page has told what is reported already, so that nothing stands between the resident and sending."""
    form_key: str = ""
    """Random, issued with the form: the same form sent twice is one request."""
    issued_at: str = ""
    """Seconds since 1970 when the form was issued; empty or odd where somebody tampered with it."""
    questions_of: str = ""
    """The service whose questions the page showed."""
    website: str = field(default="", repr=False)
    """A field that people do not see; whatever fills it is probably a machine."""
    is_confirmed: str = ""
    """``yes`` after the "please confirm" page."""

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as a form posts them, for hidden fields; empty ones are left out."""
        for name in PLAIN_FIELDS:
            value: str = getattr(self, name)
            if value:
                yield name, value
        for code, values in self.attributes.items():
            for value in values:
                yield f"{_ATTRIBUTE}{code}]", value

    @property
    def is_blank(self) -> bool:
        """Nothing was typed yet."""
        return not (self.description or self.address or self.attributes or self.lat)


PLAIN_FIELDS = tuple(item.name for item in fields(Answers) if item.name != "attributes")


def attribute_code(name: str) -> str | None:
    """``CODE`` of ``attribute[CODE]`` or ``attribute[CODE][]``, None for other fields."""
    if not name.startswith(_ATTRIBUTE):
        return None
    code, closing, rest = name.removeprefix(_ATTRIBUTE).partition("]")
    return code if code and closing and rest in {"", "[]"} else None


def read(pairs: Iterable[tuple[str, str]]) -> Answers:
    """The answers in posted names and values. Unknown names are ignored; of a repeated plain field the first counts."""
    plain: dict[str, str] = {}
    attributes: dict[str, tuple[str, ...]] = {}
    for name, raw in pairs:
        value = raw[:MAX_VALUE_CHARACTERS]
        code = attribute_code(name)
        if code is not None:
            if value.strip() and (code in attributes or len(attributes) < MAX_ATTRIBUTES):
                attributes[code] = (*attributes.get(code, ()), value)
        elif name in PLAIN_FIELDS and name not in plain:
            plain[name] = value
    return Answers(**plain, attributes=attributes)
