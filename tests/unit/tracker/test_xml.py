"""GeoReport's XML: whatever was written is well-formed, and a parser reads the same."""

import re
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tracker.georeport.xml import ITEM_NAMES, xml_document

TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Z", "Cc", "Cf", "Co", "Cn")), max_size=60)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parsed(document: bytes) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - we wrote it


def readable(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


@given(TEXTS)
def test_any_text_comes_back(text: str) -> None:
    """Markup is escaped, a carriage return survives, and what XML cannot hold is the replacement character."""
    root = parsed(xml_document("services", [{"description": text}]))
    assert (root.findtext("service/description") or "") == readable(text)


@given(st.text(st.characters(categories=("Cs",)), min_size=1, max_size=5))
def test_half_a_surrogate_pair_is_replaced(text: str) -> None:
    """JSON can name it, UTF-8 cannot."""
    root = parsed(xml_document("services", [{"description": text}]))
    assert root.findtext("service/description") == "\ufffd" * len(text)


@given(
    st.dictionaries(st.sampled_from(("service_code", "lat", "metadata", "group")), st.none() | st.booleans() | st.floats(-180, 180) | TEXTS)
)
def test_unknown_is_an_empty_element(item: dict[str, Any]) -> None:
    """Every key is there, whatever its value."""
    root = parsed(xml_document("service_requests", [item]))
    assert [element.tag for element in root[0]] == list(item)
    for name, value in item.items():
        if value is None:
            assert root[0].findtext(name) == ""
        if isinstance(value, bool):
            assert root[0].findtext(name) == str(value).lower()


def test_every_list_names_its_elements() -> None:
    """As the specification does; an empty list is an empty element."""
    for root_name, item_name in ITEM_NAMES.items():
        root = parsed(xml_document(root_name, [{"a": 1}]))
        assert [element.tag for element in root] == [item_name]
        assert len(parsed(xml_document(root_name, []))) == 0


def test_the_declaration_says_utf_8() -> None:
    """And the bytes are."""
    document = xml_document("services", [{"service_name": "Bache se\u00f1alado \U0001f6a7"}])
    assert document.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert "\U0001f6a7" in document.decode("utf-8")
