"""The project's time zone does not exist.

Wrong:

    timezone: Berlin

Right:

    timezone: Europe/Berlin
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from avops.lint.checked import meant
from avops.lint.rule import ALWAYS, Family, Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avops.lint.checked import SettingsView


def _check(settings: SettingsView) -> Iterator[Finding]:
    zone = settings.doc.timezone
    if zone is None:
        return
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        names = available_timezones()
        ending = next((name for name in sorted(names) if name.lower().endswith(f"/{zone.lower()}")), None)
        hint = f"did you mean '{ending}'?" if ending else meant(zone, names) or "use an IANA name such as Europe/Berlin"
        yield Finding(f"'{zone}' is not a time zone", ("timezone",), hint)


RULE = Rule(number="AV709", name="bad-timezone", family=Family.SCHEDULE, levels=ALWAYS, page=__doc__, settings=_check)
