"""HTML as text, in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_email.reading.html_text import html_page


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<br>b", "a\nb"),
        ("a<br/>\n<br />b", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>", "a\n\nb"),
        ("  a \n\t b  ", "a b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("&lt;b&gt; &amp; &#228;&eacute;&nope;", "<b> & äé&nope;"),
        ("<style>x</style><script>y</script><title>z</title>a", "a"),
        ("<style>never closed", "never closed"),
        ("a<!-- b > c -->d", "ad"),
        ("<!doctype html><?xml v?>a", "a"),
        ("1 < 2 <3 > 4", "1 < 2 <3 > 4"),
        ("<p title='a > b'>c", "c"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>>\n>> b\n\nc"),
        ("<div style='display: none'>a<div>b</div></div>c", "c"),
        ("<a href='https://example.org'>here</a>", "here"),
        ("<p", "<p"),
        ("", ""),
    ],
)  # fmt: skip
def test_layout(source: str, text: str) -> None:
    """As a mail program would show it."""
    assert html_page(source).text.strip("\n") == text


_PIECES = st.sampled_from(
    [
        *["<div>", "</div>", "<blockquote>", "</blockquote>", "<p", ">", "<", "a", "&lt", "'", '"', "<br>", "<pre>", "</pre>", "<style>"],
        *["</style>", "<!--", "-->", "<div style='display:none'>", "<div class=yahoo_quoted>", "<div class=gmail_signature>", "\n"],
        "<hr id=stopSpelling>",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=60))
def test_any_tags_in_any_order(pieces: list[str]) -> None:
    """Marks point into the lines, and no line holds a line break."""
    page = html_page("".join(pieces))
    assert all(0 <= number <= len(page.lines) for number in (*page.cuts, *page.signature))
    assert not any("\n" in line for line in page.lines)
