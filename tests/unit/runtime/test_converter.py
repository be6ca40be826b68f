"""What travels between steps is checked before it is sent."""

import math
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from fiberwise.contracts.complex_multi_agent import Request
from fiberwise.contracts.errors import PayloadRefused
from fiberwise.contracts.payload import Payload
from fiberwise.runtime import converter
from fiberwise.runtime.converter import CheckedPayloadConverter, ToldFailures


class Inner(Payload):
    value: Any = None


class Outer(Payload):
    good: int = 1
    inner: list[Inner] = []


def test_a_value_without_a_json_form_is_refused_with_its_path():
    with pytest.raises(PayloadRefused, match=r"Outer\.inner\.1\.value cannot be sent"):
        CheckedPayloadConverter().to_payload(Outer(inner=[Inner(value=1), Inner(value=object())]))


def test_text_that_is_no_unicode_is_refused_with_its_path():
    with pytest.raises(PayloadRefused, match=r"Inner\.value cannot be sent"):
        CheckedPayloadConverter().to_payload(Inner(value="\udcff"))


def test_a_value_past_the_limit_is_refused_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(converter, "LARGEST_BYTES", 100)
    with pytest.raises(PayloadRefused, match="at most 100 travel") as caught:
        CheckedPayloadConverter().to_payload(Inner(value="x" * 200))
    assert "artifact store" in caught.value.hint


def test_infinity_is_valid_json_on_the_wire():
    payload = CheckedPayloadConverter().to_payload(Inner(value=math.inf))
    assert payload.data == b'{"value":"Infinity"}'


def test_models_come_back_as_they_were():
    converter = CheckedPayloadConverter()
    value = Outer(inner=[Inner(value={"a": [1, 2.5, None, "é"]})])
    assert converter.from_payload(converter.to_payload(value), Outer) == value


def sent(error: BaseException) -> Failure:
    """As it stands in history."""
    failure = Failure()
    try:
        raise error
    except type(error) as raised:
        ToldFailures().to_failure(raised, CheckedPayloadConverter(), failure)
    return failure


def test_a_request_with_a_wrong_field_ends_the_run_with_the_field_and_the_nearest_name():
    wrong = CheckedPayloadConverter().to_payload({"generat": {}})
    with pytest.raises(
        ApplicationError, match=r"`generat`: no such field, did you mean `generate`\?"
    ) as caught:
        CheckedPayloadConverter().from_payload(wrong, Request)
    assert (caught.value.type, caught.value.non_retryable) == ("BadInput", True)
    assert not sent(caught.value).stack_trace


def test_an_error_that_nobody_foresaw_keeps_its_stack():
    assert "test_converter.py" in sent(KeyError("x")).stack_trace
