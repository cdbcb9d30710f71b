"""Reads forms out of pages, as a browser without JavaScript would, so that tests post what people would post."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm(HTMLParser):
    """The fields of the form ``#report-form`` of a page, and the page's texts."""

    html: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    title: str = ""
    lang: str = ""
    _open: list[str] = field(default_factory=list)
    _area: str | None = None
    _select: str | None = None

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._open.append(tag)
        if tag == "html":
            self.lang = given["lang"]
        if tag == "input" and given.get("name") and given.get("type") != "file":
            is_choice = given.get("type") in {"radio", "checkbox"}
            if not is_choice or "checked" in given:
                self.fields.append((given["name"], given.get("value", "on" if is_choice else "")))
        if tag == "textarea" and given.get("name"):
            self._area = given["name"]
            self.fields.append((self._area, ""))
        if tag == "select":
            self._select = given["name"]
            self.fields.append((self._select, ""))
        if tag == "option" and self._select and "selected" in given:
            self.fields = [pair for pair in self.fields if pair[0] != self._select] + [(self._select, given["value"])]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and not self.title:
            self.title = data
        if self._area is not None:
            name, value = self.fields[-1]
            self.fields[-1] = (name, (value + data).removeprefix("\n"))
        self.text += data

    def filled(self, **values: str) -> dict[str, str | list[str]]:
        """What is posted after somebody typed ``values`` over what the page holds. ``attribute_X`` stands for ``attribute[X]``."""
        posted: dict[str, str | list[str]] = dict(self.fields)
        for name, value in values.items():
            posted[f"attribute[{name.removeprefix('attribute_')}]" if name.startswith("attribute_") else name] = value
        return posted
