"""Secrets that documents give to the inputs of runs.

What a person types is that person's word. A workflow, or a list of rows, comes with the repository: it could hand any
variable of whoever runs it to a recipe, whose tools take it anywhere. So each such reference needs trust, together with
every place that the run's agents can send it to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from avops.model.run import RunStart
    from avops.project.trust import Claim
    from avops.wiring.requests import RunRequest
    from avops.wiring.workspace import Workspace


def require_trusted(workspace: Workspace, request: RunRequest) -> None:
    """TrustError for a secret that a document gives to an input and that nobody here has trusted; all-mock runs send none."""
    from avops.project.trust import TrustRecord

    if request.mock is True or workspace.settings.mock is True:
        return
    for claim in TrustRecord().untrusted(workspace.root, input_claims(workspace, request)):
        raise TrustError(f"{claim.tool} would use a secret in a way that nobody here has trusted: {claim.what}", hint="avops trust")


def workflow_claims(workspace: Workspace) -> Iterator[Claim]:
    """What the project's workflows want; one that cannot be run wants nothing yet."""
    from avops.model.run import Trigger
    from avops.wiring.requests import workflow_request

    for loaded in workspace.project.workflows:
        try:
            if loaded.value is not None:
                yield from input_claims(workspace, workflow_request(workspace, loaded.value, trigger=Trigger.MANUAL))
        except AvopsError:
            continue  # `avops lint` tells what is wrong with it


def input_claims(workspace: Workspace, request: RunRequest) -> list[Claim]:
    """The secrets that documents give to the inputs of a run, each once, with where its agents may send them."""
    from avops.project.trust import Claim

    items = request.fleet[0] if request.fleet is not None else ()
    shared = {} if request.typed else dict(request.inputs)
    given: list[Mapping[str, object]] = [shared, *(item.inputs or {} for item in items)]
    by = f"the workflow '{request.workflow}'" if request.workflow else f"a list for '{request.recipe}'"
    found: dict[Claim, None] = {}
    for recipe, agents, own in _parts(request):
        secret = {name for name, spec in workspace.recipe(recipe).required().inputs.items() if spec.secret}
        for values in (*given, own):
            for name in sorted(secret & values.keys()):
                if _is_reference(value := values[name]):
                    what = f"{value} as '{name}' of '{recipe}', from where it may go to {_places(workspace, agents)}"
                    found[Claim(tool=by, kind="secret", what=what)] = None
    return list(found)


def named_secrets(start: RunStart) -> dict[str, object]:
    """The inputs of a run that name a secret, with the name."""
    return {name: value for name, value in start.inputs.items() if _is_reference(value)}


def foreseen_secrets(parent: RunStart) -> frozenset[str]:
    """The secrets that a run names anywhere. What a child of it names besides, something that was read has put there."""
    return frozenset(_references([dict(parent.inputs), dict(parent.options)]))


def _parts(request: RunRequest) -> Iterator[tuple[str, list[str], Mapping[str, object]]]:
    """Recipe, agents and own inputs of a run, or of each of its stages."""
    if not request.stages:
        yield request.recipe, [request.agent, *(request.agents or {}).values()], {}
    for stage in request.stages:
        yield stage.recipe, [stage.agent, *(stage.agents or {}).values()], stage.inputs


def _places(workspace: Workspace, agents: Iterable[str]) -> str:
    """The tools that the agents may use, with where each leads."""
    from avops.project.trust import destination

    names = {name for agent in agents for name in workspace.agent(agent).required().tools}
    places = []
    for name in sorted(names):
        try:
            manifest = workspace.tool(name).value
        except AvopsError:
            manifest = None
        if manifest is not None:
            places.append(f"{name} ({destination(manifest)})")
    return ", ".join(places) or "no tool"


def _is_reference(value: object) -> bool:
    from avops.engine.inputs import is_reference

    return is_reference(value)


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _references(each)
    elif isinstance(value, str) and _is_reference(value):
        yield value
