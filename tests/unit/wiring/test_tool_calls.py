"""What a person types for a call is data, whatever it looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from avops.expression import parse_value
from avops.wiring.tool_calls import literal

texts = st.text(alphabet=st.sampled_from("{}%#'\"~\\ ab\n"), max_size=20)
values = st.recursive(
    texts | st.integers(-(2**53), 2**53) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="ab -", max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_a_literal_renders_to_itself(value):
    assert parse_value(literal(value)).render({}) == value
