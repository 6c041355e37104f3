"""An article of the knowledge base: Markdown below a front matter in YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from avops.errors import DocumentError
from avops.model.diagnostic import Diagnostic, Severity
from avops.model.document import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

Instant = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$", max_length=40)
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\r\n]*$")]


class SourceNote(Document):
    """Where something in an article comes from; `sha256` is that of the bytes that were fetched."""

    title: Line | None = None
    url: Line | None = None
    path: Line | None = Field(default=None, description="Another article of this project.")
    fetched_at: Instant | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class FrontMatter(Document):
    """What stands above an article's text."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
    tags: list[Annotated[str, StringConstraints(min_length=1, max_length=60)]] = Field(default_factory=list, max_length=50)
    status: Literal["draft", "published"] = "draft"
    created: Instant | None = None
    query: Line | None = Field(default=None, description="What a scout looked for.")
    made_by: Line | None = Field(default=None, description="How the text was made: `extract`, a model's name, or a run.")
    run: int | None = Field(default=None, ge=1, description="The run that made it, or that searched for it.")
    simulated: Literal["partly", "all"] | None = Field(default=None, description="How much of the run that made it was simulated.")
    evidence: Line | None = Field(default=None, description="The folder with what was read.")
    sources: list[SourceNote] = Field(default_factory=list, max_length=100)
    tool: Line | None = Field(default=None, description="The tool it was published with.")
    sys_id: Line | None = Field(default=None, description="What the tool calls it; set by `avops kb publish`.")
    number: Line | None = None
    publish_run: int | None = Field(default=None, ge=1, description="The run that publishes it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article that was read: its path in the project, its front matter and its text."""

    path: str
    front: FrontMatter
    body: str

    @property
    def slug(self) -> str:
        """The file's name without its ending."""
        return self.path.rpartition("/")[2].removesuffix(".md")

    @property
    def title(self) -> str:
        """What it is called."""
        return self.front.title


def split_front(text: str, path: str) -> tuple[str, str, str]:
    """The opening mark's line, the YAML between the marks, and the rest with its closing mark. DocumentError without both marks."""
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip("\r\n \t") != "---":
        hint = "begin the file with '---', 'title: …' and '---'"
        raise DocumentError([_fault(path, 1, "the article has no front matter", hint, lines)])
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip("\r\n \t") == "---":
            return lines[0], "".join(lines[1:number]), "".join(lines[number:])
    raise DocumentError([_fault(path, 1, "the front matter has no end", "write '---' on a line of its own below it", lines)])


def _fault(path: str, line: int, message: str, hint: str, lines: list[str]) -> Diagnostic:
    snippet = lines[line - 1].rstrip("\r\n") if len(lines) >= line else None
    return Diagnostic(rule="front-matter", severity=Severity.ERROR, message=message, path=path, line=line, hint=hint, snippet=snippet)


def parse_article(data: bytes | str, path: str) -> Article:
    """The article in a file's text. DocumentError with file, line and column for a front matter that is not right."""
    from pydantic import ValidationError

    from avops.project.document_errors import explain
    from avops.project.yaml_source import decode
    from avops.project.yaml_text import read_yaml

    text = decode(data, path)
    mark, front, rest = split_front(text, path)
    # With its opening mark the YAML keeps the file's own line numbers.
    above = "---\n" + front
    values = read_yaml(above, path=path)
    if not isinstance(values, dict):
        hint = "write 'title: …' there"
        raise DocumentError([_fault(path, 1, "the front matter holds no keys", hint, [mark])])
    try:
        matter = FrontMatter.model_validate(values)
    except ValidationError as error:
        raise DocumentError(explain(error, FrontMatter, values, above, path)) from None
    return Article(path=path, front=matter, body=rest.partition("\n")[2].lstrip("\n"))


def front_text(values: Mapping[str, object]) -> str:
    """The front matter with its marks: one key per line, sources one per line."""
    from avops.project.editing import render

    lines = ["---"]
    for key, value in values.items():
        if value is None or value == []:
            continue
        if key == "sources" and isinstance(value, list):
            lines += ["sources:", *(f"  - {render(entry)}" for entry in value)]
        else:
            lines.append(f"{key}: {render(value)}")
    return "\n".join([*lines, "---", ""])


def with_values(text: str, path: str, values: Mapping[str, object]) -> str:
    """The article's text with some values of its front matter given anew; None takes one away. All else stays as it was."""
    from avops.project.editing import YamlText

    mark, front, rest = split_front(text.removeprefix("\ufeff"), path)
    edited = YamlText(front, path)
    for key, value in values.items():
        if value is not None:
            edited.set((key,), value)
        elif key in edited.data:
            edited.delete((key,))
    made = edited.text
    return mark + made + ("" if made.endswith("\n") else "\n") + rest
