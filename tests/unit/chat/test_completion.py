"""What Tab offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.chat.commands import FORMS
from avops.chat.completion import Names, offers

NAMES = Names(
    agents=("KB_Agent", "Zoom Room Agent"),
    recipes=("Display Fix", "Reset"),
    workflows=("Morning",),
    rooms=("HQ-1", "HQ-2"),
    tools=("tickets", "zoom"),
    actions={"zoom": ("get_room", "restart_room")},
    inputs={"Display Fix": ("channel",)},
)


def completed(before: str) -> list[str]:
    return [before[: len(before) - offer.length] + offer.text for offer in offers(before, NAMES)]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("/ru", ["/runs "]),
        ("/re", ["/recipe new ", "/recipe attach "]),
        ("/recipe ", ["/recipe new ", "/recipe attach "]),
        ("/recipe a", ["/recipe attach "]),
        ("/agent run KB", ["/agent run KB_Agent "]),
        ("/agent run zo", ['/agent run "Zoom Room Agent" ']),
        ('/agent run "Zoom R', ['/agent run "Zoom Room Agent" ']),
        ("/agent run KB_Agent re", ["/agent run KB_Agent recipe="]),
        ("/agent run KB_Agent recipe=", ['/agent run KB_Agent recipe="Display Fix" ', "/agent run KB_Agent recipe=Reset "]),
        ("/agent run KB_Agent recipe=dis", ['/agent run KB_Agent recipe="Display Fix" ']),
        ('/agent run KB_Agent recipe="Display F', ['/agent run KB_Agent recipe="Display Fix" ']),
        ('/agent run KB_Agent recipe="Display Fix" ch', ['/agent run KB_Agent recipe="Display Fix" channel=']),
        (
            "/agent run KB_Agent recipe=Reset room=h",
            ["/agent run KB_Agent recipe=Reset room=HQ-1 ", "/agent run KB_Agent recipe=Reset room=HQ-2 "],
        ),
        ("/tool health z", ["/tool health zoom "]),
        ("/tool action zoom ", ['/tool action zoom \'{"action": "get_room", "args": {}}\' ']),
        ("/runs status=f", ["/runs status=failed "]),
        ("/sop agent=k", ["/sop agent=KB_Agent "]),
        ("hello", []),
        ("text\n/ru", []),
        (" /ru", []),
    ],
)
def test_offers(before, expected):
    assert completed(before)[: len(expected)] == expected
    assert bool(completed(before)) is bool(expected)


@given(st.one_of(st.text(), st.tuples(st.sampled_from([form.name for form in FORMS]), st.text()).map(" ".join)))
def test_any_text_can_be_completed(before):
    for offer in offers(before, NAMES):
        assert 0 <= offer.length <= len(before)
