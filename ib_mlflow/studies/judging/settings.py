"""A claim stands under a paper's figure only where the networks are those of the figure."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from ib_mlflow.studies.fields import as_text
from ib_mlflow.studies.judging.claims import Finding

BEYOND = "Beyond the paper"
"""How the place of a claim begins that the paper does not make."""
Setting = Mapping[str, Container[object]]
"""By parameter, the values with which a paper's figures were made."""


@dataclass(frozen=True)
class AtLeast:
    """Numbers of images or epochs that are no fraction of a paper's.

    Arguments:
        number: the paper's.

    Example:
        >>> 60_000 in AtLeast(60_000), 2000 in AtLeast(60_000)
        (True, False)
    """

    number: float

    def __contains__(self, value: object) -> bool:
        """Whether a number is as large."""
        return isinstance(value, int | float) and value >= self.number


def differences(setting: Setting, configuration: object) -> list[str]:
    """In which parameters networks differ from a paper's, in words.

    Arguments:
        setting: of the paper's figures.
        configuration: the parameters of the networks.

    Returns:
        The parameters whose value is none of the paper's.

    Example:
        >>> from types import SimpleNamespace
        >>> differences({"hidden": [(10, 7)]}, SimpleNamespace(hidden=(12, 8)))
        ['hidden=12,8']
    """
    ours = {name: getattr(configuration, name) for name in setting}
    return [f"{name}={as_text(ours[name])}" for name in setting if ours[name] not in setting[name]]


def filed(
    findings: Sequence[Finding], setting: Setting, configuration: object
) -> Sequence[Finding]:
    """File what was found of other networks than a paper's beyond the paper.

    In what they differ is said once, in the report's summary (`differences`).

    Arguments:
        findings: the claims, judged.
        setting: of the paper's figures.
        configuration: the parameters of the networks.

    Returns:
        The findings, each at its place where the networks are the paper's.

    Example:
        >>> from types import SimpleNamespace
        >>> found = [Finding("Layers compress", "Fig. 1", "agrees", ("In 3 of 3.",))]
        >>> [of.where for of in filed(found, {"task": ["szt"]}, SimpleNamespace(task="digits"))]
        ['Beyond the paper: Fig. 1']
    """
    if not differences(setting, configuration):
        return findings
    return [
        finding
        if finding.where.startswith(BEYOND)
        else replace(finding, where=f"{BEYOND}: {finding.where}")
        for finding in findings
    ]
