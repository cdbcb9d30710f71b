"""A page of X as posts: both vocabularies, every kind of post, and what is no post at all."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_social.posts import Photo, Post, Reference, UnreadablePost
from intake_social.submission import Circumstances, to_submission
from intake_social.x.parse import page_of
from shared.contracts import Area, Channel, Language, Place, decode_submission
from support.examples import SECRET
from support.x_posts import AUTHOR, NOW, STRANGER, TOWN, answer, post, renamed, reply

KNOWN = Circumstances(received_at=NOW, channel=Channel.X, tracking_secret=SECRET)


def one(item: object, **includes: Any) -> Post:  # noqa: ANN401 - JSON
    page = page_of(answer(item, **includes))
    assert page is not None
    (found,) = page.posts
    return found


def odd(item: object) -> UnreadablePost:
    page = page_of(answer(item))
    assert page is not None
    (found,) = page.unreadable
    return found


def test_a_plain_post() -> None:
    """Words, author, time, conversation, and a link that does not name the author."""
    found = one(post())
    assert (found.id, found.author_id, found.conversation_id, found.first_id) == (post()["id"], AUTHOR, post()["id"], post()["id"])
    assert found.text == "A pothole at 300 N Academy St #311Cary"
    assert found.written_at == datetime(2026, 9, 1, 15, 59, tzinfo=UTC)
    assert found.hashtags == {"311cary"}
    assert found.url == f"https://x.com/i/web/status/{found.id}"
    assert not found.is_reply
    assert json.loads(found.raw) == post()


def test_both_vocabularies_say_the_same() -> None:
    """An answer since August 2026 gives the posts that one before gave."""
    long = post(
        "5",
        "Short ...",
        note_tweet={"text": "Long &amp; longer #Cary311"},
        edit_history_tweet_ids=["4", "5"],
        referenced_tweets=[{"type": "quoted", "id": "2"}],
    )
    page = answer(long, reply("6", "5", "5"), post("7", referenced_tweets=[{"type": "retweeted", "id": "2"}]), tweets=[post("2", "Quoted")])
    before, now = page_of(page), page_of(renamed(page))
    assert before is not None
    assert now is not None
    assert renamed(page) != page
    assert [{**_told(found), "raw": b""} for found in before.posts] == [{**_told(found), "raw": b""} for found in now.posts]
    assert before.posts[0].text == "Long & longer #Cary311"
    assert before.posts[0].first_id == "4"
    assert before.posts[0].quoted == Reference("2", AUTHOR, "Quoted")
    assert before.posts[1].parent == Reference("5")
    assert [found.is_repost for found in before.posts] == [False, False, True]


def _told(found: Post) -> dict[str, object]:
    return {name: getattr(found, name) for name in Post.__slots__}


def test_offsets_fit_the_escaped_text() -> None:
    """Entities count code points of the text as X escapes it: cut first, unescape after; a photo's own link goes."""
    text = "Smith &amp; Sons 🚧 &lt;block&gt; the road https://t.co/aa now &amp;lt; #311Cary https://t.co/bb"
    urls = [
        {
            "start": text.index("https://t.co/aa"),
            "end": text.index(" now"),
            "url": "https://t.co/aa",
            "expanded_url": "https://town.example/x",
        },
        {"start": text.index("https://t.co/bb"), "end": len(text), "url": "https://t.co/bb", "media_key": "3_77"},
    ]
    assert one(post(text=text, entities={"urls": urls})).text == (
        "Smith & Sons 🚧 <block> the road https://town.example/x now &lt; #311Cary"
    )


QUOTED = "https://x.com/pat_example/status/42"
WITH_PHOTO = "https://t.co/photo"


