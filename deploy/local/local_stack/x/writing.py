"""What an app writes for an account: posts, replies, edits, deletions, photos."""

import base64
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local_stack.x.calls import Answer, Call
from local_stack.x.network import Draft
from local_stack.x.problems import Json, ProblemError, plain
from local_stack.x.records import Account, Post
from local_stack.x.rules import edit_refusal, refusal
from local_stack.x.text import shown
from local_stack.x.vocabulary import POST_NAMES, TWEET_NAMES, Vocabulary

Identifier = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Reply(_Given):
    in_reply_to_tweet_id: Identifier
    exclude_reply_user_ids: tuple[Identifier, ...] = ()
    auto_populate_reply_metadata: bool | None = None


class _Media(_Given):
    media_ids: tuple[Identifier, ...]
    tagged_user_ids: tuple[Identifier, ...] = ()


class _Geo(_Given):
    place_id: str


class _EditOptions(_Given):
    previous_post_id: Identifier


class _Creation(_Given):
    """The body of a creation, as published; what the stand-in does not do is refused."""

    text: str = ""
    reply: _Reply | None = None
    quote_tweet_id: Identifier | None = None
    media: _Media | None = None
    geo: _Geo | None = None
    edit_options: _EditOptions | None = None
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    made_with_ai: bool | None = None
    nullcast: bool | None = None

    def draft(self) -> Draft:
        """As the network takes it."""
        return Draft(
            text=self.text,
            parent_id=self.reply.in_reply_to_tweet_id if self.reply else None,
            quoted_id=self.quote_tweet_id,
            photo_keys=tuple(f"3_{media_id}" for media_id in self.media.media_ids) if self.media else (),
            place_id=self.geo.place_id if self.geo else None,
            reply_settings=self.reply_settings or "everyone",
        )


def create(call: Call) -> Answer:
    """A post, a reply, a quotation, or a new version of a post."""
    author = _author(call)
    try:
        given = _Creation.model_validate(call.body)
    except ValidationError as error:
        raise _unfit(error) from None
    if given.edit_options is not None:
        post = _edited(call, author, given.edit_options.previous_post_id, given.text)
    else:
        if (refused := refusal(call.network, author, given.draft(), answers_anybody=call.site.answers_anybody)) is not None:
            raise refused
        post = call.network.write(author, given.draft())
    names = POST_NAMES if call.site.vocabulary is Vocabulary.POSTS else TWEET_NAMES
    text = shown(post.text, call.network.account_of).text
    return HTTPStatus.CREATED, {"data": {"id": post.id, "text": text, names["history"]: call.network.history(post)}}


def _edited(call: Call, author: Account, previous: str, text: str) -> Post:
    post = call.network.there(previous)
    refused = edit_refusal(call.network, author, post, text, call.network.clock())
    if refused is not None or post is None:
        raise refused or plain(HTTPStatus.FORBIDDEN)
    return call.network.edit(post, text)


def delete(call: Call) -> Answer:
    """An own post, with all its versions."""
    author, post = _author(call), call.network.there(call.named["id"])
    if post is None:
        raise plain(HTTPStatus.NOT_FOUND, f"Could not find tweet with id: [{call.named['id']}].", title="Not Found Error")
    if post.author_id != author.id:
        raise plain(HTTPStatus.FORBIDDEN, "You are not authorized to delete this Tweet.")
    call.network.delete(post)
    return HTTPStatus.OK, {"data": {"deleted": True}}


def upload(call: Call) -> Answer:
    """A photo: base64 in JSON, or as it is in a form."""
    call.caller.user()
    media = call.body.get("media")
    try:
        data = media if isinstance(media, bytes) else base64.b64decode(str(media or ""), validate=True)
        photo = call.site.photos.add(data)
    except ValueError as error:  # no photo, or no base64
        raise plain(HTTPStatus.BAD_REQUEST, str(error), title="Invalid Request") from None
    image = {"image_type": photo.media_type, "w": photo.width, "h": photo.height}
    answer: Json = {
        "id": photo.key.partition("_")[2],
        "media_key": photo.key,
        "size": len(data),
        "expires_after_secs": 86_400,
        "image": image,
    }
    return HTTPStatus.OK, {"data": answer}


class _AltText(_Given):
    text: Annotated[str, Field(max_length=1_000)]


class _Metadata(_Given):
    alt_text: _AltText


class _Described(_Given):
    id: Identifier
    metadata: _Metadata


def describe(call: Call) -> Answer:
    """Describe a photo for those who cannot see it."""
    call.caller.user()
    try:
        given = _Described.model_validate(call.body)
    except ValidationError as error:
        raise _unfit(error) from None
    photo = call.network.photos.get(f"3_{given.id}")
    if photo is None:
        raise plain(HTTPStatus.BAD_REQUEST, "Your media IDs are invalid.", title="Bad Request")
    call.site.photos.describe(photo, given.metadata.alt_text.text)
    return HTTPStatus.OK, {"data": {"id": given.id, "associated_metadata": call.body["metadata"]}}


def _author(call: Call) -> Account:
    account = call.network.accounts.get(call.caller.user())
    if account is None:
        raise plain(HTTPStatus.UNAUTHORIZED)
    return account


def _unfit(error: ValidationError) -> ProblemError:
    first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(map(str, first["loc"]))
    body = plain(HTTPStatus.BAD_REQUEST, "One or more parameters to your request was invalid.", title="Invalid Request").body
    return ProblemError(HTTPStatus.BAD_REQUEST, {**body, "errors": [{"message": f"$.{field}: {first['msg']}"}]})
