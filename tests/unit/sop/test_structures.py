"""Forms that texts take besides Markdown's lists, and texts made to keep a reader busy."""

from __future__ import annotations

import pytest

from avops.sop.convert import Conversion, convert
from avops.sop.errors import NoProcedure
from avops.sop.lexicon import read_data


def rows(made: Conversion) -> list[tuple[int, object]]:
    """(line, value) of each step, by line."""
    return sorted((step.line, step.value) for step in made.steps)


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000 + "x\n\n1. Open the rack.\n",
        ".. note::\n\n" + " " * 200_000 + "x\n\nOpen the rack.\n",
        "1. Open the rack" + "." * 200_000 + "x\n",
        "1. Open the rack" + "。" * 200_000 + "x\n",
        "1. Open the rack" + "[" * 200_000 + "x\n",
        "1. https://" + "/" * 200_000 + "x y\n",
        "1. Open the rack " + "`" * 200_000 + "x\n",
        "".join(f"- The lamp {n} is red and the fan is loud.\n" for n in range(5_000)) + "\n1. Open the rack.\n",
    ],
    ids=["spaces", "spaces in reStructuredText", "full stops", "full stops of other scripts", "brackets", "slashes", "backticks", "items"],
)
def test_long_runs_of_one_mark_are_read_in_a_moment(text: str) -> None:
    try:
        done = bool(convert(text, file="x.md").steps)
    except NoProcedure as refusal:
        done = "no procedure" in refusal.message
    assert done


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Run this::\n\n    ls -l\n    ps\n\nClose the rack.\n", [(1, "Run this:\nls -l\nps"), (6, "Close the rack.")]),
        (
            "1. Run this::\n\n      ls -l\n\n   Then close the rack.\n\n2. Shut the door.\n",
            [(1, "Run this:\nls -l"), (5, "Then close the rack."), (7, "Shut the door.")],
        ),
        ("#. Open the rack.\n#. Close the door.\n\n.. _end:\n", [(1, "Open the rack."), (2, "Close the door.")]),
        (
            "Run this:\n\n.. code-block:: sh\n   :linenos:\n\n    ls -l\n\nClose the rack.\n",
            [(1, "Run this:\nls -l"), (8, "Close the rack.")],
        ),
        (".. note::\n   Open the door first.\n\nClose the rack.\n", [(4, "Close the rack.")]),
    ],
)
def test_restructured_text_keeps_code_apart_from_orders(text: str, wanted: list[tuple[int, object]]) -> None:
    assert rows(convert(text, file="x.rst")) == wanted


def test_what_a_directive_warns_of_is_kept() -> None:
    made = convert(".. warning:: Do not touch the lens.\n\nOpen the rack.\n", file="x.rst")
    assert made.guardrails == ("Do not touch the lens.",)
    assert [(line.line, line.outcome) for line in made.coverage] == [(1, "guardrail"), (3, "step")]


@pytest.mark.parametrize("start", ["# Show\n\n", ""])
def test_an_amount_is_no_number_of_a_step(start: str) -> None:
    made = convert(f"{start}1.5 hours before the show, open the doors.\n", file="x.md")
    assert [step.text for step in made.steps] == ["1.5 hours before the show, open the doors."]
    made = convert(f"{start}1.5 Open the doors.\n", file="x.md")
    assert [step.text for step in made.steps] == ["Open the doors."]


