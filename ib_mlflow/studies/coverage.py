"""What becomes of each sentence, figure and table of a paper: what judges it, or why nothing."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ib_mlflow.errors import ConfigurationError, DataError
from ib_mlflow.studies.judging.claims import Claim
from ib_mlflow.studies.reporting.table import Table
from ib_mlflow.studies.study import Study

Studies = Mapping[str, Study[Any, Any]]
SEPARATOR = " @ "
"""Between a part of a claim's words and a part of its place."""


@dataclass(frozen=True)
class Item:
    """A sentence, figure or table of a paper.

    Arguments:
        at: its section, figure or slide.
        says: what stands there, in words near the paper's.
        by: the claims that judge it: "study: part of its words", with " @ part of its place" where
            several claims of the study have these words; of several the one that ends with them.
        note: why it is not judged, or what of it is not.
    """

    at: str
    says: str
    by: Sequence[str] = ()
    note: str = ""


@dataclass(frozen=True)
class Coverage:
    """A paper, item by item.

    Arguments:
        paper: its title, as its studies have it.
        items: what it says, in its order.
        beyond: claims of its studies that no sentence of it makes.
    """

    paper: str
    items: Sequence[Item]
    beyond: Sequence[Item] = ()

    @property
    def answers(self) -> Iterator[str]:
        """Every claim that is named, of the paper or beyond it."""
        for item in (*self.items, *self.beyond):
            yield from item.by


def read_coverage(path: Path) -> Coverage:
    """Read a paper's file.

    Arguments:
        path: TOML with `paper`, `items` and, where there are any, `beyond`: tables of `Item`.

    Returns:
        The paper.

    Raises:
        DataError: an item has neither a claim that judges it nor a reason, or a name is unknown.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "paper.toml"
        ...     _ = path.write_text("items = [{at = 'Sec. 1', says = 'Layers lose.'}]")
        ...     read_coverage(path)
        Traceback (most recent call last):
        ib_mlflow.errors.DataError: an item of paper.toml has by or note, or both; received
        "Layers lose." at Sec. 1. Name the claim that judges it, or say why none does.
    """
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    items, beyond = (
        [_item(path.name, **entry) for entry in content.get(key, ())] for key in ("items", "beyond")
    )
    return Coverage(content["paper"], items, beyond)


def _item(file: str, **entry: Any) -> Item:
    unknown = sorted(entry.keys() - Item.__dataclass_fields__.keys())
    if unknown:
        allowed = ", ".join(Item.__dataclass_fields__)
        fix = f"Its keys are {allowed}."
        raise DataError(f"an item of {file} has known keys", received=", ".join(unknown), fix=fix)
    item = Item(**entry)
    if not (item.by or item.note):
        raise DataError(
            f"an item of {file} has by or note, or both",
            received=f'"{item.says}" at {item.at}',
            fix="Name the claim that judges it, or say why none does.",
        )
    return item


def claim_named(answer: str, studies: Studies) -> tuple[str, Claim[Any, Any]]:
    """The study and the one claim that an answer names.

    Arguments:
        answer: as in `Item.by`.
        studies: all studies, by name.

    Returns:
        The study's name, and its claim.

    Raises:
        ConfigurationError: no study or no claim is named so, or more than one claim is.
    """
    name, _, rest = answer.partition(": ")
    if name not in studies:
        nearest = difflib.get_close_matches(name, studies, n=1)
        fix = f"Did you mean {nearest[0]}?" if nearest else "Write it as 'study: words'."
        raise ConfigurationError("an answer names a study", received=name, fix=fix)
    words, _, where = rest.partition(SEPARATOR)
    claims = [each for each in studies[name].claims if words in each.words and where in each.where]
    if len(claims) > 1:
        claims = [claim for claim in claims if claim.words.endswith(words)]
    if len(claims) != 1:
        raise ConfigurationError(
            "an answer names one claim of its study",
            received=f"{answer}, which is in {len(claims)} of the {len(studies[name].claims)}",
            fix="Give more of its words as they stand, or after ' @ ' of its place.",
        )
    return name, claims[0]


def unnamed_claims(papers: Iterable[Coverage], studies: Studies) -> list[str]:
    """The claims of these papers' studies that no item names, as "study: words".

    Arguments:
        papers: as they were read.
        studies: all studies, by name.
    """
    papers = list(papers)
    titles = {paper.paper for paper in papers}
    named = {id(claim_named(answer, studies)[1]) for paper in papers for answer in paper.answers}
    return [
        f"{name}: {claim.words}"
        for name, study in studies.items()
        if study.paper in titles
        for claim in study.claims
        if id(claim) not in named
    ]


def claims_page(papers: Iterable[Coverage], studies: Studies) -> str:
    """The page of the documents that says of each paper what is judged and what is not.

    Arguments:
        papers: as they were read.
        studies: all studies, by name.

    Returns:
        Markdown.
    """
    papers = list(papers)
    blocks = [
        "# The papers, claim by claim",
        "Written by `python -m projects claims > docs/claims.md`. Every claim, figure and table of "
        "the papers, in their order, in our words; beside it the study and the claim that judges "
        "it, or why it is not judged. ⟨…⟩ stands for what a report fills in: the group of "
        "networks, the layer, the task. What was found stands in [the results](results.md).",
        Table(
            ["paper", "items", "judged", "not judged", "judged beyond the paper"],
            [_counts(paper) for paper in papers],
        ).markdown(),
    ]
    for paper in papers:
        blocks += [f"## {paper.paper}", _table(paper.items, "the paper", studies).markdown()]
        if paper.beyond:
            blocks += [
                "Beyond the paper: what its studies judge although no sentence of it says so.",
                _table(paper.beyond, "what is asked", studies).markdown(),
            ]
    return "\n\n".join(blocks) + "\n"


def _counts(paper: Coverage) -> tuple[str, ...]:
    judged = sum(bool(item.by) for item in paper.items)
    counts = (len(paper.items), judged, len(paper.items) - judged, len(paper.beyond))
    return (paper.paper, *map(str, counts))


def _table(items: Sequence[Item], heading: str, studies: Studies) -> Table:
    return Table(
        ["where", heading, "judged by"],
        [(item.at, item.says, _answer(item, studies)) for item in items],
    )


def _answer(item: Item, studies: Studies) -> str:
    claims = [claim_named(answer, studies) for answer in item.by]
    words = "; ".join(
        f"[`{name}`](results.md#{name}): {_readable(claim.words)}" for name, claim in claims
    )
    if not words:
        return f"*not judged*: {item.note}"
    return f"{words}. {item.note}" if item.note else words


def _readable(words: str) -> str:
    """A claim's words with what a report fills in as ⟨name⟩.

    Example:
        >>> _readable("layer {of.layer} of {of[0].name} keeps {of.finest:g}")
        'layer ⟨layer⟩ of ⟨name⟩ keeps ⟨finest⟩'
    """
    return re.sub(r"\{of(?:[^}:]*?[.\]])?\.?(\w*)(?::[^}]*)?\}", r"⟨\1⟩", words).replace("_", " ")