def linked(text: str, **links: str) -> dict[str, object]:
    """A post that quotes another, with a short link ``https://t.co/<name>`` for each address; that of a photo is X's own."""
    urls = []
    for name, address in links.items():
        short = f"https://t.co/{name}"
        own = {"media_key": "3_77"} if short == WITH_PHOTO else {}
        urls.append({"start": text.index(short), "end": text.index(short) + len(short), "url": short, "expanded_url": address, **own})
    return post(text=text, entities={"urls": urls}, referenced_tweets=[{"type": "quoted", "id": "42"}])


@pytest.mark.parametrize(
    "address", [QUOTED, f"{QUOTED}?s=20", "https://twitter.com/pat_example/status/42", "https://x.com/i/web/status/42/photo/1"]
)
def test_the_link_to_what_is_quoted_is_no_word_of_the_author(address: str) -> None:
    """X adds it behind the words, before the post's own photos, and the quotation itself is told beside the text."""
    quoting = linked(f"Look at this #311Cary https://t.co/a {WITH_PHOTO}", a=address, photo="https://x.com/sam/status/7/photo/1")
    assert one(quoting).text == "Look at this #311Cary"
    assert one(linked("https://t.co/a", a=address)).text == ""
    beside = one(post(referenced_tweets=[{"type": "quoted", "id": "2"}]), tweets=[linked("Look https://t.co/a", a=address) | {"id": "2"}])
    assert beside.quoted is not None
    assert beside.quoted.text == "Look"


@pytest.mark.parametrize(
    ("text", "links", "read"),
    [
        ("See https://t.co/a for the hole", {"a": QUOTED}, f"See {QUOTED} for the hole"),
        ("https://t.co/a https://t.co/b", {"a": QUOTED, "b": QUOTED}, QUOTED),
        ("See https://t.co/a", {"a": f"{QUOTED}7"}, f"See {QUOTED}7"),
        ("See https://t.co/a", {"a": "https://example.org/status/42"}, "See https://example.org/status/42"),
        ("https://t.co/a https://t.co/b", {"a": QUOTED, "b": "https://town.example"}, f"{QUOTED} https://town.example"),
    ],
)
def test_the_authors_own_links_stay(text: str, links: dict[str, str], read: str) -> None:
    """Within the words, a second time, or to something else."""
    assert one(linked(text, **links)).text == read


@pytest.mark.parametrize(
    "urls",
    [
        [{"start": 0, "end": 999, "url": "A", "expanded_url": "https://a.example"}],
        [{"start": -3, "end": 2, "url": "A", "expanded_url": "https://a.example"}],
        [{"start": 5, "end": 2, "url": "A", "expanded_url": "https://a.example"}],
        [{"start": "0", "end": True, "url": "A", "expanded_url": "https://a.example"}],
        [{"start": 0, "end": 1, "url": "not here", "expanded_url": "https://a.example"}],
        "none",
        [None, 7, []],
        {"start": 0},
    ],
)
def test_entities_out_of_range_change_nothing(urls: object) -> None:
    """Damaged offsets cost their links, never a word of the text."""
    assert one(post(entities={"urls": urls})).text == post()["text"]


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        ("#311Cary", True),
        ("#311CARY!", True),
        ("(#cary311)", True),
        ("\uff03\uff13\uff11\uff11\uff23ary please", True),  # full width
        ("#311Caryville", False),
        ("#311", False),
        ("311Cary", False),
        ("see#311Cary", False),
        ("https://town.example/#311Cary", False),
        ("#311_Cary", False),
    ],
)
def test_hashtags_are_ours_to_the_letter(text: str, is_ours: bool) -> None:  # noqa: FBT001 - the expectation
    """Any case and width; a longer tag is another one."""
    assert (not one(post(text=text)).hashtags.isdisjoint({"311cary", "cary311"})) is is_ours


def test_a_tag_in_the_long_text_counts() -> None:
    """What only the long form shows is found."""
    assert one(post(text="Begins ...", note_post={"text": "Begins and ends with #311Cary"})).hashtags == {"311cary"}


