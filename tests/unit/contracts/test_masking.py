"""What a text should not give away is hidden, the same value behind the same mask; what it is about stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiberwise.contracts.attempt import Failure
from fiberwise.contracts.masking import Masking

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "hidden",
    [
        "ann.b+c@mail.example.org",
        "4111111111111111",
        "4111 1111 1111 1111",
        "030-1234-5678",
        "1234567",
        JWT,
        "sk-abcdefgh12345678",
        "ghp_abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_by_its_form(hidden: str):
    text = Masking().text(f"before {hidden} after")
    assert hidden not in text
    assert text.startswith("before ‹")
    assert text.endswith("› after")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password=hunter2, user=ann", "password=‹secret 1›, user=ann"),
        ('"api_key": "abc"', '"api_key": "‹secret 1›"'),
        ("db_token: x", "db_token: ‹secret 1›"),
        ("Authorization: Bearer a.b.c", "Authorization: Bearer ‹secret 1›"),
        ("postgresql://ann:pw@host/db", "postgresql://‹secret 1›@host/db"),
        ("https://host/x?sig=abc&v=2", "https://host/x?sig=‹secret 1›&v=2"),
    ],
)
def test_by_the_name_before_it(text: str, masked: str):
    assert Masking().text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "extract failed at attempt 3 after 123456 ms",
        "0f1e2d3c-0503-4123-9119-123456789012",
        "2026-11-24T10:30:05.123456Z and 2026-11-24 10:30:05",
        "examples/penguins.csv · 344 rows × 8 columns",
        "null_tokens: NA",
        "unexpected token in line 3",
        "AVeryLongNameOfAClassWithoutAnyDigits",
    ],
)
def test_what_gives_nothing_away_stays(text: str):
    assert Masking().text(text) == text


def test_the_same_value_has_the_same_mask_and_another_one_another():
    text = Masking().text("a@x.org wrote to b@x.org, then a@x.org again")
    assert text == "‹e-mail 1› wrote to ‹e-mail 2›, then ‹e-mail 1› again"


def test_own_ids_are_kept_though_they_look_like_numbers():
    assert Masking(["12345678"]).text("retry 12345678, not 12345679") == "retry 12345678, not ‹number 1›"


def test_an_own_id_that_begins_another_one_does_not_cut_it_in_two():
    whole = "12345678-0503-4123-9119-123456789012"
    assert Masking(["12345678"]).text(whole) == whole


def test_a_field_is_hidden_whole_where_its_name_says_so():
    value = {"apiKey": "x", "db_password": 12, "token": ["y"], "null_tokens": ["NA"], "key": "nightly"}
    assert Masking().json(value) == {
        "apiKey": "‹secret 1›",
        "db_password": "‹secret 2›",
        "token": ["‹secret 3›"],
        "null_tokens": ["NA"],
        "key": "nightly",
    }


def test_a_model_keeps_its_form():
    found = Masking().model(Failure(type="ValueError", message="no such user: ann@x.org", attempt=2))
    assert found == Failure(type="ValueError", message="no such user: ‹e-mail 1›", attempt=2)


@given(st.text(max_size=40), st.emails(), st.text(max_size=40))
def test_no_address_comes_through(before: str, address: str, after: str):
    local = address.partition("@")[0]
    if all(c.isalnum() or c in "._+-%" for c in local):
        assert address not in Masking().text(f"{before} {address} {after}")
