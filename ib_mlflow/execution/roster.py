"""Who computes in a Dask cluster: workers that have this package and a place for an item."""

from __future__ import annotations

import logging
import pydoc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ib_mlflow import __version__
from ib_mlflow.errors import ConfigurationError
from ib_mlflow.execution.scheduler import answering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from distributed import Client

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Seat:
    """A Dask worker, and how many items it computes at a time.

    Arguments:
        address: where Dask reaches it.
        identity: what tells it from a later worker of that address.
        places: items at a time: its threads, or fewer by its resources.
    """

    address: str
    identity: str
    places: int


class Roster:
    """The workers of a cluster, asked anew each time.

    Arguments:
        client: of the scheduler.
        resources: what each item takes of a worker's resources.
    """

    def __init__(self, client: Client, resources: Mapping[str, float]) -> None:
        self._client, self._resources = client, resources
        self._versions: dict[str, str | None] = {}

    def check(self) -> None:
        """Refuse workers that cannot compute, before anything is begun; none at all may come yet.

        Raises:
            ConfigurationError: one has another version of this package, or none offers what an
                item takes.
            ExecutionError: the scheduler is gone.
        """
        present = self._present()
        self._learn(present.values())
        for seat in present.values():
            if (wrong := self._mismatch(seat)) is not None:
                raise wrong
        self._check_places(present)

    def usable(self, *, last: bool) -> dict[str, Seat]:
        """Ask who can compute now.

        Arguments:
            last: whether nobody computes at the moment: then workers that all have another version
                of this package are refused, where else they are left out with a word in the log.

        Returns:
            By address.

        Raises:
            ConfigurationError: there are workers, and none can compute.
            ExecutionError: the scheduler is gone.
        """
        present = self._present()
        for seat in self._learn(present.values()):
            if (wrong := self._mismatch(seat)) is not None:
                _log.error("left out: %s", wrong)
        wrongs = {address: self._mismatch(seat) for address, seat in present.items()}
        usable = {address: seat for address, seat in present.items() if wrongs[address] is None}
        if last and not usable:
            for wrong in wrongs.values():
                if wrong is not None:
                    raise wrong
        if last:
            self._check_places(usable)
        return usable

    def _present(self) -> dict[str, Seat]:
        with answering(self._client):
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        seats = {}
        for address, worker in workers.items():
            if worker["status"] in ("running", "paused"):
                offers = worker["resources"]
                shares = [offers.get(name, 0) / need for name, need in self._resources.items()]
                places = min([worker["nthreads"], *map(int, shares)])
                seats[address] = Seat(address, str(worker["id"]), places)
        return seats

    def _learn(self, seats: Iterable[Seat]) -> list[Seat]:
        """Ask new workers for their version of this package; return those that have answered."""
        new = [seat for seat in seats if seat.identity not in self._versions]
        if not new:
            return []
        with answering(self._client):
            # A function of the standard library, for a worker may lack this package.
            answers = self._client.run(
                pydoc.locate,
                "ib_mlflow.__version__",
                workers=[seat.address for seat in new],
                on_error="ignore",
            )
        # One that has left meanwhile, or cannot import the package, does not answer.
        for seat in new:
            self._versions[seat.identity] = answers.get(seat.address)
        return new

    def _mismatch(self, seat: Seat) -> ConfigurationError | None:
        version = self._versions[seat.identity]
        if version == __version__:
            return None
        return ConfigurationError(
            f"every Dask worker must have ib_mlflow {__version__}",
            received=f"{'none' if version is None else f'ib_mlflow {version}'} on {seat.address}",
            fix="Install this version where the worker runs, and start the worker again.",
        )

    def _check_places(self, seats: Mapping[str, Seat]) -> None:
        if seats and not any(seat.places for seat in seats.values()):
            needs = ", ".join(f"{name}={need:g}" for name, need in self._resources.items())
            raise ConfigurationError(
                "a Dask worker must offer the resources that an item takes",
                received=f"{len(seats)} workers, none with {needs}",
                fix=f'Start workers that do: `dask worker … --resources "{needs}"`.',
            )
