"""No secret that avops knows reaches the database, its files, what listeners hear, or errors: plain, base64 or URL-encoded."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.bench import Answering

from avops.connectors.scripted import Fault
from avops.engine.fleet import Fleet, FleetItem, FleetOptions, with_fleet
from avops.engine.redaction import Redactor
from avops.errors import AvopsError, UsageError
from avops.model.run import DecisionStatus, RunStatus
from avops.ports import PersonAnswer
from avops.telemetry import exports

SECRET = 'p4$$ "word"/ä+=%40'
PIN = "90817263"


def lower_hex(text):
    return re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), text)


def run(coroutine):
    return asyncio.run(coroutine)


def forms(secret):
    raw = secret.encode()
    found = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret), json.dumps(secret)[1:-1], lower_hex(quote(secret, safe=""))}
    for before in (b"", b"a", b"ab", b"user:"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(before + raw + b"z").decode()
            found.add(text[8:-8] if len(text) > 24 else text)
    return {form.encode() for form in found if len(form) >= 6}


def everything(b):
    """Every byte that the run left: the database with its log, and all files."""
    return b"".join(file.read_bytes() for file in sorted(b.folder.rglob("*")) if file.is_file())


def leaks(b, *secrets):
    told = everything(b) + repr(b.heard_all).encode() if hasattr(b, "heard_all") else everything(b)
    return [form for secret in secrets for form in forms(secret) if form in told]


RECIPE = """
name: X
inputs: {pin: {secret: true}, password: {secret: true}, echo: {default: none}}
intake:
  - {id: s, tool: room.get, with: {id: "a {{ inputs.password }}"}}
  - {id: c, set: {copy: inputs.password, joined: "inputs.pin ~ '-' ~ inputs.password"}}
  - {on_error: continue, check: inputs.password == s.never}
  - {on_error: continue, tool: room.say, with: {to: "{{ 7 }}", body: "{{ inputs.password }}"}}
act:
  - {tool: room.say, with: {to: "{{ inputs.pin }}", body: "{{ c.joined }}"}}
  - {tool: room.set, with: {power: "on"}, undo: {tool: room.get, with: {id: "{{ inputs.password }}"}}}
  - {artifact: {kind: file, title: "Log {{ inputs.password }}", text: "it was {{ inputs.password }}"}}
  - {on_error: continue, tool: room.ticket, with: {text: "{{ inputs.password }}"}}
  - {confirm: "Is {{ inputs.password }} right?"}
