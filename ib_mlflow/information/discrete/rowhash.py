"""Equal rows of an integer matrix, exactly, by 64-bit keys in an open table.

A key is the sum of a row's entries times constants. Where the entries are small enough to be digits
of one number, constants are chosen so that different rows have different keys; else rows with
equal keys are compared. An int64 matrix (n, d) is given as its int32 words (n, 2d), so that one
kind of row serves all. Numbers and counts are unsigned, which spares their check as indices.
"""

from __future__ import annotations

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
def fill_constants(state: Any, constants: Any) -> None:
    """Draw odd 64-bit numbers from SplitMix64.

    Reference:
        Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA.
    """
    for j in range(constants.size):
        state = state + _WEYL
        z = (state ^ (state >> np.uint64(30))) * _MIX_1
        z = (z ^ (z >> np.uint64(27))) * _MIX_2
        constants[j] = (z ^ (z >> np.uint64(31))) | np.uint64(1)


@compiled
def table_bits(n: Any) -> Any:
    """Bits that number the slots of a table for n keys, at most half of them used."""
    bits = 1
    while (1 << bits) < 2 * n:
        bits += 1
    return bits


@compiled
def digit_limit(n: Any, d: Any) -> Any:
    """What entries must stay below in absolute value for `group_digits`; 0 if none may be."""
    width = (64 - table_bits(n)) // d
    return 1 << (width - 1) if width else 0


@compiled
def hash_rows(rows: Any, constants: Any, keys: Any) -> None:
    """Write the sum of each row's entries (n, d) times the constants (d,), modulo 2**64."""
    n, d = rows.shape
    whole = n - n % 4
    for i in range(0, whole, 4):  # four at a time, so that their sums do not wait for each other
        r0, r1, r2, r3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        k0 = k1 = k2 = k3 = np.uint64(0)
        for j in range(d):
            k0 += np.uint64(r0[j]) * constants[j]
            k1 += np.uint64(r1[j]) * constants[j]
            k2 += np.uint64(r2[j]) * constants[j]
            k3 += np.uint64(r3[j]) * constants[j]
        keys[i], keys[i + 1], keys[i + 2], keys[i + 3] = k0, k1, k2, k3
    for i in range(whole, n):
        total = np.uint64(0)
        for j in range(d):
            total += np.uint64(rows[i, j]) * constants[j]
        keys[i] = total


@compiled
def group_keys(keys: Any, rows: Any, bits: Any, group: Any, first: Any, count: Any) -> Any:
    """Number the rows (n, d) that differ, by keys (n,) that are equal for equal rows.

    A slot holds a group's number + 1 in its low bits and, above them, the key's own high bits. Of
    millions of different rows some agree there, so that agreement only picks the row to compare
    with: one pass is exact for any n. Without rows (None) the keys' high bits must tell all.
    """
    table = np.zeros(1 << bits, np.uint64)
    one, low = np.uint64(1), np.uint64((1 << bits) - 1)
    shift = np.uint64(64 - bits)
    groups = np.uint64(0)
    for i in range(keys.size):
        tag = keys[i] & ~low
        slot = keys[i] >> shift
        while True:
            entry = table[slot]
            if entry == 0:
                first[groups] = i
                count[groups] = 1
                group[i] = groups
                groups += one
                table[slot] = tag | groups
                break
            if (entry & ~low) == tag:
                known = (entry & low) - one
                if rows is None or equal_rows(rows, i, first[known]):
                    count[known] += np.uint32(1)
                    group[i] = known
                    break
            slot = (slot + one) & low
    return np.int64(groups)


@compiled
def equal_rows(rows: Any, i: Any, k: Any) -> Any:
    """Whether two rows of (n, d) are equal."""
    different = np.int32(0)
    for j in range(rows.shape[1]):
        different |= rows[i, j] ^ rows[k, j]
    return different == 0


@compiled
def group_digits(rows: Any, group: Any, first: Any, count: Any) -> Any:
    """Group rows as `group_rows` does, whose entries stay below `digit_limit`.

    The keys are the rows read as numbers with d signed digits, times an odd number, which modulo a
    power of 2 spreads them and keeps them apart; the low bits of a key stay empty for the table.
    """
    n, d = rows.shape
    bits = table_bits(n)
    width = (64 - bits) // d
    constants = np.empty(d, np.uint64)
    for j in range(d):
        constants[j] = _WEYL << np.uint64(bits + width * j)
    keys = np.empty(n, np.uint64)
    hash_rows(rows, constants, keys)
    return group_keys(keys, None, bits, group, first, count)


@compiled
def group_hashed(rows: Any, constants: Any, group: Any, first: Any, count: Any) -> Any:
    """Group rows as `group_rows` does, by a hash with the given constants (d,).

    The constants decide the time and not the result: different rows that hash alike are compared.
    """
    keys = np.empty(rows.shape[0], np.uint64)
    hash_rows(rows, constants, keys)
    return group_keys(keys, rows, table_bits(rows.shape[0]), group, first, count)


@compiled
def group_rows(rows: Any, group: Any, first: Any, count: Any) -> Any:
    """Number the distinct rows in order of appearance; return how many there are.

    Arguments:
        rows: (n, d) int32.
        group: (n,) uint32, receives the number of each row's group.
        first: (n,) uint32, receives the first row of each group.
        count: (n,) uint32, receives the number of rows in each group.
    """
    constants = np.empty(rows.shape[1], np.uint64)
    fill_constants(_WEYL, constants)
    return group_hashed(rows, constants, group, first, count)


def distinct_rows(rows: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
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
    n = words.shape[0]
    group, first, count = (np.empty(n, np.uint32) for _ in range(3))
    groups = group_rows(words, group, first, count)
    return group, count[:groups]
