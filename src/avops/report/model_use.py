"""What the agent's model took: turns, tokens and their price, of a run or of one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.report.formats import count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from avops.model.run import StepRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """Sums over turns. `cost_usd` is the price of the tokens that have a known one; `unpriced_tokens` have none."""

    turns: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    unpriced_tokens: int = 0
    models: tuple[str, ...] = ()
    """The models that answered, as the provider names them, sorted."""

    def words(self) -> str:
        """`gpt-5, 3 turns, 1,234 tokens, $0.0042`; empty where no model was asked."""
        if not self.turns:
            return ""
        price = cost_words(self.cost_usd, self.tokens, self.unpriced_tokens)
        turns = f"{count(self.turns)} turn{'' if self.turns == 1 else 's'}"
        return ", ".join([*self.models, turns, f"{count(self.tokens)} tokens", *([price] if price else [])])

    def fields(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "turns": self.turns,
            "tokens": self.tokens,
            "cost_usd": self.cost_usd,
            "unpriced_tokens": self.unpriced_tokens,
            "models": list(self.models),
        }


def model_use(rows: Iterable[StepRecord]) -> ModelUse:
    """What the turns among these rows took. A turn that was cut short counts, and nobody knows its tokens."""
    turns = [row for row in rows if row.intent.kind == "turn"]
    answered = {str(row.value["model"]) for row in turns if isinstance(row.value, dict) and row.value.get("model")}
    return ModelUse(
        turns=len(turns),
        tokens=sum(row.tokens for row in turns),
        cost_usd=round(sum(row.cost_usd for row in turns), 9),
        unpriced_tokens=sum(row.tokens for row in turns if row.cost_usd == 0),
        models=tuple(sorted(answered)),
    )


def cost_words(cost_usd: float, tokens: int, unpriced_tokens: int) -> str:
    """The price, and how many tokens have none; empty for no tokens."""
    if not tokens:
        return ""
    if unpriced_tokens >= tokens:
        return "price not known"
    more = f" and {count(unpriced_tokens)} tokens without a known price" if unpriced_tokens else ""
    return money(cost_usd) + more


def money(amount: float) -> str:
    """US dollars: `$0.0042`, `$1.37`."""
    return f"${amount:.2f}" if amount >= 1 or amount == 0 else f"${amount:.4f}"
