"""How the stand-in shows a text: whoever undoes it, as intake-social does, has the text again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_social.x.entities import readable
from local_stack.x.records import Account
from local_stack.x.text import MAX_WEIGHT, mentioned, shortened, shown, weight

TOWN = Account(id="3110", username="cary311", name="Town")
PIECES = st.sampled_from(
    ["&", "<", ">", "&amp;", "#311Cary", "@cary311", "@nobody", "https://example.org/a?b=1&c=<2", "🕳️", "ñ", "漢", " ", "\n", ".", "(", ")"]
)


def account(username: str) -> Account | None:
    return TOWN if username.casefold() == TOWN.username else None


@given(st.lists(PIECES | st.text(max_size=8), max_size=20).map("".join), st.booleans())
def test_a_shown_text_can_be_read_again(text: str, has_photo: bool) -> None:  # noqa: FBT001 - drawn
    """Written by one hand and read by another: nothing is lost, and every entity is where it says."""
    photos = [("3_1", "https://x.com/pat/status/2/photo/1"), ("3_2", "https://x.com/pat/status/2/photo/2")] if has_photo else []
    made = shown(text, account, photos)
    assert readable(made.text, made.entities) == text.strip()
    for name, sign in (("hashtags", ("#", "＃")), ("mentions", ("@", "＠")), ("urls", ("https://t.co/",))):  # noqa: RUF001 - signs of tags
        for one in made.entities.get(name, []):
            assert made.text[one["start"] : one["end"]].startswith(sign)


@given(st.text(max_size=600))
def test_a_shortened_text_is_short(text: str) -> None:
    """Whatever it is made of."""
    assert weight(shortened(text, "https://x.com/pat_example/status/2126594505569206274")) <= MAX_WEIGHT


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@cary311", ["cary311"]),
        (".@cary311: a, @Pat_1!", ["cary311", "Pat_1"]),
        ("mail pat@example.org", []),
        ("https://example.org/@cary311", []),
        ("@sixteencharacters", []),
        ("#@cary311", ["cary311"]),
    ],
)
def test_whom_a_text_names(text: str, names: list[str]) -> None:
    """Not within a word, an address or a longer name."""
    assert mentioned(text) == names
