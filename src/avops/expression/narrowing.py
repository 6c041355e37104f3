"""What a condition proves about null: `state is not null and state.power == 'on'`, `item.status == 'ok' and item.result.power`."""

from __future__ import annotations

from avops.expression.nodes import Compare, Constant, Key, Logic, Node, Not, Path, Test

_PROVE_NOTHING: frozenset[tuple[Key, ...]] = frozenset()


def facts(node: Node, outcome: bool) -> frozenset[tuple[Key, ...]]:
    """The paths that are not null when the node evaluates to `outcome`."""
    match node:
        case Not():
            return facts(node.operand, not outcome)
        case Logic():
            if (node.operator == "and") is outcome:
                return _PROVE_NOTHING.union(*(facts(operand, outcome) for operand in node.operands))
            # One operand decided it, which one is not known; what they all prove holds anyway.
            first, *others = [facts(operand, outcome) for operand in node.operands]
            return first.intersection(*others)
        case Test(operand=Path() as path):
            return _test(node, path, outcome)
        case Compare(left=Path() as path, right=Constant() as constant):
            return _comparison(node.operator, path, constant, outcome)
        case Path():
            return _prefixes(node, itself=True) if outcome else _prefixes(node, itself=False)
        case _:
            return _PROVE_NOTHING


def _test(node: Test, path: Path, outcome: bool) -> frozenset[tuple[Key, ...]]:
    holds = outcome is not node.negated
    if node.name in ("defined", "undefined"):
        return _prefixes(path, itself=False) if holds is (node.name == "defined") else _PROVE_NOTHING
    if node.name == "null":
        return _prefixes(path, itself=not holds)
    if node.name == "empty":
        return _prefixes(path, itself=not holds)
    return _prefixes(path, itself=holds)


def _comparison(operator: str, path: Path, constant: Constant, outcome: bool) -> frozenset[tuple[Key, ...]]:
    if operator in ("==", "!="):
        same = (operator == "==") is outcome
        proved = _prefixes(path, itself=same is (constant.value is not None))
        # An entry of what a `for_each` step gave: the one that is ok has its result.
        is_ok_entry = same and constant.value == "ok" and len(path.keys) > 1 and path.keys[-1] == "status"
        return proved | {(*path.keys[:-1], "result")} if is_ok_entry else proved
    return _prefixes(path, itself=False)


def _prefixes(path: Path, *, itself: bool) -> frozenset[tuple[Key, ...]]:
    """The paths on the way, which were not null or the lookup had failed; and the whole path."""
    last = len(path.keys) + (1 if itself else 0)
    return frozenset(path.keys[:count] for count in range(1, last))
