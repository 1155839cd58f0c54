"""The code of the pages on your own data and networks runs, and prints what they say."""

import re
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"
BLOCKS = re.compile(r"^```(python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"-?\d+\.\d+$")
TOLERANCE = 0.15  # of numbers with a point: what a training gives differs between machines


def differing(printed: str, expected: str) -> list[tuple[str, str]]:
    """Words that differ, but for numbers with a point that are close."""
    mine, theirs = printed.split(), expected.split()
    assert len(mine) == len(theirs), printed
    pairs = []
    for word, other in zip(mine, theirs, strict=True):
        numbers = NUMBER.match(word), NUMBER.match(other)
        close = all(numbers) and abs(float(word) - float(other)) <= TOLERANCE
        if word != other and not close:
            pairs.append((word, other))
    return pairs


@pytest.mark.parametrize(
    "page",
    ["your-own-data.md", pytest.param("your-own-network.md", marks=pytest.mark.slow)],
)
def test_a_page_prints_what_it_says(
    page: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    blocks = BLOCKS.findall((HOW_TO / page).read_text(encoding="utf-8"))
    names: dict[str, object] = {"__name__": "page"}
    outputs = 0
    for number, (language, text) in enumerate(blocks):
        if language == "text":
            continue
        exec(compile(text, f"{page}, block {number}", "exec"), names)
        printed = capsys.readouterr().out
        following = blocks[number + 1] if number + 1 < len(blocks) else ("", "")
        if following[0] == "text":
            assert differing(printed, following[1]) == []
            outputs += 1
        else:
            assert not printed, f"block {number} of {page} prints what the page does not show"
    assert outputs == len([language for language, _ in blocks if language == "text"])
