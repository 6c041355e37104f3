"""Any text is read or refused; what is read agrees with PyYAML, taught the core schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from avops.errors import DocumentError
from avops.project.yaml_positions import positions
from avops.project.yaml_text import read_yaml
from avops.report.diagnostics import render_diagnostics

if TYPE_CHECKING:
    from avops.model.diagnostic import Diagnostic


class CoreLoader(yaml.CSafeLoader):
    """PyYAML with the core schema's resolvers, except that leading zeros stay text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Keys are text, as they are written."""
        super().construct_mapping(node, deep=deep)
        return {
            key.value if isinstance(key, yaml.ScalarNode) else self.construct_object(key, deep=True): self.construct_object(
                value, deep=True
            )
            for key, value in node.value
        }


def resolver(tag: str, pattern: str) -> None:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$", re.ASCII), None)


resolver("null", "null|Null|NULL|~|")
resolver("bool", "true|True|TRUE|false|False|FALSE")
resolver("int", "[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
resolver("float", r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
CoreLoader.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(node.value, 0) if node.value[:2] in ("0x", "0o") else int(node.value)
)


def construct_float(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


CoreLoader.add_constructor("tag:yaml.org,2002:float", construct_float)

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=15)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False),
    TEXT,
    st.sampled_from(
        [
            "on",
            "no",
            "12:30",
            "1_000",
            "0x1F",
            "0o17",
            "~",
            "null",
            "1e3",
            ".5",
            "-.inf",
            "<<x",
            "2026-11-22",
            "",
            " a ",
            "a\nb",
            "- x",
            "a: b",
        ]
    ),
)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT.filter(lambda key: key not in ("", "<<")), inner, max_size=4)
)


@given(DATA, st.sampled_from([None, True, False]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_written_data_is_read_back(data: object, flow: bool | None, unicode: bool) -> None:
    text = yaml.dump(data, Dumper=CoreDumper, default_flow_style=flow, allow_unicode=unicode)
    assert read_yaml(text) == data
    assert read_yaml(text.encode()) == data


class CoreDumper(yaml.CSafeDumper):
    """Writes what the core schema reads: its resolvers decide what needs quotes. No aliases."""

    yaml_implicit_resolvers = CoreLoader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True


SIGNS = st.sampled_from([*list(" \n-'\"[]{},#!|>%@`\t\\:\x85\u2028é日"), "\r\n", "<<", ": ", "- ", "? ", " #", "  ", "\n  ", "\n- "])
WORDS = st.sampled_from(["a", "b", "k: ", "&a ", "*a", "---\n", "...\n", "{{ x }}", "007", "1.5", "true", "~", "on", "0x1f", "é: 1\n"])
PIECES = SIGNS | WORDS


@given(st.lists(PIECES, max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_what_is_read_agrees_with_the_oracle(text: str) -> None:
    try:
        ours = read_yaml(text)
    except DocumentError as error:
        shown = render_diagnostics(error.diagnostics)
        assert all(character.isprintable() or character == "\n" for character in shown)
        (found,) = error.diagnostics
        assert 1 <= found.line <= len(re.split("\r\n|[\n\r\x85\u2028\u2029]", text))
        if found.rule in ("yaml-syntax", "yaml-indentation", "yaml-colon", "yaml-space", "yaml-tab", "yaml-brackets", "yaml-list"):
            try:
                yaml.load(text, Loader=CoreLoader)
            except yaml.YAMLError:
                return
            raise AssertionError(f"the oracle reads this: {found}") from None
        return
    try:
        theirs = yaml.load(text, Loader=CoreLoader)
    except yaml.composer.ComposerError as error:
        # YAML 1.2, section 7.1: an anchor may be given again; PyYAML refuses it.
        assert "duplicate anchor" in str(error)  # noqa: PT017 - another error is a difference
        return
    assert repr(ours) == repr(theirs) or re.search(r"[^\s,:\[\]{}]", text) is None


@given(st.binary(max_size=60) | st.text(max_size=60) | st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=400, deadline=None)
def test_anything_is_data_or_a_diagnostic(text: str | bytes) -> None:
    warnings: list[Diagnostic] = []
    try:
        read_yaml(text, warnings=warnings)
    except DocumentError as error:
        render_diagnostics(error.diagnostics).encode("utf-8")
    assert all(each.severity == "warning" for each in warnings)
    positions(text)
