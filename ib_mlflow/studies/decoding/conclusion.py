"""What a study of inverted classifiers leaves on its run."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from ib_mlflow.studies.configuration import as_text
from ib_mlflow.studies.decoding.configuration import DROPOUT, NASH, InversionConfiguration
from ib_mlflow.studies.decoding.division import Parts
from ib_mlflow.studies.judging.verdicts import Finding
from ib_mlflow.studies.reporting.conclusion import in_words, verdict_counts
from ib_mlflow.studies.reporting.report import Report, log_report
from ib_mlflow.tracking import StudyRun

REMARKS = (
    "Every decoder is evaluated on test images that neither it, nor the classifier, nor early "
    "stopping has seen. Intervals are of 95 %, over these images.",
    "E[ln q(x|h)] is a lower bound of −H(x|h), and so of I(x;h) up to H(x), which is the same for "
    "all layers and unknown. What differs between two layers, or between a layer and a decoder "
    "told nothing, is the difference of two bounds of unknown gaps, and no bound: it can exceed "
    "H(h). The differences are taken image by image, which makes their errors small.",
    "The classifier and its decoders share the training part half and half; the paper does not "
    "say that it divides it, and its networks see more images.",
    "Early stopping of classifiers looks at the held-out cross-entropy, in the paper at the "
    f"accuracy. The paper states no rate of dropout for its classifiers; {DROPOUT:g} was used.",
)


def conclude_inversion(
    study: StudyRun,
    tasks: Sequence[Parts],
    *,
    title: str,
    findings: Sequence[Finding],
    tables: Mapping[str, str],
    chosen: InversionConfiguration,
    drawn: Mapping[str, Figure],
    remarks: Sequence[str] = (),
) -> None:
    """Write the figures, the counts of verdicts, the report and the data used.

    Arguments:
        study: the study's run.
        tasks: what was inverted.
        title: of the report.
        findings: the paper's claims, judged.
        tables: Markdown tables by heading.
        chosen: the study's parameters.
        drawn: figures by file name.
        remarks: what else a reader must know of the numbers.
    """
    for name, figure in drawn.items():
        study.log_figure(figure, name)
    study.log_metrics(verdict_counts(findings))
    reduced = [] if chosen.scale == "paper" else [_reduced(tasks[0], chosen)]
    report = Report(
        title=title,
        summary=f"{len(findings)} claims were judged over test images, most of them of *{NASH}*: "
        f"{in_words(findings)}. A claim agrees where the whole 95 % "
        "interval is on its side, disagrees where the whole interval is on the other, and is "
        "undecided otherwise.",
        setting={name: as_text(value) for name, value in chosen.model_dump().items()},
        findings=findings,
        tables=tables,
        remarks=[*reduced, *remarks, *REMARKS],
    )
    log_report(study, report)
    for parts in tasks:
        for context in ("encoding", "decoding", "validation", "evaluation"):
            part = getattr(parts, context)
            study.log_dataset(
                part.name,
                digest=part.digest,
                source=part.source,
                context=context,
                profile={"rows": part.n, "inputs": part.m, "classes": part.c},
            )


def _reduced(parts: Parts, chosen: InversionConfiguration) -> str:
    _, h, w = parts.shape
    return (
        f"At scale={chosen.scale} the images are {h} × {w} of {parts.levels} levels and the "
        f"decoders small ({chosen.blocks} blocks a level, {chosen.filters} filters, "
        f"{chosen.decoder_updates} updates): their nats are of other images than the paper's, and "
        "only the order of layers and the bounds themselves can be compared."
    )
