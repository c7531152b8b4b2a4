"""The same sweep on a Dask cluster that is there already."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from newswave.errors import BadValue, NewswaveError

_SECONDS = 10


@contextlib.contextmanager
def on_cluster(address: str) -> Iterator[int]:
    """Let joblib's work go to the Dask scheduler at an address, and yield its number of workers.

    Parameters
    ----------
    address : str
        As in tcp://10.0.0.5:8786.

    Raises
    ------
    NewswaveError
        If Dask is not installed.
    BadValue
        If no scheduler answers there, or it has no worker.
    """
    try:
        import distributed
        import joblib
    except ImportError as error:
        advice = "Install it: python -m pip install 'newswave[scale]'"
        raise NewswaveError("Dask is not installed", advice=advice) from error
    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise BadValue(
            f"No scheduler of Dask answers there ({type(error).__name__})",
            given=address,
            allowed="an address such as tcp://127.0.0.1:8786",
            advice="Start one with dask scheduler, and workers with dask worker ADDRESS",
        ) from error
    with client:
        count = len(client.scheduler_info(n_workers=-1)["workers"])
        if not count:
            advice = f"Start some with dask worker {address}"
            raise BadValue("This scheduler has no workers", given=address, advice=advice)
        with joblib.parallel_config("dask"):
            yield count
