"""What the writer of a broken YAML file did, told from where libyaml stopped."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from yaml import AliasEvent, MappingStartEvent

from avops.project import yaml_mend
from avops.project.yaml_fault import Fault, Slip
from avops.project.yaml_source import Span, diagnostic, line_of, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from avops.model.diagnostic import Diagnostic

_NO_SPACE_AFTER_COLON = re.compile(r"(\s*(?:- +)*[A-Za-z_][\w-]*:)(?=[^\s:/])")
_NO_SPACE_AFTER_DASH = re.compile(r"(\s*(?:- +)*-)(?=[^\s-])")
_LEADING_TAB = re.compile(r" *\t[ \t]*")
_QUOTE_HINT = "put the whole value in quotes"
_TAG = re.compile(r"!\S*")
_SPACES = "indent with spaces, two for each level"


def explain(error: Exception, source: str, path: str) -> Diagnostic:
    """The one diagnostic for the error with which libyaml stopped."""
    mark = getattr(error, "problem_mark", None)
    context_mark = getattr(error, "context_mark", None) or mark
    fault = Fault(
        lines=lines_of(source),
        problem=getattr(error, "problem", None) or "the text cannot be read",
        context=getattr(error, "context", None) or "",
        line=mark.line if mark else 0,
        column=mark.column if mark else 0,
        context_line=context_mark.line if context_mark else 0,
        context_column=context_mark.column if context_mark else 0,
    )
    return _diagnostic(next(found for slip in _SLIPS if (found := slip(fault)) is not None), source, path)


def explain_key(event: Any, source: str, path: str) -> Diagnostic:
    """The diagnostic for a key that is not text."""
    line, column = event.start_mark.line, event.start_mark.column
    text = line_of(source, line + 1)
    if isinstance(event, MappingStartEvent) and text[column - 1 : column + 1] == "{{":
        return _diagnostic(_template_at(text, line, column - 1), source, path)
    if isinstance(event, AliasEvent):
        return _diagnostic(Slip("yaml-key", "an alias cannot be a key", "write the key's text", line, column, column + 1), source, path)
    return _diagnostic(Slip("yaml-key", "a key must be text", "write 'name: value'", line, column, column + 1), source, path)


def explain_tag(event: Any, source: str, path: str) -> Diagnostic:
    """The diagnostic for a value with a tag, or one that was meant to begin with '!'."""
    line, column = event.start_mark.line, event.start_mark.column
    text = line_of(source, line + 1)
    found = _TAG.search(text, column)
    if found is None:
        return _diagnostic(Slip("yaml-tag", "a tag ('!…') is not read", "take it out", line, column, column + 1), source, path)
    hint = yaml_mend.show(yaml_mend.quote_value(text, found.start()), _QUOTE_HINT, "take it out, or quote the value")
    return _diagnostic(
        Slip("yaml-tag", f"the tag '{found.group()[:40]}' is not read", hint, line, found.start(), found.end()), source, path
    )


def explain_unknown_alias(event: Any, source: str, path: str) -> Diagnostic:
    """The diagnostic for `*name` when nothing above it is called `&name`."""
    line, column = event.start_mark.line, event.start_mark.column
    text = line_of(source, line + 1)
    hint = yaml_mend.show(yaml_mend.quote_value(text, column), _QUOTE_HINT, "quote the value, or define it above with '&'")
    end = event.end_mark.column
    return _diagnostic(
        Slip("yaml-alias", f"nothing above is called '&{text[column + 1 : end][:40]}'", hint, line, column, end), source, path
    )


def _diagnostic(slip: Slip, source: str, path: str) -> Diagnostic:
    count = len(lines_of(source))
    if slip.line >= count:  # libyaml counts one line more at the end of the text
        column = len(line_of(source, count))
        slip = replace(slip, line=count - 1, column=column, end=column + 1)
    span = Span(slip.line + 1, slip.column + 1, slip.line + 1, max(slip.end, slip.column + 1) + 1)
    return diagnostic(path, source, slip.rule, slip.message, span, hint=slip.hint)


def _template_at(text: str, line: int, column: int) -> Slip:
    end = text.find("}}", column)
    hint = yaml_mend.show(yaml_mend.quote_template(text, column), _QUOTE_HINT)
    return Slip("yaml-template", "a value that begins with '{{' needs quotes", hint, line, column, end + 2 if end > 0 else column + 2)


def _template(fault: Fault) -> Slip | None:
    for line in dict.fromkeys((fault.line, fault.context_line)):
        text = fault.text(line)
        column = yaml_mend.find_template(text)
        if column is not None and (line != fault.line or column <= fault.column):
            return _template_at(text, line, column)
    return None


def _tab(fault: Fault) -> Slip | None:
    text = fault.text()
    found = _LEADING_TAB.match(text)
    if found is None or fault.column > found.end():
        return None
    mended = text[: found.end()].replace("\t", "  ") + text[found.end() :]
    hint = f"{_SPACES}: '{mended}'" if len(mended) <= yaml_mend.MAX_SHOWN else _SPACES
    return Slip("yaml-tab", "a tab is used for indentation", hint, fault.line, 0, found.end())


def _leading_character(fault: Fault) -> Slip | None:
    if fault.context in ("while scanning an alias", "while scanning an anchor"):
        line, column = fault.context_line, fault.context_column
    elif "cannot start any token" in fault.problem or "mapping keys are not allowed" in fault.problem:
        line, column = fault.line, fault.column
    elif fault.context == "while scanning a block scalar":
        line, column = fault.context_line, fault.context_column
    elif "expected node content" in fault.problem and fault.text()[fault.column : fault.column + 1] in tuple(",]}"):
        line, column = fault.line, fault.column
    else:
        return None
    text = fault.text(line)
    character = text[column : column + 1]
    if not character or character.isspace():
        return None
    if column != yaml_mend.value_start(text):
        return Slip("yaml-quotes", f"'{character}' cannot stand here unless it is quoted", _QUOTE_HINT, line, column, column + 1)
    hint = yaml_mend.show(yaml_mend.quote_value(text, column), _QUOTE_HINT)
    return Slip("yaml-quotes", f"a value that begins with '{character}' needs quotes", hint, line, column, column + 1)


def _quoted(fault: Fault) -> Slip | None:
    """Escapes that do not exist, and quotes that are never closed."""
    if fault.context not in ("while scanning a quoted scalar", "while parsing a quoted scalar"):
        return None
    if "escape" in fault.problem or "hexdecimal" in fault.problem:
        text = fault.text()
        column = max(text.rfind("\\", 0, fault.column + 1), 0)
        escape = text[column : column + 2]
        hint = "inside double quotes write '\\\\' for a backslash, or use single quotes"
        return Slip("yaml-escape", f"'{escape}' is not an escape that YAML knows", hint, fault.line, column, column + 2)
    return _unclosed_quote(fault, fault.context_line, fault.context_column)


def _unclosed_quote(fault: Fault, line: int, column: int) -> Slip:
    text = fault.text(line)
    hint = yaml_mend.show(yaml_mend.close_quote(text, column), "close it on the same line", "close it")
    return Slip("yaml-quotes", "this quote is not closed", hint, line, column, column + 1)


def _text_after_quote(fault: Fault) -> Slip | None:
    """`"a" b`; the same stop is reached when a quote of an earlier line was closed by a later one."""
    if "did not find expected" not in fault.problem and "could not find expected" not in fault.problem:
        return None
    text = fault.text()
    before = text[: fault.column].rstrip()
    if before[-1:] not in ('"', "'"):
        return None
    mark = before[-1]
    start = yaml_mend.value_start(text)
    if text[start : start + 1] == mark and start < len(before) - 1:
        hint = yaml_mend.show(yaml_mend.requote_value(text), _QUOTE_HINT)
        return Slip("yaml-quotes", "more text follows the closing quote", hint, fault.line, fault.column, len(text.rstrip()))
    opened = _opened_above(fault, mark)
    if opened is not None:
        return _unclosed_quote(fault, *opened)
    message = "more text follows the closing quote"
    return Slip(
        "yaml-quotes", message, "put a ',' between the two, or one pair of quotes around them", fault.line, fault.column, fault.column + 1
    )


def _opened_above(fault: Fault, mark: str) -> tuple[int, int] | None:
    line = fault.line
    for _ in range(50):
        line, text = fault.above(line)
        if line < 0:
            return None
        start = yaml_mend.value_start(text)
        if text[start : start + 1] == mark:
            return (line, start) if text.count(mark) % 2 else None
    return None


def _flow(fault: Fault) -> Slip | None:
    """A list in `[ ]` or a mapping in `{ }` that is not closed, or lacks a comma."""
    if fault.context not in ("while parsing a flow sequence", "while parsing a flow mapping"):
        return None
    text = fault.text(fault.context_line)
    opener = text[fault.context_column : fault.context_column + 1]
    closer = "]" if opener == "[" else "}"
    if fault.line == fault.context_line and fault.text()[fault.column :].strip():
        message = f"a ',' or '{closer}' is missing before this"
        return Slip("yaml-brackets", message, _QUOTE_HINT + " if it is text", fault.line, fault.column, fault.column + 1)
    if _closed_below(fault, opener, closer):
        message = f"a ',' is missing before this, in the '{opener}' of line {fault.context_line + 1}"
        return Slip("yaml-brackets", message, "put a ',' at the end of the line above", fault.line, fault.column, fault.column + 1)
    value, comment = yaml_mend.split_comment(text)
    if closer in comment:
        return _comment_inside(text, fault.context_line, len(value) + comment.index("#"))
    hint = yaml_mend.show(value + closer + comment, f"put a '{closer}' at its end", "close it")
    return Slip("yaml-brackets", f"this '{opener}' is not closed", hint, fault.context_line, fault.context_column, fault.context_column + 1)


def _comment_inside(text: str, line: int, column: int) -> Slip:
    """For `{slack: #avops, text: Done}`: the rest of the line is a comment."""
    word = re.match(r"[^\s,\]}]*", text[column:])
    end = column + (word.end() if word else 1)
    hint = yaml_mend.show(f'{text[:column]}"{text[column:end]}"{text[end:]}', "quote it")
    return Slip("yaml-comment", "what begins with '#' is a comment up to the end of the line", hint, line, column, end)


def _ends_open(fault: Fault) -> Slip | None:
    """A text that ends just behind an opening bracket."""
    if not fault.context.startswith("while parsing a flow") or any(
        fault.text(line).strip() for line in range(fault.line, len(fault.lines))
    ):
        return None
    line, text = fault.above(len(fault.lines))
    column = max(text.rfind("["), text.rfind("{"))
    if line < 0 or column < 0:
        return None
    value, comment = yaml_mend.split_comment(text)
    if "}" in comment or "]" in comment:
        return _comment_inside(text, line, len(value) + comment.index("#"))
    return Slip("yaml-brackets", f"this '{text[column]}' is not closed", "close it", line, column, column + 1)


def _closed_below(fault: Fault, opener: str, closer: str) -> bool:
    """Whether the bracket is closed before a line that looks like the next key."""
    level = 0
    for line in range(fault.context_line, fault.context_line + 50):
        text = fault.text(line)
        part = text[fault.context_column :] if line == fault.context_line else text
        if line > fault.context_line and re.match(r"\s*(?:- +)?[A-Za-z_][\w-]*: ", text) and opener == "[":
            return False
        level += part.count(opener) - part.count(closer)
        if level <= 0:
            return True
    return False


def _stray_colon(fault: Fault) -> Slip | None:
    if "mapping values are not allowed" not in fault.problem:
        return None
    text = fault.text()
    start = yaml_mend.value_start(text)
    if start <= fault.column:
        hint = yaml_mend.show(yaml_mend.quote_value(text), _QUOTE_HINT)
        word = text[start : fault.column]
        if re.fullmatch(r"[a-z_]+", word) and text[:start].rstrip().endswith(":"):
            hint = f"put '{word}: …' on the line below, indented, or {hint}"
        return Slip("yaml-colon", "': ' stands inside a value without quotes", hint, fault.line, fault.column, fault.column + 1)
    line, above = fault.above(fault.line)
    return _missing_space(line, above) or _too_deep(fault, line, above)


def _too_deep(fault: Fault, line: int, above: str) -> Slip:
    text = fault.text()
    begin = len(text) - len(text.lstrip())
    if yaml_mend.value_start(above) == len(above) - len(above.lstrip()):
        return _no_colon(line, above)
    margin = re.match(r"\s*(?:- +)*", above)
    mended = " " * (margin.end() if margin else 0) + text.lstrip()
    hint = f"line it up with line {line + 1}: '{mended}'" if len(mended) <= yaml_mend.MAX_SHOWN else f"line it up with line {line + 1}"
    message = f"this line is indented deeper than line {line + 1}, which already has a value"
    return Slip("yaml-indentation", message, hint, fault.line, begin, fault.column)


def _no_colon(line: int, text: str) -> Slip:
    begin, content = len(text) - len(text.lstrip()), text.strip()
    shown = content if len(content) <= 40 else f"{content[:39]}…"
    hint = f"write '{shown}: …' for a key, or '- {shown}' for an entry of a list"
    return Slip("yaml-colon", "this line has no ':'", hint, line, begin, begin + len(content))


def _missing_space(line: int, text: str) -> Slip | None:
    for pattern, sign in ((_NO_SPACE_AFTER_DASH, "-"), (_NO_SPACE_AFTER_COLON, ":")):
        found = pattern.match(text)
        if found is not None:
            hint = yaml_mend.show(f"{found.group(1)} {text[found.end() :]}", f"put a space after the '{sign}'", "write")
            return Slip("yaml-space", f"a space is missing after '{sign}'", hint, line, found.end() - 1, found.end())
    return None


def _lone_line(fault: Fault) -> Slip | None:
    if "could not find expected ':'" not in fault.problem:
        return None
    line, text = fault.context_line, fault.text(fault.context_line)
    if text[fault.context_column : fault.context_column + 1] in ('"', "'"):
        return _unclosed_quote(fault, line, fault.context_column)
    return _missing_space(line, text) or _no_colon(line, text)


def _inline_list(fault: Fault) -> Slip | None:
    if "block sequence entries are not allowed" not in fault.problem:
        return None
    text = fault.text()
    if yaml_mend.value_start(text) < fault.column and not text[: fault.column].rstrip().endswith(":"):
        return None
    hint = "put each entry on a line of its own below, or quote the value if it is text"
    return Slip("yaml-list", "a list cannot begin on the line of its key", hint, fault.line, fault.column, fault.column + 1)


def _indentation(fault: Fault) -> Slip | None:
    text = fault.text()
    begin = len(text) - len(text.lstrip())
    if "did not find expected" not in fault.problem or begin != fault.column or not text.strip():
        return None
    if text[begin] == ":":
        return Slip("yaml-key", "a key is missing before this ':'", "write the key's name before the ':'", fault.line, begin, begin + 1)
    if (missing := _missing_space(fault.line, text)) is not None:
        return missing
    if begin == fault.context_column and fault.context in ("while parsing a block mapping", "while parsing a block collection"):
        mapping = fault.context == "while parsing a block mapping"
        message = "an entry of a list stands among keys" if mapping else "a key stands among the entries of a list"
        hint = (
            f"indent it below the key it belongs to, as in line {fault.context_line + 1}"
            if mapping
            else "indent it below its entry, or begin it with '- '"
        )
        return Slip("yaml-indentation", message, hint, fault.line, begin, begin + 1)
    columns = _columns_above(fault)
    near = min(columns, key=lambda column: (abs(column - begin), -column)) if columns else 0
    mended = " " * near + text.lstrip()
    hint = f"line it up: '{mended}'" if len(mended) <= yaml_mend.MAX_SHOWN else f"indent it by {near} spaces"
    return Slip("yaml-indentation", "the indentation of this line fits no line above it", hint, fault.line, 0, max(begin, 1))


def _columns_above(fault: Fault) -> set[int]:
    """The indentations above that this line could have meant."""
    line, columns, limit = fault.line, set[int](), 1 << 30
    for _ in range(200):
        line, text = fault.above(line)
        if line < 0:
            break
        margin = len(text) - len(text.lstrip())
        if margin < limit:
            columns.add(margin)
            entry = text[margin:]
            if entry.startswith("- ") and margin + len(entry) - len(entry[1:].lstrip()) < limit:
                columns.add(margin + len(entry) - len(entry[1:].lstrip()))  # the keys of the entry stand after its dash
            limit = margin
    return columns


def _after_bracket(fault: Fault) -> Slip | None:
    text = fault.text()
    if text[: fault.column].rstrip()[-1:] not in ("]", "}") or "did not find expected" not in fault.problem:
        return None
    hint = yaml_mend.show(yaml_mend.quote_value(text), _QUOTE_HINT)
    return Slip("yaml-brackets", "more text follows the closing bracket", hint, fault.line, fault.column, len(text.rstrip()))


def _directive(fault: Fault) -> Slip | None:
    if "directive" not in fault.context and "YAML document" not in fault.problem and "directive" not in fault.problem:
        return None
    return Slip(
        "yaml-directive", "a line that begins with '%' is a directive, which is not read", "take the line out", fault.context_line, 0, 1
    )


def _tag(fault: Fault) -> Slip | None:
    if "tag" not in fault.context and "tag" not in fault.problem:
        return None
    line, column = (fault.context_line, fault.context_column) if "scanning" in fault.context else (fault.line, fault.column)
    text = fault.text(line)
    hint = yaml_mend.show(yaml_mend.quote_value(text), _QUOTE_HINT)
    return Slip("yaml-tag", "a value that begins with '!' needs quotes", hint, line, column, column + 1)


def _other(fault: Fault) -> Slip:
    problem = fault.problem.removeprefix("found ").replace("hexdecimal", "hexadecimal")
    return Slip("yaml-syntax", f"the YAML cannot be read here: {problem}", None, fault.line, fault.column, fault.column + 1)


_SLIPS: tuple[Callable[[Fault], Slip | None], ...] = (
    _template,
    _tab,
    _quoted,
    _tag,
    _directive,
    _leading_character,
    _text_after_quote,
    _flow,
    _ends_open,
    _stray_colon,
    _lone_line,
    _inline_list,
    _after_bracket,
    _indentation,
    _other,
)
