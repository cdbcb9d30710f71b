"""The page of the stand-in: write a post as anybody, and see what 311 answers. For people on this machine."""

import re
from collections.abc import Iterable
from html import escape

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from local_stack.page_style import STYLE
from local_stack.x.calls import MAX_BODY_BYTES, Site
from local_stack.x.control import USERNAME
from local_stack.x.network import Draft
from local_stack.x.photos import MAX_BYTES, NoPhotoError
from local_stack.x.records import Account, Photo, Post
from local_stack.x.text import MAX_LONG_CHARS

SHOWN = 50
"""Conversations."""
BEGINNING = 60
"""Characters of the post that is answered."""
SEE_OTHER, BAD_REQUEST = 303, 400
OWN_STYLE = (
    "article{overflow-wrap:anywhere}article.answer{margin-left:1.5rem}article.ours{background:#e2efec}"
    "img{max-width:100%;max-height:20rem;display:block}a,article button{margin-right:.8rem}"
    ".actions{margin:.5rem 0 .8rem}.actions form{display:inline}"
    "article button{background:none;color:#0b5d56;padding:0;text-decoration:underline;cursor:pointer}"
    "[role=alert]{border:2px solid #a3211b;padding:.5rem 1rem}"
)
REFRESH = """<script>
setInterval(async () => {
  try {
    const text = await (await fetch("/")).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("posts").innerHTML;
    const posts = document.getElementById("posts");
    if (posts.dataset.shown !== fresh) { posts.innerHTML = fresh; posts.dataset.shown = fresh; }
  } catch { /* it is away for a moment */ }
}, 3000);
</script>"""


