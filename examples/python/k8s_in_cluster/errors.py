"""Failures, as exceptions: one for each case of `error` in `wit/types.wit`."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from componentize_py_types import Err
from wit_world.imports import types


class Error(Exception):
    """A call failed. `str` of it says what to do next; the token is never in it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotInCluster(Error):
    """A variable or file that every pod has is missing."""


class CredentialsError(Error):
    """The token can't be used."""


class InvalidRequest(Error):
    """The request is wrong, and was not sent."""


class Denied(Error):
    """The component does not allow the request."""


class ConnectionFailed(Error):
    """No complete answer came. `failure` says why, and is what to decide by."""

    def __init__(self, error: types.ConnectionError) -> None:
        super().__init__(error.message)
        self.failure = error.failure
        self.code = error.code


class DeadlineExceeded(Error):
    """The call's timeout passed."""


class ApiError(Error):
    """The API server said no.

    `reason` is what to decide by, such as `NotFound`: the `code` of `AlreadyExists` and of
    `Conflict` is 409 alike. `details` names the fields that the server does not accept.
    """

    def __init__(self, status: types.Status) -> None:
        super().__init__(status.message)
        self.reason = status.reason
        self.code = status.code
        self.details = status.details
        self.retry_after = status.retry_after
        self.warnings = status.warnings

    def __str__(self) -> str:
        return f"the API server says: {self.message} ({self.code} {self.reason})"


class ProtocolError(Error):
    """The answer is over a limit, or is not one that an API server gives."""


def _exception(error: types.Error) -> Error:
    match error:
        case types.Error_NotInCluster(text):
            return NotInCluster(text)
        case types.Error_Credentials(text):
            return CredentialsError(text)
        case types.Error_InvalidRequest(text):
            return InvalidRequest(text)
        case types.Error_Denied(text):
            return Denied(text)
        case types.Error_Connection(failed):
            return ConnectionFailed(failed)
        case types.Error_DeadlineExceeded(text):
            return DeadlineExceeded(text)
        case types.Error_Api(status):
            return ApiError(status)
        case types.Error_Protocol(text):
            return ProtocolError(text)
        case types.Error_Other(text):
            return Error(text)


@contextmanager
def raising() -> Generator[None]:
    """Turns what the bindings raise into the exceptions above."""
    try:
        yield
    except Err as error:  # pyright: ignore[reportUnknownVariableType]
        raise _exception(cast("Err[types.Error]", error).value) from None
