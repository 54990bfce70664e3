"""Answers of a cluster, held to what is needed of them: a proxy in between may say other things."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from elastic_transport import ApiResponse, SerializationError

Form = TypeVar("Form")


def answered(answer: ApiResponse[Any], form: type[Form]) -> Form:
    """The answer, decoded or not, in the form that it should have. Raises `SerializationError` where it hasn't."""
    body = answer.body
    try:
        return msgspec.json.decode(body, type=form) if isinstance(body, bytes) else msgspec.convert(body, form)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:  # a ValidationError is a DecodeError
        raise SerializationError(f"not what was asked for: {error}", (error,)) from error
