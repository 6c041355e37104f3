"""The questions of `avops init` on a terminal: a return takes what stands in brackets, and nothing is written yet."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from avops.cli.init_choices import (
    CONTENTS,
    PLACES,
    PROVIDERS,
    Wanted,
    choices_of,
    default_ci,
    default_content,
    known_zone,
    machine_zone,
    one_of,
)
from avops.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from avops.project.starter import Choices

_STARTER_ZONE = "America/Chicago"


def ask(folder: Path, wanted: Wanted) -> Choices:
    """What a person chooses; what a flag named already is not asked. Answers that change nothing are no choices."""
    from avops.project.starter import SETTINGS_FILE
    from avops.project.starter_settings import settings_as_written

    file = folder / SETTINGS_FILE
    now = settings_as_written(_text(file))
    _say(f"An avops project in '{folder.resolve()}'.")
    _say("A return takes what stands in brackets. Nothing is written before the last question.")
    if wanted.content is None:
        _say(f"\n{_contents()}")
        wanted = replace(
            wanted, content=_until_right("What to begin with", default_content(folder), lambda text: one_of(text, CONTENTS, "content"))
        )
    wanted = _ask_model(folder, wanted, now)
    if wanted.mock is None:
        _say("\nMock tools answer from their manifests: nothing is started, reached or changed.")
        _say("Without mocks, the demo's tools want 'avops sim'.")
        mock = now.get("mock", False)
        chosen = typer.confirm("Mock tools", default=bool(mock), err=True)
        wanted = wanted if isinstance(mock, list) and chosen else replace(wanted, mock=chosen)
    if wanted.timezone is None:
        zone = str(now.get("timezone") or machine_zone() or _STARTER_ZONE)
        _say("")
        wanted = replace(wanted, timezone=_until_right("Time zone of schedules and screens", zone, known_zone))
    if wanted.ci is None:
        _say("\nCI checks each change before it is merged.")
        wanted = replace(
            wanted, ci=_until_right("CI (github, gitlab, none)", default_ci(folder), lambda text: one_of(text, PLACES, "place for CI"))
        )
    _say("\nUnder cron, this line runs what is due, every minute; 'avops schedule install --cron --write' puts it there:")
    _say(f"  {_crontab(folder)}\n")
    return _without_what_is_so(choices_of(folder, wanted), now)


def _ask_model(folder: Path, wanted: Wanted, now: Mapping[str, object]) -> Wanted:
    """The provider and its model, with the state of each key before the question."""
    from avops.project.trust import MODEL_KEYS

    if wanted.provider is None:
        _say("\nA language model helps in 'avops chat' and does steps in plain language. All the rest needs none.")
        for name, reference in sorted(MODEL_KEYS.items()):
            _say(f"  {name:<9}  {reference.removeprefix('env:')} {key_state(folder, reference)}")
        default = str(now.get("provider") or "none")
        provider = _until_right("Provider (anthropic, openai, none)", default, lambda text: one_of(text, PROVIDERS, "provider"))
        wanted = replace(wanted, provider=provider)
    if wanted.model is None and wanted.provider not in (None, "none"):
        same = now.get("provider") == wanted.provider
        default = str(now.get("model") or "") if same else ""
        wanted = replace(wanted, model=_until_right("Name of the model (empty: choose later)", default, _model_name))
    elif wanted.model is None:
        wanted = replace(wanted, model="")
    return wanted


def _without_what_is_so(choices: Choices, now: Mapping[str, object]) -> Choices:
    """The choices without those that say what the settings say, or what they say by leaving it out."""
    silent = {"mock": False}
    settings = {
        key: value
        for key, value in choices.settings.items()
        if not ((key in now and now[key] == value) or (key not in now and value in (None, silent.get(key))))
    }
    return replace(choices, settings=settings)


def key_state(folder: Path, reference: str) -> str:
    """Whether a key is there, from where, and its last four characters; never more of it."""
    from avops.connectors.secrets import EnvironmentSecrets
    from avops.errors import AvopsError
    from avops.wiring.settings_file import SHORTEST_SHOWN

    secrets = EnvironmentSecrets(dotenv=folder / ".env")
    try:
        source = secrets.source(reference)
        if source is None:
            return "is not set; set it in the environment or in .env when you need it"
        value = secrets.resolve(reference)
    except AvopsError as error:
        return f"cannot be read: {error.message}"
    return f"is set ({source}, ends in {value[-4:]})" if len(value) >= SHORTEST_SHOWN else f"is set ({source})"


def _until_right(question: str, default: str, read: Callable[[str], str]) -> str:
    """An answer that can be; what is wrong with another is said, and it is asked again."""
    while True:
        try:
            return read(str(typer.prompt(question, default=default, show_default=bool(default), err=True)))
        except UsageError as error:
            _say(f"  {error.message}{'; ' + error.hint if error.hint else ''}")


def _model_name(text: str) -> str:
    if len(text.split()) > 1:
        raise UsageError(f"'{text}' is no name of a model: there are spaces in it")
    return text.strip()


def _contents() -> str:
    from avops.cli.init_report import counted
    from avops.project.starter import starter_files

    return f"  demo   {counted(path for path, _ in starter_files())}\n  empty  settings, schemas and an operator"


def _crontab(folder: Path) -> str:
    from avops.cli.schedule import own_program
    from avops.schedule.install import crontab_line

    return crontab_line(own_program(), folder.resolve()).rstrip()


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _say(text: str) -> None:
    print(text, file=sys.stderr)
