"""Equal rows of an integer matrix, found by a 64-bit hash and then compared, so that it is exact.

An int64 matrix (n, d) is given as its int32 words (n, 2d): one kind of row serves all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

compiled = njit(cache=True, nogil=True, error_model="numpy")

_WEYL = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


@compiled
def fill_constants(state: Any, constants: Any) -> Any:
    """Draw odd 64-bit numbers from SplitMix64; return the generator's state.

    Reference:
        Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA.
    """
    for j in range(constants.size):
        state = state + _WEYL
        z = (state ^ (state >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
        constants[j] = (z ^ (z >> np.uint64(31))) | np.uint64(1)
    return state


@lru_cache(maxsize=64)
def hash_constants(d: int) -> NDArray[np.uint64]:
    """Multipliers of the hash, one per column (d,)."""
    constants = np.empty(d, np.uint64)
    fill_constants(np.uint64(d), constants)
    return constants


@compiled
def hash_rows(rows: Any, constants: Any, hashes: Any) -> None:
    """Hash each row (n, d) to the sum of its entries times the constants, modulo 2**64."""
    n, d = rows.shape
    for i in range(n):
        total = np.uint64(0)
        for j in range(d):
            total += np.uint64(rows[i, j]) * constants[j]
        hashes[i] = total


@compiled
def group_hashes(hashes: Any, group: Any, first: Any, count: Any) -> Any:
    """Number the distinct hashes (n,) as `group_rows` numbers rows; return how many there are."""
    n = hashes.size
    bits = 1
    while (1 << bits) < 2 * n:
        bits += 1
    # A slot holds a group's number + 1 in its low bits and, above them, the hash's own high bits.
    table = np.zeros(1 << bits, np.uint64)
    low = np.uint64((1 << bits) - 1)
    shift = np.uint64(64 - bits)
    groups = 0
    for i in range(n):
        tag = hashes[i] & ~low
        slot = np.int64(hashes[i] >> shift)
        while True:
            entry = table[slot]
            if entry == 0:
                first[groups] = i
                count[groups] = 1
                group[i] = groups
                groups += 1
                table[slot] = tag | np.uint64(groups)
                break
            if (entry & ~low) == tag:
                found = np.int64(entry & low) - 1
                count[found] += 1
                group[i] = found
                break
            slot = (slot + 1) & np.int64(low)
    return groups


@compiled
def equal_within_groups(rows: Any, group: Any, first: Any) -> Any:
    """Whether every row (n, d) equals the first row of its group."""
    n, d = rows.shape
    different = np.int32(0)
    for i in range(n):
        representative = first[group[i]]
        if representative != i:
            for j in range(d):
                different |= rows[i, j] ^ rows[representative, j]
    return different == 0


@compiled
def group_rows(rows: Any, constants: Any, group: Any, first: Any, count: Any) -> Any:
    """Number the distinct rows in order of appearance; return how many there are.

    Equal rows hash alike, so they always share a group. Different rows that hash alike would
    share one too: the comparison with the group's first row finds that, and all rows are hashed
    anew with other constants until there is none.

    Arguments:
        rows: (n, d) int32.
        constants: (d,) or longer, from `hash_constants`.
        group: (n,) int32, receives the number of each row's group.
        first: (n,) int32, receives the first row of each group.
        count: (n,) int32, receives the number of rows in each group.
    """
    hashes = np.empty(rows.shape[0], np.uint64)
    hash_rows(rows, constants, hashes)
    groups = group_hashes(hashes, group, first, count)
    state = constants[0]
    while not equal_within_groups(rows, group, first):
        others = np.empty(rows.shape[1], np.uint64)
        state = fill_constants(state, others)
        hash_rows(rows, others, hashes)
        groups = group_hashes(hashes, group, first, count)
    return groups


def distinct_rows(rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Number the distinct rows of an integer matrix, in order of appearance.

    Arguments:
        rows: (n, d) int64, n and d at least 1.

    Returns:
        The number of each row's group (n,), and the groups' sizes (groups,).

    Example:
        >>> group, count = distinct_rows(np.array([[5, 1], [0, 2], [5, 1]]))
        >>> group.tolist(), count.tolist()
        ([0, 1, 0], [2, 1])
    """
    words = np.ascontiguousarray(rows, np.int64).view(np.int32)
    n, d = words.shape
    group, first, count = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    groups = group_rows(words, hash_constants(d), group, first, count)
    return group, count[:groups]