@pytest.mark.parametrize(
    "text",
    [
        "# X\n\n1.1 Open the rack.\n1.2 Close the door\nand lock it.\n",
        "# X\n\n```\n- Open the rack\n- Close the door\n  and lock it\n```\n",
    ],
)
def test_the_lines_of_an_item_outside_a_list_are_accounted_for(text: str) -> None:
    made = convert(text, file="x.md")
    assert {line.outcome for line in made.coverage if "lock" in line.text} == {"context"}
    assert "and lock it" in made.steps[-1].text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# X\n\nIn short: 1. Open the rack. 2. Close\nthe door. 3. Lock\nthe rack.\n", [3, 3, 4]),
        ("# X\n\n```\nBefore\n- Open the rack\n\n- Close the door\n```\n", [5, 7]),
        ("# X `y`\n\nfirst:\n\n\n    - Open the rack\n\n    - Close the door\n", [6, 8]),
        ("# X\n\n1.1 Open the rack.\n1.2 Close the door\nor the lid.\n\n1.3 Lock the rack.\n", [3, 4, 7]),
        ("# X\n\n1. Open the rack.\x1c\n2. Close the door.\u2029\n3. Lock the rack.\n", [3, 5, 7]),
    ],
)
def test_steps_say_the_line_that_they_stand_on(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert [step.line for step in made.steps] == wanted
    assert [line.line for line in made.coverage if line.outcome == "step"] == sorted(set(wanted))


def test_a_verb_stands_in_one_class_once() -> None:
    listed = [("noun" if key == "noun" else "verb", verb) for key, line in read_data("verbs.txt") for verb in line.split()]
    assert sorted(row for row in set(listed) if listed.count(row) > 1) == []


LAMPS = "# Lamps\n\n- Raise the bar\n- Warmers at half for the walk-in look\n- Lower the screen\n- Close the curtain\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Round\n\n- Is the lobby tidy?\n- Are all the screens on? Do the speakers hum?\n- Is the rack locked?\n", [3, 4, 4, 5]),
        ("# Guests\n\n- Do you have a badge?\n- Are you alone?\n- Have you a car?\n\nOpen the door.\n", [7]),
        (LAMPS, [3, 4, 5, 6]),
        (LAMPS.replace("Warmers at half for the walk-in look", "There are four bars"), [3, 5, 6]),
        ("# Show\n\n**Show caller:**\n\n- Opens the doors\n- Starts the clock\n- Calls the first cue\n", [5, 6, 7]),
        ("# Script\n\nThe script:\n\n- Opens the port\n- Starts the player\n\nRun the script.\n", [8]),
        ("# Show\n\nStart the player.\n\nNote: If the picture stays dark, restart the player.\n", [3, 5]),
        ("# Show\n\nStart the player.\n\nNote: Players are listed in the wiki.\n", [3]),
        ("# Show\n\nStart the player.\n\n- You can also raise the screen.\n- You can see more in the wiki.\n", [3, 5]),
        ("# Show\n\n- Start the player.\n- The tally lamp should be red.\n- It should be fine.\n", [3, 4]),
        ("# Player\n\n## Health\n\nTo read the log of the player:\n\n    journalctl -u player\n", [5]),
        ("# Player\n\nStart the player.\n\n## Troubleshooting\n\nCall Vera when nothing helps.\n", [3, 7]),
    ],
)
def test_what_is_a_step_beside_plain_orders(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert sorted(step.line for step in made.steps if step.key != "wait") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Lobby\n\n✅ Screen is on\n\n✅ Door is open\n\n☐ Badge printer is ready\n", [3, 5, 7]),
        ("# Lobby\n\n✅ Greet the guests\n\n✅ Smile\n\n✅ Be quick\n\n❌ Run\n", [3]),
        ("| Lobby |\n| --- |\n|`[ ]` Unpack the screen|\n|`[ ]` Screen within reach|\n| **Tests** |\n|[x] Ring the desk\n", [3, 4, 6]),
        ("# Lobby\n\nOpen the page\n`192.0.2.1` and press `Enter`. Wait 5 min. Close the page.\n", [3, 4, 4]),
        ("# Patch\n\n## Patch the spare\n\n    yum upgrade\n\n## If all went well, you can reboot it\n\n    shutdown -r now\n", [3, 7]),
        ("# Patch\n\n## Silence the alarms\n\n<https://example.org/a>\n\n## Patch the spare\n\n    yum upgrade\n", [3, 7]),
        ("# Patch\n\nDetermining the state of the spare:\n\n    uptime\n\nThen reboot the spare.\n", [3, 7]),
        ("# Line check\n\n- Drummer to tap each drum\n- EQ to taste\n- Mute the kick\n", [3, 4, 5]),
        ("# Help\n\n- [Call 555 0100](tel:5550100)\n- [Submit a ticket](https://example.org/new)\n- [Room guides](guides.md)\n", [3, 4]),
        ("# Rack\n\nOpen the rack.\n\n> If it is hot, you must call the desk.\n", [3, 5]),
        ("# Rack\n\n- If the fan is loud, switch it off\n  - Open the rack\n  - Press the red key\n", [3, 4, 5]),
    ],
)
def test_steps_in_the_shapes_that_sops_have(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert sorted(step.line for step in made.steps) == wanted


def test_a_list_of_things_stays_with_its_order() -> None:
    made = convert("# Lobby\n\nLook for one of these:\n\n- a red lamp\n- a loud fan\n\nClose the rack.\n", file="x.md")
    assert [step.text for step in made.steps] == ["Look for one of these: a red lamp; a loud fan", "Close the rack."]


def test_boxes_that_name_things_say_what_is_done_with_them() -> None:
    made = convert("# Guests\n\n## Collect the details\n\n- [ ] Legal name\n- [ ] Badge number\n", file="x.md")
    assert [step.text for step in made.steps] == ["Collect the details: Legal name", "Collect the details: Badge number"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Saal\n\nInstalliere das Paket auf dem Server.\n\nDas Paket ist klein und wird nicht oft gebraucht.\n", [3]),
        ("# Saal\n\nWenn der Beamer nicht an ist, schalte ihn mit der Taste ein.\n\nDer Saal ist groß und hat eine Bühne.\n", [3]),
        ("# Saal\n\nSie müssen den Verstärker zuerst ausschalten, weil er sonst knackt.\n\nIm Saal sind die Lampen an der Wand.\n", [3]),
        ("# Saal\n\nÖffnet die Tür zum Saal.\n\nDie Lampe an der Tür sollte nun leuchten.\n", [3, 5]),
        ("# Saal\n\nDanach wird der Status von dem Server und der Dienst gezeigt:\n\n    systemctl status\n", [3]),
        ("# Salle\n\nVérifier le câble de la caméra et la lampe.\n\nLa salle est grande et la lumière est dans le couloir.\n", [3]),
        ("# Sala\n\nComprobar el cable de la cámara y la luz.\n\nLa sala es grande y la luz es de la puerta.\n", [3]),
        ("# Zaal\n\nZet de lamp van de zaal aan.\n\nHet licht van de zaal wordt met een knop bij de deur bediend.\n", [3]),
        ("# Rom\n\nNår det er mørkt, slår du på lampen ved døren.\n\nRommet er stort, og det er ikke mer på veggen.\n", [3]),
        ("# Зал\n\nНажмите кнопку на стене.\n\nЗал большой и светлый.\n", [3]),
        (
            "# Hall\n\nPress the key of the lamp on the wall of the hall.\n\n## Зал\n\nНажмите кнопку на стене.\n\nЗал большой.\n",
            [3, 7],
        ),
    ],
)
def test_orders_in_other_languages_are_kept(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert [step.line for step in made.steps] == wanted


SCRIPT = """# Room account

A room account is a user account.

```powershell
#############
# Variables are named in angle brackets
#
# Connect to the mail server
Connect-Mail

## Create the mailbox
New-Mailbox -Name <NAME>
Set-Mailbox -Name <NAME> -Kind Room
```
"""


def test_a_script_alone_is_a_procedure() -> None:
    made = convert(SCRIPT, file="x.md")
    assert rows(made) == [
        (9, "Connect to the mail server\nConnect-Mail"),
        (12, "Create the mailbox\nNew-Mailbox -Name {{ inputs.name }}\nSet-Mailbox -Name {{ inputs.name }} -Kind Room"),
    ]
    made = convert(SCRIPT + "\nOpen the door.\n", file="x.md")
    assert [step.text for step in made.steps] == ["Open the door."]


def test_titles_underlined_with_any_mark_are_titles() -> None:
    made = convert(
        "Hum\n***\n\nNo Sound\n--------\n\n- Check the cable.\n- Restart the mixer.\n\nHouse Noise\n-----------\n\n- Check the fuse.\n",
        file="x.rst",
    )
    assert made.name == "Hum"
    assert sorted((step.line, step.phase) for step in made.steps) == [(7, "intake"), (8, "act"), (13, "intake")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Host\n\n- You open the call.\n- You decide who speaks.\n- You close the call.\n", [3, 4, 5]),
        ("# Host\n\nYou open the call.\n\nPress the red key.\n", [5]),
        (
            "# Sizes\n\nWe connect to the spare.\n\nWe record the size:\n\n    du -s /srv\n\nWe delete takes.\n\nThen we shut it down.\n",
            [3, 5, 9, 11],
        ),
        ("# Sizes\n\nWe keep takes for a week. We record in stereo. We close at nine. We delete nothing.\n\nOpen the rack.\n", [5]),
        ("# Pages\n\n<style>\n.a { display: flex; }\n/* Press the key */\n</style>\n\nOpen the rack.\n", [8]),
        ('{{{\n  "title": "Patch",\n  "author": "Open Source"\n}}}\n\nOpen the rack.\n', [6]),
        ("# Patch\n\n## Description\n\n1. Open the rack\n2. Take a snapshot\n3. Run the patch\n", [5, 6, 7]),
        ("# Patch\n\n## Description\n\n- Open rack\n- Takes a day\n\n## Steps\n\nRun the patch.\n", [10]),
        ("# Mount\n\n## Planning\n\n- Do you have roof access?\n- Where do you want the mast?\n- Have you got help?\n", [5, 6, 7]),
        ("# Rack\n\nOpen the rack.\n\nThis guide helps:\n\n- Reduce downtime\n- Improve the sound\n", [3]),
        ("# Lamp\n\nOpen the rack.\n\n## Why this matters\n\n- Save power\n- Keep the lamp cool\n", [3]),
        ("# TV\n\nThe settings to change:\n\n- Settings -> Demo mode -> Off\n- Photos -> Faces -> Off\n", [5, 6]),
        ("# TV\n\nOpen the rack.\n\nNote: Always ask the host before a recording.\n", [3, 5]),
        ("# Mount\n\nMasts are tall.\n\nOpen the&#x20;rack.\n", [5]),
        ("# Class\n\nI open the rack. I start the player. I lower the screen. I dim the lamps. I close the door.\n", [3] * 5),
        ("# Rack\n\n4a) Open the rack\n\n4b) Start the player\n", [3, 5]),
        (
            '# Rack\n\n- Open it\n- Tell them:\n  - "You will see a list of words. Type each word that you know. It takes half an hour."\n',
            [3, 4],
        ),
        ("# Rack\n\n1.1\nOpen the rack.\n", [4]),
        ("# Rack\n\n\\- Open the rack\n\n\\- Start the player\n", [3, 5]),
        ("# Show\n\n18:00 The doors are open\n18:30 Start the player\n", [3, 4]),
        ("# Rack\n\nOn the player:\n\n    systemctl restart player\n\nClose the rack.\n", [3, 7]),
        ("# Rack\n\n1. Open it\n2. Start it\n3. Player set to DANTE by the door\n4. Lock it\n5. Label it\n", [3, 4, 5, 6, 7]),
        ("# Rack\n\n1. Open it\n2. Start it\n3. There is a lamp that says so\n4. Lock it\n5. Label it\n", [3, 4, 6, 7]),
        ("# Rack\n\n- Start the player. The lamp on it should turn green.\n- Lock the rack.\n", [3, 3, 4]),
        ("# Rack\n\n## Reference\n\nIt is grey.\n\n### Adding a player\n\n1. Open the rack\n2. Start the player\n", [9, 10]),
        ("# Rack\n\n- The racks are in the cellar beside the lamps, the fans and the switches\n  Use the ladder to get there.\n", [4]),
        ("Incident\n\nInvestigation\n\nCheck the logs | and the lamp.\n\nExamples:\n\nOpen it\n\nRecovery\n\nStart it.\n", [5, 13]),
    ],
)
def test_what_is_told_embedded_or_asked(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert sorted(step.line for step in made.steps) == wanted


def test_a_speech_stays_with_the_step_that_gives_it() -> None:
    made = convert('# Guests\n\n- Greet them: "Welcome! Please sit down. Open your bags."\n- Close the door.\n', file="x.md")
    assert [step.text for step in made.steps] == ['Greet them: "Welcome! Please sit down. Open your bags."', "Close the door."]


def test_front_matter_in_braces_names_the_recipe() -> None:
    assert convert('{{{\n  "title": "Patch the spare",\n  "author": "N"\n}}}\n\nOpen the rack.\n', file="x.md").name == "Patch the spare"


def test_what_may_be_chosen_stays_with_its_order() -> None:
    made = convert("# TV\n\nChoose:\n\n- Duplicate (the same picture)\n- Extend\n\nClose the lid.\n", file="x.md")
    assert [step.text for step in made.steps] == ["Choose: Duplicate (the same picture); Extend", "Close the lid."]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Kit\n\n| Quantity | Description |\n|---|---|\n| 1 | Turn table stand |\n\nOpen the rack.\n", [7]),
        ("# Rack\n\n- **What**: Freeze it\n- **Why**: To keep it cool\n- Open it\n- Close it\n- Lock it\n- **Note**:\n", [3, 5, 6, 7]),
        ("# Call\n\nThe host and all guests who join from the room must mute their laptops.\n\nOpen the rack.\n", [3, 5]),
        ("# Rack\n\n## File Map\n\n    a\n\n## Open the rack\n\n    open\n", [7]),
    ],
)
def test_what_tables_labels_and_headings_name(text: str, wanted: list[int]) -> None:
    made = convert(text, file="x.md")
    assert sorted(step.line for step in made.steps) == wanted


