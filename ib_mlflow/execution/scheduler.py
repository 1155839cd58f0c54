"""How a Dask scheduler is reached, and that it is gone, in one line each."""

from __future__ import annotations

import logging
import re
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ib_mlflow.errors import ConfigurationError, ExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

CONNECT_SECONDS = 10.0
"""How long a scheduler may take to answer, in seconds."""
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}")
_HERE = re.compile(r"(localhost|127\.[\d.]+|\[::1\])")
_log = logging.getLogger(__name__)


def check_address(address: str) -> str:
    """Return the address of a scheduler, if it is one.

    Arguments:
        address: protocol, host and port.

    Raises:
        ConfigurationError: it has another form.

    Example:
        >>> check_address("tcp://127.0.0.1:8786")
        'tcp://127.0.0.1:8786'
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise ConfigurationError(
            "a cluster is the address of a Dask scheduler",
            received=repr(address),
            fix="Write tcp://host:8786, or tls://host:8786 with certificates.",
        )
    return address


def connect(address: str) -> Client:
    """Connect to a scheduler.

    Arguments:
        address: as `check_address` wants it; certificates for tls:// come from Dask's own
            configuration (`distributed.comm.tls`).

    Returns:
        The client, which is nobody's default.

    Raises:
        ConfigurationError: dask.distributed is not installed, nobody answers in time, or the
            certificates do not do.
    """
    check_address(address)
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigurationError(
            "a cluster needs dask.distributed",
            received=str(error),
            fix="Install it: pip install 'ib_mlflow[cluster]'.",
        ) from error
    protocol, _, place = address.partition("://")
    if protocol == "tcp" and not _HERE.match(place):
        _log.warning(
            "%s is not on this machine and not encrypted: whoever can reach the scheduler can run "
            "programs on its workers, and who listens reads the tracking URI; take tls://",
            address,
        )
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    # Certificates that are missing raise TypeError, those that are wrong an OSError.
    except (OSError, TypeError, ValueError) as error:
        fix = "Start one (`dask scheduler --host 127.0.0.1`), or correct the address."
        if protocol == "tls":
            fix = (
                "Name ca-file, client.key and client.cert under distributed.comm.tls in Dask's "
                "configuration (DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …), or correct the address."
            )
        raise ConfigurationError(
            f"a Dask scheduler must answer within {CONNECT_SECONDS:g} s",
            # Dask repeats the address.
            received=f"{address}: {_first_line(error).replace(f' to {address}', '')}",
            fix=fix,
        ) from error


@contextmanager
def answering(client: Client) -> Iterator[None]:
    """Say in one line that the scheduler is gone, where Dask raises what it happens to raise.

    Raises:
        ExecutionError: it does not answer.
    """
    try:
        yield
    except CancelledError as error:
        raise lost(client, "the connection was lost") from error
    # A client that has given up raises RuntimeError; a closed connection is an OSError.
    except (OSError, RuntimeError) as error:
        raise lost(client, _first_line(error)) from error


def lost(client: Client, how: str) -> ExecutionError:
    """Return the error that a scheduler is gone."""
    return ExecutionError(
        "the Dask scheduler must live until the last item is computed",
        received=f"{client.scheduler.address if client.scheduler else 'a closed client'}: {how}",
        fix="Start it again, and give the same command: what is finished is not computed again.",
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]
