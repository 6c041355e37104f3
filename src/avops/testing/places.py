"""Steps of a recipe as tests name them: by key, by id or by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.model.effect import Phase
from avops.model.step import step_tag
from avops.project.names import folded
from avops.project.suggestions import did_you_mean

if TYPE_CHECKING:
    from avops.model.recipe import Recipe
    from avops.model.step import StepOptions

ROLLBACK = "rollback"


def steps_of(recipe: Recipe) -> dict[str, StepOptions]:
    """Every step of a recipe by its key, in order, the rollback actions last."""
    found: dict[str, StepOptions] = {f"{phase.value}.{index}": step for phase in Phase for index, step in enumerate(recipe.phase(phase))}
    found |= {f"{ROLLBACK}.{index}": step for index, step in enumerate(recipe.guardrails.rollback_actions)}
    return found


def title_of(step: StepOptions) -> str:
    """What people call a step: its name, else what it does."""
    kind = (step_tag(step) or "<step>")[1:-1]
    return step.name or str(getattr(step, kind, kind)).strip().splitlines()[0][:80]


def base_of(key: str) -> str:
    """The step of the recipe that a row belongs to: `act.2` for `act.2[1]/reading`."""
    return key.partition("/")[0].partition("[")[0]


def key_of(recipe: Recipe, name: str) -> tuple[str | None, str | None]:
    """The key of the step that a test names, or what is wrong with the name. A key inside a step (`act.0[2]`) is taken as it is."""
    steps = steps_of(recipe)
    if base_of(name) in steps:
        return name, None
    wanted = folded(name)
    by_id = [key for key, step in steps.items() if step.id == name]
    found = by_id or [key for key, step in steps.items() if folded(title_of(step)) == wanted]
    if len(found) == 1:
        return found[0], None
    if found:
        return None, f"{len(found)} steps are called '{name}': {', '.join(found)}; use the key"
    known = [*steps, *(step.id for step in steps.values() if step.id), *map(title_of, steps.values())]
    near = did_you_mean(name, known)
    return None, f"the recipe has no step '{name}'" + (f"; {near}" if near else "")