def test_pages_of_html_are_read_by_their_tags_and_not_by_their_indents() -> None:
    page = "<div>\n\t<ul>\n\t\t<li>Open the rack</li>\n\t\t<li>Start the player</li>\n\t</ul>\n\n\t<p>Lock the rack.</p>\n</div>\n"
    assert rows(convert(page, file="x.md")) == [(3, "Open the rack"), (4, "Start the player"), (7, "Lock the rack.")]


def test_links_and_roles_of_restructured_text_keep_their_words() -> None:
    made = convert(".. _top:\n\nRack\n====\n\nOpen `the page <https://example.org/a>`_ and press :kbd:`F5`.\n", file="x.rst")
    assert [step.text for step in made.steps] == ["Open the page (https://example.org/a) and press `F5`."]


def test_an_sop_for_finding_faults_asks_before_it_changes() -> None:
    made = convert(
        "# Mesh\n\nWhat to look at when diagnosing links.\n\n## Radio\n\n- Is the lamp on\n- Are the keys the same\n- Can the radio ping\n",
        file="x.md",
    )
    assert sorted((step.line, step.phase) for step in made.steps) == [(7, "intake"), (8, "intake"), (9, "intake")]


def test_what_is_checked_while_trouble_is_looked_for_is_intake() -> None:
    made = convert("# Show\n\nStart the player.\n\nMicrophones not working:\n\n- Check the receiver.\n- Swap the batteries.\n", file="x.md")
    assert sorted((step.line, step.phase) for step in made.steps) == [(3, "act"), (7, "intake"), (8, "act")]


