"""Secrets in what a person typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.chat.hiding import HIDDEN, without_secrets


@pytest.mark.parametrize(
    "message",
    [
        "/agent run A recipe=R code=hunter2",
        '/agent run A recipe=R input.code="hunter2 and more"',
        "/agent run A recipe=R CODE='hunter2",
        "/agent run A recipe=R password=hunter2",
        "/agent run A recipe=R api_key=“hunter2”",
        """/tool action t '{"action":"x","args":{"password":"hunter2","n":1}}'""",
        """/tool action t '{"action":"x","args":{"pin": 99hunter2}}'""",
        "what is wrong?\npassword=hunter2",
    ],
)
def test_values_of_secret_keys_are_hidden(message):
    shown = without_secrets(message, {"code"})
    assert "hunter2" not in shown
    assert HIDDEN in shown


@given(st.text().filter(lambda text: not any(word in text.casefold() for word in ("pass", "secret", "token", "key", "cred", "p"))))
def test_everything_else_stays(text):
    assert without_secrets(text) == text


def test_what_stands_around_stays():
    assert without_secrets('/agent run "A b" recipe=R token=x room=HQ-1') == f'/agent run "A b" recipe=R token={HIDDEN} room=HQ-1'
