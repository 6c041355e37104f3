"""What `--fix` mends, what it leaves alone, and that it never changes more than that."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avops.lint.fix import FIXABLE, fixed
from avops.project.documents import load_document

ALL = frozenset(FIXABLE)
FORM = frozenset({"ambiguous-word", "key-order", "missing-schema-line", "yaml-leading-zero"})


def mend(text: str, *rules: str) -> str:
    return fixed("recipe", text, "recipes/a.yaml", frozenset(rules) or ALL - {"missing-schema-line"})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("name: A\nact:\n  - Press restart\n", "name: A\nact:\n  - manual: Press restart\n"),
        ("name: A\nact:\n  - 'Press: restart'  # now\n", "name: A\nact:\n  - manual: 'Press: restart'  # now\n"),
        ("name: A\nact: [Press restart, {manual: Wait}]\n", "name: A\nact: [{manual: Press restart}, {manual: Wait}]\n"),
        ("name: A\nintake:\n  - gather: The room\n", "name: A\nintake:\n  - ask: The room\n"),
        ("name: A\nact:\n  - name: N\n    step: Do it\n", "name: A\nact:\n  - name: N\n    manual: Do it\n"),
        ("name: A\nact:\n  - action: zoom.restart_room\n", "name: A\nact:\n  - tool: zoom.restart_room\n"),
        (
            "name: A\nguardrails:\n  # the limits\n  - timeout_minutes: 10\n  - window: x\nact: []\n",
            "name: A\nguardrails:\n  # the limits\n    timeout_minutes: 10\n    window: x\nact: []\n",
        ),
        ("name: A\nverify:\n  - check: the display is on\n", "name: A\nverify:\n  - confirm: the display is on\n"),
        (
            "name: A\nact:\n  - tool: zoom.x\n    with: {power: on, a: off} # on\n",
            'name: A\nact:\n  - tool: zoom.x\n    with: {power: "on", a: "off"} # on\n',
        ),
        ("name: A\ninputs:\n  e: {default: 0123}\n", 'name: A\ninputs:\n  e: {default: "0123"}\n'),
        (
            "name: A\nact:\n  - tool: zoom.x\n    with:\n      a: {{ room.x }}\n      b: {{ room.y }} # b\n",
            'name: A\nact:\n  - tool: zoom.x\n    with:\n      a: "{{ room.x }}"\n      b: "{{ room.y }}" # b\n',
        ),
        (
            "# head\n\n# about act\nact: []\n\n# about the name\nname: A\n",
            "# head\n\n# about the name\nname: A\n# about act\nact: []\n\n",
        ),
        ("name: A\r\nact:\r\n  - Press\r\n", "name: A\r\nact:\r\n  - manual: Press\r\n"),
        ("\ufeffname: A\nact: [Press]\n", "\ufeffname: A\nact: [{manual: Press}]\n"),
    ],
)
def test_mended(before: str, after: str) -> None:
    assert mend(before) == after
    assert mend(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "name: A\nverify:\n  - check: state.status = 'on'\n",
        "name: A\nverify:\n  - check: the display is on\n    within: 90s\n",
        "name: A\nguardrails: [timeout_minutes 10]\n",
        "name: A\nguardrails:\n  - Stop when somebody is in the room\n",
        "name: A\nact:\n  - |\n    Press restart\n",
        "name: A\nact:\n  - Press\n    restart\n",
        "name: A\nact:\n  - manual: |\n      power: on\n",
        "name: A\nact: [\n",
        "name: [\n",
        "- name\n",
        "",
    ],
)
def test_left_alone(text: str) -> None:
    assert mend(text) == text


def test_the_schema_line_counts_the_folders() -> None:
    line = "# yaml-language-server: $schema="
    assert fixed("recipe", "name: A\n", "recipes/a.yaml", ALL) == f"{line}../schemas/recipe.schema.json\nname: A\n"
    assert fixed("tool", "name: a\r\n", "tools/b/a.yaml", ALL) == f"{line}../../schemas/tool.schema.json\r\nname: a\r\n"


def test_only_what_was_asked_for() -> None:
    text = "name: A\nact:\n  - Press it\n  - tool: zoom.x\n    with: {power: on}\n"
    assert mend(text, "short-form") == text.replace("- Press", "- manual: Press")


WORD = st.sampled_from(["on", "off", "yes", "no", "Press restart", "'on'", '"off"', "0123", "12", "{{ room.x }}", "it's on", "a # b", "|"])
COMMENT = st.sampled_from(["", "  # on: off", " # note"])
STEP = st.one_of(
    st.builds("  - {}{}\n".format, WORD, COMMENT),
    st.builds("  - manual: {}{}\n".format, WORD, COMMENT),
    st.builds("  - name: {}{}\n    step: {}\n".format, WORD, COMMENT, WORD),
    st.builds("  - {{tool: zoom.x, with: {{a: {}, b: {}}}}}{}\n".format, WORD, WORD, COMMENT),
    st.builds("  - check: {}{}\n".format, st.sampled_from(["the display is on", "a == 1", "it is fine now"]), COMMENT),
    st.just("\n  # a comment between\n"),
)
PART = st.one_of(
    st.builds("{}:\n{}".format, st.sampled_from(["intake", "plan", "act", "verify"]), st.lists(STEP, min_size=1, max_size=4).map("".join)),
    st.builds("description: {}{}\n".format, WORD, COMMENT),
    st.just("name: A\n"),
    st.just("# a comment\n\n"),
    st.just("guardrails:\n  - timeout_minutes: 10\n  - retries: 1\n"),
)
TEXT = st.tuples(st.lists(PART, min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"])).map(
    lambda made: "".join(made[0]).replace("\n", made[1])
)


def comments(text: str) -> list[str]:
    return sorted(line[line.index("#") :].rstrip() for line in text.splitlines() if "#" in line and "$schema" not in line)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_a_fix_is_done_once_keeps_comments_and_never_makes_it_worse(text: str) -> None:
    once = fixed("recipe", text, "recipes/a.yaml", ALL)
    assert fixed("recipe", once, "recipes/a.yaml", ALL) == once
    assert comments(once) == comments(text)
    before, after = load_document("recipe", text, "a.yaml"), load_document("recipe", once, "a.yaml")
    if before.value is not None:
        assert after.value is not None
    if before.data is not None:
        assert after.data is not None


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_a_fix_of_form_leaves_the_data_as_it_is(text: str) -> None:
    before = load_document("recipe", text, "a.yaml").data
    assert load_document("recipe", fixed("recipe", text, "recipes/a.yaml", FORM), "a.yaml").data == before
