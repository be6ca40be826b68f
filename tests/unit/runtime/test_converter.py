"""What travels between steps is checked before it is sent."""

import math
from typing import Any

import pytest

from fiberwise.contracts.errors import PayloadRefused
from fiberwise.contracts.payload import Payload
from fiberwise.runtime import converter
from fiberwise.runtime.converter import CheckedPayloadConverter


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
