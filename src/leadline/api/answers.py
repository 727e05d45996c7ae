"""What every subject's answers have in common, as types: reasons, results of records, errors, tokens."""

from typing import Annotated, Literal, TypedDict

from leadline.api.schemas import Keywords

Code = Annotated[str, Keywords(pattern="^[0-9]+$")]


class Reason(TypedDict):
    """Why something was refused; the page `errors.md` lists the codes."""

    code: Code
    message: str


class Error(TypedDict):
    """A call was refused; its HTTP status is 200, but for 413 and 414."""

    requestId: str
    success: Annotated[bool, Keywords(const=False)]
    errors: list[Reason]


class AssetError(TypedDict):
    """A call for assets was refused; a warning may say more."""

    success: Annotated[bool, Keywords(const=False)]
    warnings: list[str]
    errors: list[Reason]
    requestId: str


class Token(TypedDict):
    """An access token, to be sent with each call."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: Annotated[int, "Seconds for which it is good", Keywords(minimum=1)]
    scope: Annotated[str, "The user that the credential acts as"]


IdentityFault = Literal[
    "invalid_client",
    "invalid_request",
    "unauthorized",
    "unsupported_grant_type",
    "temporarily_unavailable",
]


class IdentityError(TypedDict):
    """A token was refused."""

    error: IdentityFault
    error_description: str


class Skipped(TypedDict):
    """A record with which nothing was done, and why."""

    status: Literal["skipped"]
    reasons: list[Reason]
