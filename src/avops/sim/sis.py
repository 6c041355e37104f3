"""A simulated Extron matrix or switcher (DTP CrossPoint 84 and IN1608 user guides, SIS command and response tables)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from avops.sim.device import SimulatedDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from avops.sim.device import Conversation

# A command ends with its letter or sign; one that begins with Esc or W ends with CR.
_COMMAND = re.compile(rb"\s*(?:[\x1bW][^\r]*\r|[0-9*+-]*[!%$&.,BZVQNI])", re.IGNORECASE)
_TAGS = {"!": "All", "%": "Vid", "&": "RGB", "$": "Aud"}


class SimulatedSwitcher(SimulatedDevice):
    """A matrix with so many inputs and outputs; with no outputs it is a switcher."""

    default_port = 23
    garbage = b"\x00\xff??\r\n" * 200

    def __init__(
        self,
        *,
        inputs: int = 8,
        outputs: int = 4,
        password: str | None = None,
        user_password: str | None = None,
        model: str = "DTP CrossPoint 84",
        firmware: str = "1.07",
        part: str = "60-1368-01",
        ties: Mapping[int, int] | None = None,
        presets: Mapping[int, Mapping[int, int]] | None = None,
        groups: Mapping[int, int] | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__(now)
        self.inputs = inputs
        self.outputs = outputs
        self.password = password
        self.user_password = user_password
        self.model = model
        self.firmware = firmware
        self.part = part
        places = range(1, outputs + 1) if outputs else range(1)
        self.video = dict.fromkeys(places, 1) | dict(ties or {})
        self.audio = dict(self.video)
        self.video_mutes = dict.fromkeys(places, 0)
        self.audio_mutes = dict.fromkeys(places, 0)
        self.volumes = dict.fromkeys(places, 50)
        self.presets = {number: dict(saved) for number, saved in (presets or {}).items()}
        self.groups = dict(groups or {1: 0, 2: 0})
        self.boots = 0

    def greet(self, conversation: Conversation) -> bytes:
        """The banner, and the prompt where there is a password."""
        banner = f"\r\n(c) Copyright 2014, Extron Electronics, {self.model}, V{self.firmware}, {self.part}\r\n"
        date = self.now().strftime("%a, %d %b %Y %H:%M:%S\r\n")
        conversation.logged_in = self.password is None
        return (banner + date + ("" if self.password is None else "\r\nPassword:")).encode()

    def split(self, arrived: bytearray, conversation: Conversation) -> bytes | None:
        """Commands need no end of a line; a password does."""
        if not conversation.logged_in:
            end = arrived.find(b"\r")
            if end < 0:
                return None
            taken = bytes(arrived[:end])
            del arrived[: end + 1]
            return taken
        while arrived:
            if match := _COMMAND.match(arrived):
                taken = bytes(match[0]).strip()  # before the bytes go: the match looks at them where they are
                del arrived[: match.end()]
                return taken
            if arrived[0] in b"\x1bWw" or re.fullmatch(rb"[\s0-9*+-]*", arrived):
                return None
            del arrived[0]
        return None

    def answer(self, conversation: Conversation, command: str) -> bytes:
        """The response with CR LF; an error response for what cannot be done."""
        if not conversation.logged_in:
            return self._log_in(conversation, command)
        return f"{self._do(command)}\r\n".encode()

    def press_panel(self, source: int, output: int) -> None:
        """Someone ties an input at the front panel: every client is told."""
        self.video[output] = self.audio[output] = source
        self.say_to_all(f"Out{output:02} In{source:02} All\r\n".encode())

    def _log_in(self, conversation: Conversation, password: str) -> bytes:
        if conversation.login_refused or password not in (self.password, self.user_password):
            return b"\r\nPassword:"
        conversation.logged_in = True
        return b"\r\nLogin Administrator\r\n" if password == self.password else b"\r\nLogin User\r\n"

    def _do(self, command: str) -> str:
        if command[0] in "\x1bWw":
            return self._escape(command[1:].strip())
        numbers, letter = command[:-1], command[-1]
        match letter.upper():
            case "Q":
                return self.firmware
            case "N":
                return self.part
            case "I":
                return f"V{self.inputs:02}X{self.outputs:02} A{self.inputs:02}X{self.outputs:02}" if self.outputs else f"Vid{self.video[0]}"
            case "!" | "%" | "$" | "&":
                return self._tie(numbers, letter)
            case "." | ",":
                return self._preset(int(numbers), save=letter == ",")
            case _:
                return self._level(numbers, letter.upper())

    def _tie(self, numbers: str, sign: str) -> str:
        ties = [self.audio] if sign == "$" else [self.video] if sign in "%&" else [self.video, self.audio]
        source, _, output = numbers.partition("*")
        if self.outputs and not output:  # a query
            return "E12" if int(source or 0) not in self.video else f"{ties[0][int(source)]:02}"
        if not source:
            return str(ties[0][0])
        place = int(output) if output else 0
        if not (0 if self.outputs else 1) <= int(source) <= self.inputs:
            return "E01"
        if place not in self.video:
            return "E12"
        for each in ties:
            each[place] = int(source)
        return f"Out{place:02} In{int(source):02} {_TAGS[sign]}" if self.outputs else f"In{int(source)} {_TAGS[sign]}"

    def _level(self, numbers: str, letter: str) -> str:
        levels = {"B": self.video_mutes, "Z": self.audio_mutes, "V": self.volumes}[letter]
        tag = {"B": "Vmt", "Z": "Amt", "V": "Vol"}[letter]
        first, star, second = numbers.partition("*")
        place, value = (int(first or 0), second) if self.outputs else (0, first)
        if place not in levels:
            return "E12"
        if not value and not star:
            return str(levels[place])
        if not 0 <= int(value) <= (100 if letter == "V" else 2 if letter == "B" else 1):
            return "E13"
        levels[place] = int(value)
        if letter == "V":
            return f"Out{place:02} Vol{int(value):02}" if self.outputs else f"Vol{int(value):03}"
        return f"{tag}{place}*{value}" if self.outputs else f"{tag}{value}"

    def _preset(self, number: int, *, save: bool) -> str:
        if save:
            self.presets[number] = dict(self.video)
            return f"Spr{number:02}"
        if number not in self.presets:
            return "E11"
        self.video.update(self.presets[number])
        self.audio.update(self.presets[number])
        return f"Rpr{number:02}"

    def _escape(self, command: str) -> str:
        if command == "1BOOT":
            self.boots += 1
            return "Boot1"
        match = re.fullmatch(r"D(\d+)(?:\*([+-]?\d+))?GRPM", command, re.IGNORECASE)
        if match is None:
            return "E10"
        group = int(match[1])
        if group not in self.groups:
            return "E13"
        if match[2] is None:
            return str(self.groups[group])
        self.groups[group] = int(match[2])
        return f"GrpmD{group}*{int(match[2])}"
