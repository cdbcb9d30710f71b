"""What the stand-in keeps: one record for everything that happened, in the order in which it happened."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from local_stack.x.snowflake import written_at


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Account(_Kept):
    """Somebody who writes."""

    kind: Literal["account"] = "account"
    id: str
    username: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,15}$")]
    """Without its ``@``."""
    name: str
    is_protected: bool = False
    """Only followers see the posts; an app is no follower."""
    is_verified: bool = False
    """May write more than 280 characters."""


class Photo(_Kept):
    """A photo; its bytes lie in a file of their own."""

    kind: Literal["photo"] = "photo"
    key: str
    """``3_`` and a number: how X marks photos."""
    file_name: str
    media_type: str
    width: int
    height: int
    alt_text: str | None = None


class Place(_Kept):
    """A place that an author may choose."""

    kind: Literal["place"] = "place"
    id: str
    full_name: str
    bbox: tuple[float, float, float, float]
    """West, south, east, north."""


class Post(_Kept):
    """One version of a post."""

    kind: Literal["post"] = "post"
    id: str
    author_id: str
    text: str
    """As it was typed: nothing escaped, links in full."""
    conversation_id: str
    first_id: str
    """The first version's."""
    parent_id: str | None = None
    quoted_id: str | None = None
    reposted_id: str | None = None
    photo_keys: tuple[str, ...] = ()
    place_id: str | None = None
    point: tuple[float, float] | None = None
    """Longitude, latitude."""
    lang: str = "en"
    reply_settings: Literal["everyone", "following", "mentionedUsers", "subscribers", "verified"] = "everyone"
    found_from: AwareDatetime
    """When search has indexed it; a look-up finds it before."""

    @property
    def number(self) -> int:
        """By which posts are in order."""
        return int(self.id)

    @property
    def written_at(self) -> datetime:
        """To the millisecond."""
        return written_at(self.number)


class Deleted(_Kept):
    """A post is gone, with all its versions."""

    kind: Literal["deleted"] = "deleted"
    first_id: str


class Withheld(_Kept):
    """A post is not shown in some countries."""

    kind: Literal["withheld"] = "withheld"
    first_id: str
    country_codes: tuple[str, ...]


Record = Account | Photo | Place | Post | Deleted | Withheld
RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])
