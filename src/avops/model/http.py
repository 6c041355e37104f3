"""The parts of an HTTP tool's manifest: requests, bodies that are files, pages, secrets and tokens."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from avops.model.document import Document, ExpressionText, SecretReference, TemplateText

ServiceUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")]


class FileBody(Document):
    """A file that is sent: one of the project (`path`), or a text. With `field` it is a field of a multipart form."""

    path: TemplateText | None = Field(default=None, description="A file below the project's folder; hidden ones are refused.")
    text: TemplateText | None = Field(default=None, description="What the file holds, instead of `path`.")
    name: TemplateText | None = Field(default=None, description="The file name that the service is told; default: that of `path`.")
    type: TemplateText | None = Field(default=None, description="The media type; default: what the name says.", examples=["image/png"])
    field: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\[\]-]{1,64}$")] | None = Field(
        default=None, description="The form's field; without it the file is the whole body."
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.text is None):
            raise PydanticCustomError("file_body", "a file has either a 'path' or a 'text'")
        return self


class Request(Document):
    """One HTTP request. Texts may hold `{{ argument }}`; `{argument}` in the path is percent-encoded."""

    method: Literal["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"] = Field(default="GET", description="The HTTP method.")
    path: str = Field(description="Below the tool's `base_url`; `{argument}` is percent-encoded.")
    query: dict[str, object] = Field(default_factory=dict, description="The query parameters; one whose argument is absent is left out.")
    headers: dict[str, str] = Field(default_factory=dict, description="Headers of this request.")
    json_: object = Field(default=None, alias="json", description="An entry whose optional argument is absent is left out.")
    form: dict[str, object] | None = Field(default=None, description="The fields of a form.")
    file: FileBody | None = Field(default=None, description="A file as the body, or as a field of a multipart form.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        bodies = sorted(name.rstrip("_") for name in ("file", "form", "json_") if name in self.model_fields_set)
        if len(bodies) > 1:
            raise PydanticCustomError("request_body", "a request has one body, not {bodies}", {"bodies": " and ".join(bodies)})
        return self


class Pages(Document):
    """How a list that comes in pages is read. The action's result is `{items, more}`; `more` is true when a bound cut the list off.

    `link` follows the `Link` header (RFC 8288), `url` the address that `next` finds, `cursor` sends what `next` finds as `parameter`,
    `offset` and `page` count.
    """

    by: Literal["cursor", "link", "offset", "page", "url"] = Field(description="What leads from one page to the next.")
    items: ExpressionText = Field(default="body", description="The list in `body`.", examples=["body.rooms"])
    next: ExpressionText | None = Field(default=None, description="The next cursor or address in `body`; null or empty ends the list.")
    parameter: str | None = Field(default=None, description="The query parameter that names the page.", examples=["cursor"])
    size: int | None = Field(default=None, ge=1, description="With `offset` and `page`: a page with fewer items is the last.")
    first: int | None = Field(default=None, ge=0, description="With `offset` and `page`: where counting begins; default 0 and 1.")
    max_pages: int = Field(default=20, ge=1, le=1000, description="Pages that are read at most.")
    max_items: int = Field(default=1000, ge=1, le=100_000, description="Items that are read at most.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.next is not None) != (self.by in ("cursor", "url")):
            raise PydanticCustomError("pages", "pages by 'cursor' and 'url' have 'next', others have not")
        if (self.parameter is not None) != (self.by in ("cursor", "offset", "page")):
            raise PydanticCustomError("pages", "pages by 'cursor', 'offset' and 'page' have 'parameter', others have not")
        if self.by not in ("offset", "page") and (self.size is not None or self.first is not None):
            raise PydanticCustomError("pages", "only pages by 'offset' and 'page' have 'size' and 'first'")
        return self


class BearerAuth(Document):
    """A token that is sent as it is: `Authorization: Bearer …`."""

    type: Literal["bearer"]
    token: SecretReference


class BasicAuth(Document):
    """A user and a password (RFC 7617)."""

    type: Literal["basic"]
    user: str = Field(description="The user, or where it is found: `env:NAME`.")
    password: SecretReference


class HeaderAuth(Document):
    """A secret in a header of its own, such as an API key."""

    type: Literal["header"]
    name: str = Field(description="The header's name.")
    value: SecretReference


class OAuthClientAuth(Document):
    """A token for the application itself: the client credentials grant (RFC 6749, 4.4)."""

    type: Literal["oauth_client"]
    token_url: ServiceUrl = Field(description="Where a token is fetched.")
    client_id: SecretReference
    client_secret: SecretReference
    scope: str | None = Field(default=None, description="What the token is for, as the service names it.")
    send: Literal["basic", "body"] = Field(default="body", description="How the client names itself (RFC 6749, 2.3.1).")


class OAuthAccountAuth(Document):
    """A token for a Zoom account (Server-to-Server OAuth)."""

    type: Literal["oauth_account"]
    token_url: ServiceUrl = Field(default="https://zoom.us/oauth/token", description="Where a token is fetched.")
    client_id: SecretReference
    client_secret: SecretReference
    account: SecretReference


class OAuthRefreshAuth(Document):
    """A token for a person who has agreed once (RFC 6749, 6): the refresh token is long-lived."""

    type: Literal["oauth_refresh"]
    token_url: ServiceUrl = Field(description="Where a token is fetched.")
    client_id: SecretReference
    client_secret: SecretReference
    refresh_token: SecretReference


OAuth = OAuthClientAuth | OAuthAccountAuth | OAuthRefreshAuth