@pytest.mark.parametrize(
    "text", ["Search the logs of the player.", "Use `siem.search_events` for the player.", "Run the script to get the state of the player."]
)
def test_what_only_asks_is_intake(text: str) -> None:
    made = convert(f"# Player\n\n1. {text}\n2. Restart the player.\n", file="x.md")
    assert [step.phase for step in sorted(made.steps, key=lambda step: step.line)] == ["intake", "act"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Disk\n\nGrow the disk.\n\nRunning `lsblk` again will show the new size:\n\n```\nlsblk\n```\n", [3, 5]),
        ("# Disk\n\nGrow the disk.\n\nThe old one can be removed using the following command:\n\n```\nrm disk\n```\n", [3, 5]),
        ("# Disk\n\n- To check whether a unit is there:\n\n  ```\n  ls /lib\n  ```\n- Grow the disk.\n", [3, 8]),
        # numbers of versions are no times of day
        ("# Disk\n\nGrow the disk.\n\n- 14.04: http://example.org/a\n- 16.04: ...\n", [3]),
        # an offer in front of the first step only says what there is
        ("# Disk\n\nYou can grow any disk here.\n\n1. Open the app.\n", [5]),
        ("# Do's and don'ts\n\nDo:\n- Turn on the display\n- Wipe the board\n\nDon't:\n- Touch the rack\n", [4, 5]),
        ("# Disk\n\n1. Grow the disk.\n2. Follow [these instructions](https://example.org/a) to set up the adapter.\n", [3, 4]),
        ("# Disk\n\nGrow the disk.\n\nOnce the disk is grown, the lamp should turn green.\n", [3, 5]),
    ],
    ids=["running", "can be removed", "aim in a list", "versions", "offer", "do and don't", "another page", "seen then"],
)
def test_statements_that_name_a_command_or_a_result(text: str, wanted: list[int]) -> None:
    assert [line for line, _ in rows(convert(text, file="x.md"))] == wanted


def test_headings_that_all_order_something_are_steps() -> None:
    sections = (("Open the rack", "- Lift the lid."), ("Test the camera", "It is in the ceiling."), ("Lock the rack", "- Close the lid."))
    text = "# Check of the hall\n\n" + "\n\n".join(f"### {title}\n\n{body}" for title, body in sections)
    assert [line for line, _ in rows(convert(text, file="x.md"))] == [5, 7, 13]
