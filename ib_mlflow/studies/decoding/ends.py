"""How the decoders of a layer ended: converged, at the cap, or diverged."""

from ib_mlflow.studies.decoding.inverse import InverseCurve
from ib_mlflow.training.fitting import last_rise
from ib_mlflow.units import nats, text_of


def convergence_remarks(curve: InverseCurve) -> list[str]:
    """Which decoders of a layer have converged, and which ended at the cap, for the report.

    Arguments:
        curve: of the layer.
    """
    inversion, least = curve.inversion, curve.inversion.plan.least_fall
    remarks = []
    for epochs in _by_decoder(curve):
        decoder, first = curve.decoders[epochs[0]], epochs[0]
        where = f"{inversion.name}, epoch{'s' * (len(epochs) > 1)} {', '.join(map(str, epochs))}"
        fall = text_of((nats(curve.falls[first]),))
        rule = f"over the last tenth of {decoder.updates} updates the held-out loss fell by {fall}"
        if curve.converged[first]:
            remarks.append(f"{where}: the decoder has converged: {rule}, less than {least:g}.")
        else:
            how = "has NOT converged within the cap"
            if curve.diverged[first]:
                rose = text_of((nats(last_rise(decoder.losses)),))
                how = f"has DIVERGED, and ended {rose} above its lowest loss"
            remarks.append(
                f"{where}: the decoder {how}: {rule}, where less than {least:g} was asked for. "
                "Its bound lies lower than it could."
            )
    return remarks


def _by_decoder(curve: InverseCurve) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for epoch, decoder in curve.decoders.items():
        groups.setdefault(id(decoder), []).append(epoch)
    return list(groups.values())