class Desk:
    """The page's endpoints."""

    def __init__(self, site: Site, town: Account) -> None:
        self._site = site
        self._network = site.network
        self._town = town

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/", self.show),
            Route("/", self.write, methods=["POST"]),
            Route("/delete/{id}", self.delete, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Everything; ``?to=`` answers a post, ``?edit=`` changes one."""
        query = request.query_params
        return self._page(to=self._network.there(query.get("to")), edited=self._network.there(query.get("edit")))

    async def write(self, request: Request) -> Response:
        """Write what was typed."""
        async with request.form(max_part_size=MAX_BODY_BYTES) as form:
            typed = {name: str(value).strip() for name, value in form.items() if not isinstance(value, UploadFile)}
            file = form.get("photo")
            data = await file.read() if isinstance(file, UploadFile) else b""
        to, edited = self._network.there(typed.get("to")), self._network.there(typed.get("edit"))
        username, text = typed.get("username", "").lstrip("@"), typed.get("text", "").replace("\r\n", "\n")
        wrong = self._wrong(username, text, typed, has_photo=bool(data))
        if wrong is None and edited is None:
            try:
                photos = [self._site.photos.add(data, typed.get("alt_text"))] if data else []
            except NoPhotoError as error:
                wrong = str(error)
        if wrong is not None:
            return self._page(wrong, to=to, edited=edited, typed=typed)
        if edited is not None:
            written = self._network.edit(edited, text)
        else:
            draft = Draft(text=text, parent_id=to.id if to else None, photo_keys=tuple(photo.key for photo in photos))
            written = self._network.write(self._network.account_for(username), draft)
        return RedirectResponse(f"/#p{written.id}", SEE_OTHER)

    def _wrong(self, username: str, text: str, typed: dict[str, str], *, has_photo: bool) -> str | None:
        """What is wrong with what was typed, in a sentence."""
        if any(typed.get(name) and self._network.there(typed[name]) is None for name in ("to", "edit")):
            return "That post is gone."
        if not typed.get("edit") and not re.fullmatch(USERNAME, username):
            return "A name has one to fifteen letters, digits or underscores."
        if not text and not has_photo:
            return "There is nothing to post yet: write something."
        if len(text) > MAX_LONG_CHARS:
            return f"A post has at most {MAX_LONG_CHARS} characters."
        return None

    async def delete(self, request: Request) -> Response:
        """Delete a post, as its author would."""
        post = self._network.there(request.path_params["id"])
        if post is not None:
            self._network.delete(post)
        return RedirectResponse("/", SEE_OTHER)

    # --- what it looks like ---

    def _page(self, wrong: str = "", *, to: Post | None, edited: Post | None, typed: dict[str, str] | None = None) -> Response:
        alert = f"<p role=alert>{escape(wrong)}</p>" if wrong else ""
        posts = "".join(self._article(post) for post in self._conversations())
        return HTMLResponse(
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>"
            f"<title>Posts to and from 311</title><style>{STYLE}{OWN_STYLE}</style><main><h1>Posts to and from 311</h1>"
            f"<p>{self._told()}</p>{alert}{self._form(to, edited, typed or {})}"
            f"<h2>What was posted</h2><div id=posts aria-live=polite>{posts or '<p>Nothing yet.</p>'}</div></main>{REFRESH}</html>",
            BAD_REQUEST if wrong else 200,
        )

    def _told(self) -> str:
        town = f"@{escape(self._town.username)}"
        start = (
            f"A stand-in for X on this machine. Tag a post #311Cary, or name {town}: the answer with its number appears below by itself."
        )
        rule = f" As on X, an app may only answer whoever names it: a post with the tag alone is left to an advocate, so write {town} too."
        return start if self._site.answers_anybody else start + rule

    def _form(self, to: Post | None, edited: Post | None, typed: dict[str, str]) -> str:
        text = typed.get("text", edited.text if edited else "" if to else f" @{self._town.username} #311Cary ")
        username = typed.get("username", "pat_example")
        hidden = "".join(f"<input type=hidden name={name} value={post.id}>" for name, post in (("to", to), ("edit", edited)) if post)
        other = edited or to
        beginning = f" “{escape(other.text[:BEGINNING])}”" if other else ""
        what = f"Change{beginning}" if edited else f"Answer{beginning}" if to else "New post"
        others = (
            ""
            if edited
            else f'<label>photo (up to {MAX_BYTES // 1024 // 1024} MB)<input type=file name=photo accept="image/*"></label>'
            "<label>what the photo shows<input name=alt_text maxlength=1000></label>"
        )
        who = "" if edited else f'<label>name<input name=username value="{escape(username)}" required maxlength=16></label>'
        new = ' · <a href="/">new post instead</a>' if to or edited else ""
        return (
            f'<form method=post action="/" enctype="multipart/form-data"><p><b>{what}</b>{new}</p>{hidden}{who}'
            f"<label>text<textarea name=text rows=4>{escape(text)}</textarea></label>{others}<button>Post</button></form>"
        )

    def _conversations(self) -> Iterable[Post]:
        """The newest conversations first, each from its beginning on."""
        threads: dict[str, list[Post]] = {}
        for post in self._network.newest_first():
            threads.setdefault(post.conversation_id, []).append(post)
        for thread in list(threads.values())[:SHOWN]:
            yield from reversed(thread)

    def _article(self, post: Post) -> str:
        author = self._network.accounts[post.author_id]
        classes = [*(["answer"] if post.parent_id else []), *(["ours"] if author.id == self._town.id else [])]
        photos = "".join(_image(self._network.photos[key]) for key in post.photo_keys)
        versions = len(self._network.history(post)) - 1
        edited = f", edited {versions} time{'s' if versions > 1 else ''}" if versions else ""
        changes = (
            ""
            if author.id == self._town.id
            else f'<a href="/?edit={post.id}">change</a><form method=post action="/delete/{post.id}"><button>delete</button></form>'
        )
        return (
            f'<article id=p{post.id} class="{" ".join(classes)}"><p><b>@{escape(author.username)}</b>, '
            f"<time>{post.written_at:%d %b %H:%M:%S} UTC</time>{edited}</p><pre>{escape(post.text)}</pre>{photos}"
            f'<div class=actions><a href="/?to={post.id}">answer</a>{changes}</div></article>'
        )


def _image(photo: Photo) -> str:
    return f'<img src="/media/{photo.file_name}" alt="{escape(photo.alt_text or "")}">'
