"""What every executor does, wherever it computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Compute items that do not depend on each other.

    It is a context: at its end no process computes on.

    Example:
        >>> from ib_mlflow.execution import LocalExecutor
        >>> def squares(executor: Executor) -> list[int]:
        ...     return list(executor.map((3).__pow__, [1, 2, 3]))
        >>> with LocalExecutor(workers=1) as executor:
        ...     squares(executor)
        [3, 9, 27]
    """

    @property
    def in_process(self) -> bool:
        """Whether items are computed in this very process, one after the other."""
        ...

    @property
    def places(self) -> int:
        """How many items are computed at a time, as things stand."""
        ...

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        report: Callable[[int], None] | None = None,
    ) -> Generator[Result, None, None]:
        """Compute a function of each item.

        After an item's failure no later item is begun; those that run are finished, and the
        failure is raised where the item's result would stand. Results are computed only while
        they are asked for; a generator that is closed early stops what it has begun.

        Arguments:
            function: of one item.
            items: in the order of the results.
            report: called with the number of items that are done: at each change and, while this
                process waits for others, every second or so. What it raises ends the computation.

        Returns:
            The results in the order of the items, each as soon as those before it are there.

        Raises:
            InvalidInputError: the function, an item or a result cannot go to another process.
            ExecutionError: a process was lost, and lost again when the item was begun anew.
            Exception: what the function raises.
        """
        ...

    def close(self) -> None:
        """Stop the processes: what is being computed is told to stop, and waited for."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
