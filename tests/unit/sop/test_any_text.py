"""Any text gives a recipe that loads, or a refusal."""

from __future__ import annotations

import importlib
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import avops.sop
from avops.model.recipe import Recipe
from avops.sop.convert import convert
from avops.sop.errors import NoProcedure
from avops.sop.lazily import _Lazy

PIECES = st.sampled_from(
    [
        *("- ", "1. ", "1) ", "a) ", "# ", "## Plan", "## Verify", "> ", "> [!NOTE] ", "!!! tip", "??? x", "```", "~~~", "    ", "\t"),
        *("- [ ] ", "* ", "Step 1: ", "Steps: ", "Act: ", "<!--", "-->", "| a | b |", "|-|-|", "---", "{{ x }}", "{{", "}}", "{%"),
        *("<host>", "[name]", "$VAR", "${VAR}", "A_B", "**", "`", "__", "![i](x)", "[l](http://x.y)", "Turn on ", "Check ", "If "),
        *("wait two minutes", ", ", ". ", ": ", "; ", " - ", "\u201c", '"', "'", "do not ", "you must ", "the ", "light ", "Verify that "),
        *("and then ", "\x00", "\u2028", "\u200b", "\ud7ff", "\U0001f600", "é", "確認", "null", "~", "yes", "0x1F", "1e3", "2024-01-01"),
        *("#x", "?", "%", "@", "&a", "*a", "!t"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.one_of(PIECES, st.just("\n"), st.text(max_size=5)), max_size=60).map("".join),
    st.binary(max_size=200).map(lambda raw: raw.decode("utf-8", "replace")),
    st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")),
)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_gives_a_recipe_or_a_refusal(text: str) -> None:
    reason = ""
    try:
        made = convert(text, file="sops/any: file#1.md")
    except NoProcedure as refusal:
        made = None
        reason = refusal.message
    if made is None:
        assert reason
        return
    data = yaml.safe_load(made.recipe_text)
    recipe = Recipe.model_validate(data)
    assert recipe.draft
    total = sum(len(getattr(recipe, phase)) for phase in ("intake", "plan", "act", "verify"))
    assert total == len(made.steps) > 0
    assert {line.line for line in made.coverage} == {n for n, row in enumerate(text.splitlines(), start=1) if row.strip()}


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_same_text_gives_the_same_recipe(text: str) -> None:
    def once() -> str:
        try:
            return convert(text, file="x.md").recipe_text
        except NoProcedure as refusal:
            return refusal.message

    assert once() == once()


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_scalars_read_back_as_they_were(first: str, second: str) -> None:
    from avops.sop.recipe_text import scalar

    clean = [value.encode("utf-8", "replace").decode() for value in (first, second)]
    line = f"a: {scalar(clean[0])}\nb: {{c: {scalar(clean[1], flow=True)}}}\n"
    assert yaml.safe_load(line) == {"a": clean[0], "b": {"c": clean[1]}}


def test_every_pattern_compiles() -> None:
    found = 0
    for path in sorted(Path(avops.sop.__file__).parent.glob("*.py")):
        module = importlib.import_module(f"avops.sop.{path.stem}") if path.stem != "__init__" else avops.sop
        for value in vars(module).values():
            if isinstance(value, _Lazy):
                assert value.pattern is not None
                found += 1
    assert found > 200