def test_mentions() -> None:
    """The accounts that X marked, by their ids."""
    assert one(post(entities={"mentions": [{"id": TOWN, "username": "town"}, {"username": "x"}]})).mentions == {TOWN}


def test_a_photo_only() -> None:
    """No words but a photo with its description."""
    media = [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/a.jpg", "alt_text": "A deep\nhole"},
        {"media_key": "3_2", "type": "video"},
    ]
    found = one(post(text="", attachments={"media_keys": ["3_1", "3_2", "3_3", 4]}), media=media)
    assert found.photos == (Photo("https://pbs.twimg.com/media/a.jpg", "A deep hole"),)
    assert found.text == ""


@pytest.mark.parametrize(
    ("geo", "place"),
    [
        ({"coordinates": {"type": "Point", "coordinates": [-78.78, 35.79]}, "place_id": "p"}, Place(lat=35.79, long=-78.78)),
        ({"place_id": "p"}, Place(address="Cary, NC", area=Area(south=35.6, west=-78.9, north=35.9, east=-78.7))),
        (
            {"coordinates": {"coordinates": [500, 1]}, "place_id": "p"},
            Place(address="Cary, NC", area=Area(south=35.6, west=-78.9, north=35.9, east=-78.7)),
        ),
        ({"coordinates": {"coordinates": [10**400, 1]}}, None),
        ({"coordinates": {"coordinates": ["1", None]}}, None),
        ({"place_id": "unknown"}, None),
        ("somewhere", None),
        (None, None),
    ],
)
def test_place(geo: object, place: Place | None) -> None:
    """The exact point, else the chosen place as an area, else nothing: then the text may say it."""
    places = [{"id": "p", "full_name": "Cary, NC", "geo": {"type": "Feature", "bbox": [-78.9, 35.6, -78.7, 35.9]}}]
    assert one(post(geo=geo), places=places).place == place


def test_who_began_the_conversation() -> None:
    """Where the page has the first post, its author is known."""
    found = one(reply("9", "8", "7", author_id=STRANGER), tweets=[post("7"), post("8", author_id=TOWN)])
    assert (found.root_author_id, found.parent, found.is_reply) == (AUTHOR, Reference("8", TOWN, post()["text"]), True)


def test_language() -> None:
    """Spanish is answered in Spanish; whatever else in English."""
    assert [one(post(lang=lang)).language for lang in ("es", "en", "ja", None, 7)] == [Language.ES, *[Language.EN] * 4]


@pytest.mark.parametrize("moment", ["2026-09-01T15:59:00Z", "2026-09-01T15:59:00.000Z", "2026-09-01T17:59:00+02:00"])
def test_timestamps_with_and_without_fractions(moment: str) -> None:
    """Both forms that X has used are moments."""
    assert one(post(created_at=moment)).written_at == datetime(2026, 9, 1, 15, 59, tzinfo=UTC)


@pytest.mark.parametrize("moment", [None, "", "yesterday", 7, "2026-09-01T15:59:00", "\ud800"])
def test_a_post_without_a_timestamp_tells_its_time_by_its_id(moment: object) -> None:
    """X writes the time into the id; a post is not lost for want of its timestamp."""
    written_at = one(post("1800000000000000000", created_at=moment)).written_at
    assert written_at is not None
    assert written_at.date().isoformat() == "2024-06-10"  # what X shows for that id
    assert one(post("12", created_at=moment)).written_at is None


