"""Runs that a person did with a card: what was ticked, kept as a run that says so.

Nothing is called and nothing is claimed beyond what was ticked. Such a run has the trigger `card`, the agent `by hand`, an
artifact with the card's id, and the card's text beside the recipe's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from avops.errors import FindingsError, UsageError
from avops.report.card_reading import Tick

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from avops.model.run import Run, RunEnd, RunStart, RunStatus, StepIntent, StepResult
    from avops.report.card import Card, CardId, CardItem
    from avops.wiring.workspace import Workspace

BY_HAND: Final = "by hand"
"""What such a run has for an agent, and how its steps begin their notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecipe:
    """The recipe of a card as it was when the card was printed."""

    name: str
    path: str
    text: str | None
    """None where the recipe has changed and its old text is not kept anywhere."""
    is_changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandStep:
    """One box as a person left it."""

    item: CardItem
    tick: Tick
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandRun:
    """What a person did, ready to be kept."""

    card_id: CardId
    recipe: CardRecipe
    steps: Sequence[HandStep]
    started_at: datetime
    ended_at: datetime
    entered_at: datetime
    room: str | None = None
    inputs: Mapping[str, object]
    done_by: str | None = None
    text: str | None = None
    """The filled card, where there is one."""


def recipe_of(workspace: Workspace, card_id: CardId, *, anyway: bool) -> CardRecipe:
    """The recipe that a card was printed from.

    Raises UsageError when there is none of that file name, FindingsError when it has changed since, unless `anyway`.
    """
    from avops.report.card import digest_of

    recipes = workspace.project.recipes
    entries = [entry for entry in recipes.entries if entry.slug == card_id.slug]
    current = [(entry, recipes.load(entry)) for entry in entries]
    for entry, loaded in current:
        if digest_of(loaded.text) == card_id.digest:
            return CardRecipe(name=loaded.required().name, path=entry.relative, text=loaded.text, is_changed=False)
    if not entries:
        raise UsageError(f"no recipe has the file name '{card_id.slug}'", hint="avops recipe list shows what there is")
    entry, loaded = current[0]
    name = recipes.name_of(entry) or entry.stem
    if not anyway:
        raise FindingsError(
            f"the recipe '{name}' has changed since this card was printed",
            hint=f"print a new one: avops recipe card '{name}'; --anyway records what was done with the old one",
        )
    return CardRecipe(name=name, path=entry.relative, text=_old_text(workspace, entry.relative, card_id.digest), is_changed=True)


def _old_text(workspace: Workspace, path: str, digest: str) -> str | None:
    """The text with that sum, from git or from what runs kept."""
    from contextlib import closing

    from avops.project.git_history import versions
    from avops.report.card import digest_of
    from avops.telemetry.database import open_reader

    for version in versions(workspace.root, path) or ():
        if digest_of(version.text) == digest:
            return version.text
    with closing(open_reader(workspace.database)) as reader:
        row = reader.execute("SELECT text FROM texts WHERE substr(sha256, 1, ?) = ?", (len(digest), digest)).fetchone()
    return None if row is None else str(row[0])


def card_as_printed(
    workspace: Workspace, recipe: CardRecipe, card_id: CardId, *, room: str | None, inputs: Mapping[str, object]
) -> Card | None:
    """The card as it was printed; None where the recipe's old text is not kept."""
    from avops.project.documents import load_document
    from avops.wiring.cards import card_of_text

    if recipe.text is None:
        return None
    loaded = load_document("recipe", recipe.text, recipe.path)
    return None if loaded.value is None else card_of_text(workspace, loaded, room=room, inputs=inputs, card_id=card_id)


def judged_run(hand: HandRun, *, roles: Mapping[str, Sequence[str]], account: str) -> tuple[RunStatus, str | None]:
    """How such a run ended, and why it is no success.

    It succeeded only if every step was ticked, or left out where its condition allows that, and Verify has checks that all
    were. A failed or skipped step before Verify is a failure; what is open in Verify, and an approval that nobody here can
    vouch for, leaves it unverified: with `four_eyes` that is also one of who did the work.
    """
    from avops.model.run import RunStatus

    failed = [f"{step.item.mark} failed: {step.note or step.item.title}" for step in hand.steps if step.tick is Tick.FAILED]
    left = [step for step in hand.steps if step.tick is Tick.OPEN or (step.tick is Tick.LEFT_OUT and not step.item.is_conditional)]
    words = {Tick.OPEN: "was not ticked", Tick.LEFT_OUT: "was left out"}
    failed += [f"{each.item.mark} {words[each.tick]}: {each.item.title}" for each in left if not each.item.key.startswith("verify.")]
    open_checks = [f"{each.item.mark} {words[each.tick]}: {each.item.title}" for each in left if each.item.key.startswith("verify.")]
    if failed:
        return RunStatus.FAILED, "; ".join([*failed, *open_checks])
    doubts = list(open_checks)
    if not any(step.item.is_check and step.tick is Tick.DONE for step in hand.steps):
        doubts.append("no check of Verify was ticked")
    alone = (hand.done_by or account).strip().casefold() == account.casefold() and _needs_four_eyes(hand.recipe)
    for step in hand.steps:
        role = step.item.approval
        if role is not None and step.tick is Tick.DONE and account not in roles.get(role, ()):
            doubts.append(f"{step.item.mark} takes an approval of {role}, which '{account}' cannot vouch for")
        elif role is not None and step.tick is Tick.DONE and alone:
            doubts.append(f"{step.item.mark} takes the approval of a second person, and '{account}' did the work")
    if hand.recipe.is_changed and hand.recipe.text is None:
        doubts.append("the recipe has changed since the card was printed, and its old text is not kept")
    return (RunStatus.UNVERIFIED, "; ".join(doubts)) if doubts else (RunStatus.SUCCESS, None)


