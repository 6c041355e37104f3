"""Timings in words."""

from __future__ import annotations

import pytest

from avops.schedule.triggers import timing_of
from avops.schedule.words import describe


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({}, "by hand"),
        ({"interval_minutes": 60}, "every 60 min"),
        ({"interval_minutes": 90}, "every 90 min"),
        ({"interval_minutes": 240}, "every 4 h"),
        ({"interval_minutes": 1440}, "every 24 h"),
        ({"interval_minutes": 10080}, "every 7 days"),
        ({"at": "2026-05-01T06:00:00+02:00"}, "once at 2026-05-01 04:00 UTC"),
        ({"after": "Sweep", "on": "failed"}, "after 'Sweep' has ended as failed"),
        ({"after": "Sweep", "on": "ended"}, "after 'Sweep' has ended"),
        ({"cron": "0 6 * * 1-5"}, "every day at 06:00, Mon-Fri"),
        ({"cron": "@daily"}, "every day at 00:00"),
        ({"cron": "0 6,18 * * *"}, "every day at 06:00 and 18:00"),
        ({"cron": "*/5 * * * *"}, "every 5 min"),
        ({"cron": "@hourly"}, "every 60 min"),
        ({"cron": "10 */2 * * *"}, "every 2 h from 00:10"),
        ({"cron": "*/15 8-17 * * MON-FRI"}, "every 15 min from 08:00 to 17:45, Mon-Fri"),
        ({"cron": "0,5,40 8-17 * * *"}, "30 times a day from 08:00 to 17:40"),
        ({"cron": "0 9 L * *"}, "at 09:00, on the last day of the month"),
        ({"cron": "0 9 LW * *"}, "at 09:00, on the last working day of the month"),
        ({"cron": "0 9 1,15 * *"}, "at 09:00, on day 1 and day 15"),
        ({"cron": "0 9 13 * 5"}, "at 09:00, on day 13 or Fri"),
        ({"cron": "0 9 */2 * 5"}, "at 09:00, on every 2. day of the month when it is Fri"),
        ({"cron": "0 9 * * FRIL"}, "at 09:00, the last Fri of the month"),
        ({"cron": "0 9 * * MON#2"}, "at 09:00, the second Mon of the month"),
        ({"cron": "0 9 * * FRI-MON"}, "every day at 09:00, Fri-Sun, Mon"),
        ({"cron": "0 9 1 1,MAR-MAY *"}, "at 09:00, on day 1, in Jan, Mar-May"),
        ({"cron": "0 9 * */3 1-5/2"}, "every day at 09:00, Mon-Fri in steps of 2, in every month in steps of 3"),
    ],
)
def test_timings_are_said_in_words(trigger: dict[str, object], words: str) -> None:
    assert describe(timing_of(trigger, "UTC")) == words
