"""A workflow or a test is for a room that the room list does not have, or chooses rooms that do not exist.

Wrong:

    for_each: rooms site=haedquarters

Right:

    for_each: rooms site=hq
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.errors import AvopsError
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import TestView, WorkflowView


def _check(workflow: WorkflowView) -> Iterator[Finding]:
    rooms, doc = workflow.project.rooms, workflow.doc
    if rooms is None or not workflow.project.is_whole:
        return
    if doc.room is not None:
        try:
            rooms.find(doc.room)
        except AvopsError as error:
            yield Finding(error.message, ("room",), error.hint)
    word, _, condition = (doc.for_each or "").partition(" ")
    if word == "rooms":
        try:
            rooms.select(condition)
        except AvopsError as error:
            yield Finding(error.message if len(rooms) else "the room list has no rooms", ("for_each",), error.hint)


def _check_test(test: TestView) -> Iterator[Finding]:
    rooms = test.project.rooms
    for path, part in test.parts:
        if rooms is None or not test.project.is_whole or not isinstance(part.room, str):
            continue
        try:
            rooms.find(part.room)
        except AvopsError as error:
            yield Finding(error.message, (*path, "room"), error.hint)


RULE = Rule(number="AV111", name="unknown-room", family=Family.REFERENCES, levels=ALWAYS, page=__doc__, workflow=_check, test=_check_test)