"""


def test_a_secret_stays_out_of_everything_that_a_run_leaves_behind(bench):
    def echo(arguments):
        text = json.dumps(arguments)
        raw = SECRET.encode()
        return {
            "plain": f"x{SECRET}x",
            "json": text,
            "nested": [{SECRET: [SECRET]}],
            "auth": base64.b64encode(b"user:" + raw).decode(),
            "url": f"https://x.example/?p={quote_plus(SECRET)}&q={lower_hex(quote(SECRET, safe=''))}",
            "number": int(PIN),
            "float": float(PIN),
            "long": f"{SECRET} " * 20_000,
            "power": "on",
        }

    b = bench(get=[Answering(echo)], set=[{}], say=[Answering(echo)], ticket=[Fault(f"no {SECRET} and {PIN}")])
    heard = []
    b.heard_all = heard
    for name in ("step_began", "step_ended", "waiting", "run_started", "run_ended"):
        setattr(b.heard, name, lambda *arguments: heard.append(arguments))

    async def story():
        report = await b.run(RECIPE, {"pin": PIN, "password": SECRET})
        assert report.status is RunStatus.WAITING, report
        (decision,) = b.store.decisions(report.run_id)
        now = b.clock.now()
        await b.store.decide(decision.id, status=DecisionStatus.DENIED, answer=None, note=None, decided_by="lee", decided_at=now)
        return await b.resume(report.run_id, secret_inputs={"pin": PIN, "password": SECRET})

    report = run(story())
    assert report.status is RunStatus.FAILED
    assert leaks(b, SECRET) == []
    assert PIN.encode() not in everything(b)
    assert SECRET not in (report.error or "")
    assert "«redacted»" in (report.error or "")
    # What was sent was the secret itself.
    assert b.sent("get")[0] == {"id": f"a {SECRET}"}
    exported = [*exports.export_runs(b.store.reader()), *exports.export_runs(b.store.reader(), layout="csv")]
    assert len(exported) == 3
    assert not any(form.decode() in line for form in forms(SECRET) for line in exported)


def test_what_a_person_at_the_terminal_says_is_redacted_too(bench):
    class Person:
        async def answer(self, question):
            assert SECRET not in repr(question)
            return PersonAnswer(status=DecisionStatus.ANSWERED, by="lee", answer=f"see {SECRET}", note=f"note {SECRET}")

    b = bench()
    b.known_secrets = (SECRET,)
    b.person = Person()
    run(b.run('name: X\nintake:\n  - {id: a, ask: "What?"}\n  - {set: {b: a}}\n'))
    assert leaks(b, SECRET) == []


def test_a_secret_input_is_never_kept_also_when_it_came_as_a_plain_input(bench):
    b = bench(get=[{}])
    recipe = "name: X\ninputs: {pin: {secret: true}}\nintake:\n  - {tool: room.get, with: {id: '{{ inputs.pin }}'}}\n"
    assert run(b.run(recipe, inputs={"pin": SECRET})).status is RunStatus.UNVERIFIED
    refused = run(b.run(recipe.replace("true}", "true, pattern: 'x'}"), inputs={"pin": SECRET}))
    assert refused.status is RunStatus.REFUSED
    assert leaks(b, SECRET) == []
    assert b.sent("get") == [{"id": SECRET}]


def test_a_reference_is_kept_and_resolved_anew_each_time(bench):
    b = bench(get=[{}])
    recipe = "name: X\ninputs: {pin: {secret: true}}\nintake:\n  - {manual: wait}\n  - {tool: room.get, with: {id: '{{ inputs.pin }}'}}\n"

    async def story():
        report = await b.run(recipe, inputs={"pin": "env:PIN"})
        await b.decide(report.run_id, DecisionStatus.ANSWERED)
        return await b.resume(report.run_id)

    b.known_secrets = ("4711-secret",)
    report = run(story())
    assert b.store.start(report.run_id).inputs == {"pin": "env:PIN"}
    assert b.sent("get") == [{"id": "4711-secret"}]
    assert leaks(b, "4711-secret") == []


def test_a_list_of_rooms_may_name_secrets_and_not_give_them(bench):
    b = bench(get=[{"power": "on"}])
    reading = "reading: {tool: room.get, with: {id: '{{ inputs.pin }}'}}"
    recipe = f"name: X\ninputs: {{pin: {{secret: true}}}}\nverify:\n  - {{{reading}, check: reading.power == 'on'}}\n"
    b.known_secrets = ("4711-secret",)

    def fleet(value):
        start = with_fleet(b.start_of(recipe), [FleetItem(label="row 1", inputs={"pin": value})], FleetOptions())
        return run(Fleet(b.executor(), b.store, b.clock).start(start, b.lock.name))

    with pytest.raises(UsageError, match="the list gives the secret input 'pin' of 'row 1' itself"):
        fleet(SECRET)
    assert fleet("env:PIN").status is RunStatus.SUCCESS
    assert leaks(b, SECRET, "4711-secret") == []


def test_patterns_of_the_project_are_hidden_too(bench):
    b = bench(get=[{"serial": "SN-12345", "power": "on"}])
    b.more_texts["avops.yaml"] = "policy: {redact: ['SN-\\d+']}\n"
    report = run(b.run("name: X\nintake:\n  - {id: s, tool: room.get}\n"))
    assert b.rows(report.run_id)["intake.0"].value == {"serial": "«redacted»", "power": "on"}


def test_an_error_of_the_store_tells_no_secret(bench):
    b = bench(many=[Answering(lambda _: (_ for _ in ()).throw(RuntimeError(f"boom {SECRET}")))])
    b.known_secrets = (SECRET,)
    report = run(b.run("name: X\nact:\n  - {tool: room.many, undo: none, why: w}\n"))
    assert SECRET not in (report.error or "")


@given(st.text(st.characters(codec="utf-8"), min_size=4, max_size=30), st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_no_secret_survives_redaction_in_any_of_its_forms(secret, before, after, nested):
    redactor = Redactor(lambda: (secret,))
    for text in (secret, quote(secret, safe=""), quote_plus(secret), lower_hex(quote(secret, safe="")), json.dumps(secret)[1:-1]):
        value = {"a": [f"<{text}>"]} if nested else f"<{text}>"
        assert text not in str(redactor.data(value)) or text in "{'a': ['<«redacted»>']}"
    raw = secret.encode()
    encoded = base64.b64encode(before + raw + after).decode()
    # The characters that the secret alone determines; those at its ends hang on its neighbours.
    own = encoded[(len(before) * 8 + 5) // 6 : (len(before) + len(raw)) * 8 // 6]
    assert len(own) < 4 or own not in redactor.text(encoded)


def test_short_secrets_are_hidden_where_they_stand_alone():
    redactor = Redactor(lambda: ("abc",))
    assert redactor.data(["abc", "abcd", {"abc": 1}]) == ["«redacted»", "abcd", {"«redacted»": 1}]


TOKEN = "supersecret-token-0123456789"


@pytest.mark.parametrize("kept", [8, 12, len(TOKEN) - 1])
@pytest.mark.parametrize("shape", ["{before} {piece}", "{before} {piece}…", "{before} {piece}... more", "{piece}… [cut off]"])
def test_a_secret_whose_end_was_cut_off_is_hidden(kept, shape):
    redactor = Redactor(lambda: [TOKEN])
    said = redactor.text(shape.format(before="Bearer", piece=TOKEN[:kept]))
    assert TOKEN[:8] not in said
    assert said == shape.format(before="Bearer", piece="«redacted»")


@pytest.mark.parametrize("kept", [8, 12, len(TOKEN) - 1])
@pytest.mark.parametrize("shape", ["{piece} was refused", "…{piece} was refused", "first …{piece}"])
def test_a_secret_whose_beginning_was_cut_off_is_hidden(kept, shape):
    redactor = Redactor(lambda: [TOKEN])
    assert redactor.text(shape.format(piece=TOKEN[-kept:])) == shape.format(piece="«redacted»")


def test_words_that_only_begin_like_a_secret_are_left():
    redactor = Redactor(lambda: [TOKEN])
    assert redactor.text("supersecret-tokens are bad") == "supersecret-tokens are bad"
    assert redactor.text("my token-0123456789") == "my token-0123456789"


@given(cut=st.integers(1, 60), before=st.text(max_size=20), after=st.text(max_size=20))
def test_no_long_piece_survives_wherever_a_text_was_cut(cut, before, after):
    redactor = Redactor(lambda: [TOKEN])
    text = f"{before}{TOKEN}{after}"
    for part in (text[:cut], text[-cut:]):
        hidden = redactor.text(part)
        assert not any(hidden.endswith(TOKEN[:n]) for n in range(8, len(TOKEN) + 1))
        assert not any(hidden.startswith(TOKEN[-n:]) for n in range(8, len(TOKEN) + 1))


def test_a_pattern_that_cannot_be_read_is_said():
    with pytest.raises(AvopsError, match="is no regular expression"):
        Redactor(patterns=["("])