@pytest.mark.parametrize("change", [{"id": 2000000000000000001}, {"author_id": 1001}, {"conversation_id": 2000000000000000001}])
def test_ids_as_numbers(change: dict[str, object]) -> None:
    """Numbers are the same ids."""
    found, expected = one(post(**{"id": post()["id"]} | change)), one(post())
    assert (found.id, found.author_id, found.conversation_id) == (expected.id, expected.author_id, expected.conversation_id)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({**post(), "text": None}, "text"),
        ({key: value for key, value in post().items() if key != "text"}, "text"),
        ({key: value for key, value in post().items() if key != "author_id"}, "author_id"),
        ({**post(), "author_id": {"id": "1"}}, "author_id"),
        ({**post(), "id": None}, "id"),
        ({**post(), "id": True}, "id"),
        ({**post(), "id": "12a"}, "id"),
        ({**post(), "id": "9" * 26}, "id"),
        ({**post(), "id": -1}, "id"),
        (None, "post"),
        ("words", "post"),
        ([post()], "post"),
    ],
)
def test_what_is_no_post_is_set_aside_with_its_bytes(item: object, field: str) -> None:
    """The field that is wrong is named, the bytes are kept, and the same thing has the same key again."""
    found = odd(item)
    assert found.reason == field
    assert json.loads(found.raw) == item
    assert found == odd(item)


def test_one_broken_post_of_a_hundred() -> None:
    """The others go on, in their order."""
    items: list[object] = [post(str(number)) for number in range(1, 101)]
    items[41] = {"id": "42", "text": {"no": "text"}, "author_id": AUTHOR}
    page = page_of(answer(*items, next_token="more"))
    assert page is not None
    assert [found.id for found in page.posts] == [str(number) for number in range(1, 101) if number != 42]
    assert [found.key for found in page.unreadable] == ["42"]
    assert (page.next_token, page.count) == ("more", 100)


def test_unknown_fields_are_kept_and_change_nothing() -> None:
    """What X invents next is in the raw post."""
    found = one(post(brand_new={"deep": ["thing"]}))
    assert json.loads(found.raw)["brand_new"] == {"deep": ["thing"]}
    assert found.text == post()["text"]


@pytest.mark.parametrize("item", [None, [], "x", 7, {}, {"errors": [{"title": "x"}]}, {"data": "x"}, {"data": {}}])
def test_what_is_no_page(item: object) -> None:
    """An answer of another shape is none: it is asked for again, and the cursor stays."""
    assert page_of(item) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("half a pair \ud83d here", "half a pair here"),
        ("\u202eright to left\u202c #311Cary", "right to left #311Cary"),
        ("nul\x00 and bell\x07", "nul and bell"),
    ],
)
def test_what_misleads_the_eye_goes(text: str, expected: str) -> None:
    """Lone surrogates and direction marks do not reach the record; it can be encoded."""
    submission = to_submission(one(post(text=text)), KNOWN)
    assert " ".join(submission.text.split()) == expected
    assert decode_submission(submission.encode()) == submission


@pytest.mark.parametrize("letter", ["a", "é", "漢", "🚧", '"', "\\", "\n x"])
def test_the_longest_post_fits_into_a_record(letter: str) -> None:
    """25,000 characters, and a quotation as long, of whatever signs."""
    text = (letter * 25_000)[:25_000]
    found = one(
        post(text="...", note_post={"text": text}, referenced_posts=[{"type": "quoted", "id": "3"}]),
        posts=[post("3", note_post={"text": text})],
    )
    submission = to_submission(found, KNOWN)
    assert len(submission.encode()) < 256 * 1024
    assert submission.cut_characters == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*post(), "note_post", "geo", "entities", "start", "urls"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    changes=st.dictionaries(st.sampled_from([*post(), "note_post", "geo", "entities", "attachments", "referenced_posts"]), JSON),
    includes=JSON,
)
def test_any_json_is_a_post_or_set_aside(changes: dict[str, object], includes: object) -> None:
    """Whatever X answers: nothing raises, nothing is lost, and what is a post becomes a submission that can be encoded and read."""
    page = page_of({"data": [{**post(), **changes}, post("77")], "includes": includes, "meta": includes})
    assert page is not None
    assert page.count == 2
    assert page.posts[-1].id == "77"
    for found in page.posts:
        submission = to_submission(found, KNOWN)
        assert decode_submission(submission.encode()) == submission
