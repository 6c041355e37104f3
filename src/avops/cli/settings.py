"""`avops settings`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False, invoke_without_command=True)

HELP = "Show and change the project's settings, and try its model."

_JSON = Annotated[bool, typer.Option("--json", help="Print a JSON object.")]
_KEY = Annotated[str, typer.Argument(metavar="KEY", help="A key of avops.yaml; a dot leads into a group: lint.profile.")]


@app.callback(help=f"{HELP}\n\nExample: avops settings set model gpt-5.4")
def settings(context: typer.Context) -> int:
    """Without a command it shows them."""
    if context.invoked_subcommand is None:
        return show()
    return 0


@app.command("show", help="Show every setting with its source, and which keys are loaded.\n\nExample: avops settings show")
def show(as_json: _JSON = False) -> int:
    """A key that is missing is a warning here; it is an error where it is needed."""
    from avops import wiring
    from avops.cli.settings_show import print_settings

    return print_settings(wiring.open_workspace(), as_json=as_json)


@app.command("set", help="Set a key in avops.yaml.\n\nExample: avops settings set policy.denied_domains example.com example.net")
def set_(
    key: _KEY,
    values: Annotated[list[str], typer.Argument(metavar="VALUE", help="The value; several make a list. YAML is understood: '[a, b]'.")],
) -> int:
    """What would stand in the file is judged first; comments, order and everything else stay as they are."""
    from avops import wiring
    from avops.project.editing import render
    from avops.report.diagnostics import visible
    from avops.wiring.settings_file import FILE, set_key

    value = set_key(wiring.open_workspace(), key, values)
    print(visible(f"{FILE}: {key} is {render(value)}"))
    if key in ("api_key", "base_url", "model", "policy.denied_domains", "provider"):
        _hint()
    return 0


@app.command("unset", help="Take a key out of avops.yaml, so that its default holds.\n\nExample: avops settings unset base_url")
def unset(key: _KEY) -> int:
    """A key that is not there is no error."""
    from avops import wiring
    from avops.wiring.settings_file import FILE, unset_key

    gone = unset_key(wiring.open_workspace(), key)
    print(f"{FILE}: {key} is not set any more" if gone else f"{FILE}: {key} was not set")
    return 0


def _hint() -> None:
    """Says what a model still needs after a change, if anything."""
    from avops import wiring
    from avops.errors import AvopsError
    from avops.wiring.models import find_model

    try:
        find_model(wiring.open_workspace())
    except AvopsError as error:
        print(f"note: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)


@app.command("test", help="Ask the model one short question, for real.\n\nExample: avops settings test")
def try_model(as_json: _JSON = False) -> int:
    """Prints the model, how long it took, the tokens and what they cost; exit 3 with the reason when there is no answer."""
    from avops import wiring
    from avops.cli.settings_show import print_trial

    return print_trial(wiring.open_workspace(), as_json=as_json)
