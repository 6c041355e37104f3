"""A search of the web through one of the project's tools: a recorded run of one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avops.errors import AvopsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from avops.kb.hosts import AllowedHost
    from avops.ports import Listener, Person
    from avops.wiring.workspace import Workspace

MAX_RESULTS = 50
MAX_SEARCH = 400
"""What the search tools of the library take at most."""


def search_tool(workspace: Workspace, name: str | None = None) -> str:
    """The tool that searches the web: the one that is named, the setting's, or the first with a read action `search` that takes `query`."""
    from avops.model.effect import Effect

    wanted = name or workspace.settings.kb.tool
    loaded = [workspace.tool(wanted)] if wanted else list(workspace.project.tools)
    if wanted:
        loaded[0].required()
    manifests = [each.value for each in loaded if each.value is not None]
    for manifest in manifests:
        action = manifest.actions.get("search")
        if action is not None and "query" in action.input and action.effect is Effect.READ:
            return str(manifest.name)
    if wanted:
        raise NotFoundError(f"the tool '{wanted}' has no action 'search' that reads and takes a 'query'", hint="avops tool list")
    raise NotFoundError("no tool of this project searches the web", hint="avops tool add searxng, or avops tool add tavily")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search tool answered, and the run that asked it; each result has a `url`."""

    run_id: int
    simulated: str
    tool: str
    results: Sequence[Mapping[str, object]]


def search_web(
    workspace: Workspace,
    query: str,
    hosts: Sequence[AllowedHost],
    *,
    tool: str | None,
    agent: str | None,
    mock: bool | list[str],
    listener: Listener | None,
    person: Person | None,
) -> Search:
    """What the search tool answers, by a recorded run."""
    import json

    from avops.report.progress import Silent
    from avops.wiring.tool_calls import call_tool, prepare_call

    name = search_tool(workspace, tool)
    manifest = workspace.tool(name).required()
    takes = manifest.actions["search"].input
    arguments: dict[str, object] = {"query": query}
    if "domains" in takes:
        arguments["domains"] = [each.host for each in hosts]
    else:
        limited = f"{query} ({' OR '.join(f'site:{each.host}' for each in hosts)})" if len(hosts) > 1 else f"{query} site:{hosts[0].host}"
        arguments["query"] = limited if len(limited) <= MAX_SEARCH and not all(each.is_loopback for each in hosts) else query
    if "max_results" in takes:
        arguments["max_results"] = 10
    call = prepare_call(workspace, name, "search", [json.dumps(arguments)], agent)
    report, answered, answer = call_tool(workspace, call, listener or Silent(), mock=mock, person=person)
    if not answered:
        problems = "; ".join(str(problem) for problem in report.problems)
        hint = next((problem.hint for problem in report.problems if problem.hint), f"avops runs show {report.run_id}")
        raise AvopsError(f"the search did not work: {problems or report.error or report.status.value}", hint=hint)
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise AvopsError(f"'{name}.search' answered without 'results'", hint=f"avops runs show {report.run_id}")
    usable = [each for each in results if isinstance(each, dict) and isinstance(each.get("url"), str)]
    # A scout reads a few; thousands of them would only fill its report.
    return Search(run_id=report.run_id, simulated=report.simulated.value, tool=name, results=usable[:MAX_RESULTS])