def _needs_four_eyes(recipe: CardRecipe) -> bool:
    from avops.project.documents import load_document

    loaded = None if recipe.text is None else load_document("recipe", recipe.text, recipe.path).value
    return loaded is not None and loaded.guardrails.four_eyes


def run_of_card(workspace: Workspace, card_id: CardId) -> int | None:
    """The run that this very card was entered as, the newest one."""
    from contextlib import closing

    from avops.telemetry.database import open_reader

    with closing(open_reader(workspace.database)) as reader:
        return _entered(reader, str(card_id))


def _entered(connection: sqlite3.Connection, card_id: str) -> int | None:
    row = connection.execute("SELECT max(run_id) FROM artifacts WHERE kind = 'card' AND external_id = ?", (card_id,)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def record_by_hand(workspace: Workspace, hand: HandRun, *, again: bool) -> Run:
    """The run that was kept: all of it in one transaction, or nothing.

    Raises FindingsError when this card was entered before, unless `again`.
    """
    import asyncio

    from avops.project.account import login_account
    from avops.wiring.workspace import open_store

    account = login_account()
    start, steps, end = _facts(workspace, hand, account)

    def work(connection: sqlite3.Connection) -> tuple[int | None, int]:
        from avops.model.run import Artifact
        from avops.telemetry import writes

        known = _entered(connection, str(hand.card_id))
        if known is not None and not again:
            return known, 0
        run_id = writes.create_run(connection, start)
        for intent, result in steps:
            writes.record_step(connection, run_id, intent, result)
        writes.add_artifact(connection, run_id, Artifact(kind="card", title="Filled in and entered by hand", id=str(hand.card_id)))
        writes.end_run(connection, run_id, end)
        return None, run_id

    async def keep() -> tuple[int | None, int]:
        return await store.submit(work)

    with open_store(workspace) as store:
        known, run_id = asyncio.run(keep())
        if known is not None:
            raise already_entered(hand.card_id, known)
        return store.run(run_id)


def already_entered(card_id: CardId, run: int) -> FindingsError:
    """The refusal of a card that was entered before."""
    hint = f"avops runs show {run} shows it; a new card: avops recipe card; --again records this one once more"
    return FindingsError(f"the card '{card_id}' was entered before: it is run {run}", hint=hint)


def _facts(workspace: Workspace, hand: HandRun, account: str) -> tuple[RunStart, list[tuple[StepIntent, StepResult]], RunEnd]:
    """What is kept of it; what the project hides is hidden before."""
    from avops.engine.redaction import Redactor
    from avops.model.run import RunEnd, RunStart, Trigger
    from avops.wiring.requests import room_scope

    redactor = Redactor(patterns=workspace.settings.policy.redact)
    status, error = judged_run(hand, roles=workspace.settings.roles, account=account)
    row = workspace.room(hand.room) if hand.room else None
    texts = {} if hand.recipe.text is None else {hand.recipe.path: hand.recipe.text}
    if hand.text is not None:
        texts[f"cards/{hand.card_id}.txt"] = redactor.text(hand.text)
    about = {"card": str(hand.card_id), "entered_at": hand.entered_at.isoformat(), "recipe_changed": hand.recipe.is_changed}
    if hand.done_by:
        about["done_by"] = redactor.text(hand.done_by)
    start = RunStart(
        recipe=hand.recipe.name,
        agent=BY_HAND,
        trigger=Trigger.CARD,
        room=row.key if row else None,
        room_values=room_scope(row) if row else None,
        inputs={name: redactor.data(value) for name, value in hand.inputs.items()},
        texts=texts,
        options={"mock": False, "by_hand": about},
        started_by=account,
        started_at=hand.started_at,
    )
    steps = [_step(step, hand, account, redactor.text) for step in hand.steps]
    return start, steps, RunEnd(status=status, error=None if error is None else redactor.text(error), finished_at=hand.ended_at)


_KINDS = {"ask": "ask", "approve": "approve", "check": "confirm", "confirm": "confirm"}


def _step(step: HandStep, hand: HandRun, account: str, redacted: object) -> tuple[StepIntent, StepResult]:
    """The row of one box. It names no tool: none was called."""
    from avops.model.run import StepIntent, StepResult, StepStatus

    assert callable(redacted)
    item = step.item
    status = {Tick.DONE: StepStatus.OK, Tick.FAILED: StepStatus.FAILED}.get(step.tick, StepStatus.SKIPPED)
    note = str(redacted(step.note)) if step.note else ""
    reasons = {Tick.FAILED: note or "marked as failed", Tick.LEFT_OUT: "left out", Tick.OPEN: "not ticked"}
    told = {"text": " ".join(item.details), "by_hand": True}
    if item.stands_for:
        told["in_place_of"] = item.stands_for
    intent = StepIntent(
        key=item.key,
        phase=item.key.partition(".")[0],
        kind=_KINDS.get(item.kind, "manual"),
        step_id=item.step_id,
        name=item.title,
        arguments=told,
        started_at=hand.ended_at,
    )
    entered = f"entered {BY_HAND}: {note}" if note else f"entered {BY_HAND}"
    value = note if item.kind == "ask" and step.tick is Tick.DONE else True if step.tick is Tick.DONE else None
    result = StepResult(
        key=item.key,
        status=status,
        value=value,
        error=reasons.get(step.tick),
        finished_at=hand.ended_at,
        actor=account,
        note=entered,
    )
    return intent, result
