# ruff: noqa: ARG001, the arguments of an intrinsic are counted by their names
"""Steps on eight numbers at once, where a compiler left alone takes them one by one.

A loop of eight steps is unrolled before it is looked at for vector instructions, and its stores
between loads then keep the steps apart. So these are written as operations on vectors of eight;
processors whose vectors are shorter do them in parts. Arrays are of float64 (`who`: int64), and
`x, at` stands for the eight numbers of x from place `at` on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba.core.cgutils
import numba.extending
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

if TYPE_CHECKING:
    from collections.abc import Callable

LANES = 8

# Called with numbers and arrays where compiled, while here they take their types.
intrinsic: Callable[[Any], Any] = numba.extending.intrinsic
cgutils: Any = numba.core.cgutils

_LONG = ir.IntType(64)
_FLOATS, _LONGS = ir.VectorType(ir.DoubleType(), LANES), ir.VectorType(_LONG, LANES)
_MAGNITUDE = ir.Constant(_LONGS, [2**63 - 1] * LANES)
_START = ir.Constant(_LONG, 0)


def _address(context: Any, builder: Any, kind: Any, array: Any, at: Any, vector: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())


def _load(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    return builder.load(_address(context, builder, kind, array, at, _FLOATS), align=8)


def _all(builder: Any, number: Any, vector: Any = _FLOATS) -> Any:
    undefined, place = ir.Constant(vector, ir.Undefined), ir.IntType(32)
    first = builder.insert_element(undefined, number, ir.Constant(place, 0))
    zeros = ir.Constant(ir.VectorType(place, LANES), [0] * LANES)
    return builder.shuffle_vector(first, undefined, zeros)


def _greater(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _together(builder: Any, vector: Any, combine: Any) -> Any:
    """All lanes as one number, by halves."""
    place, width = ir.IntType(32), LANES
    while width > 1:
        width //= 2
        undefined, kind = ir.Constant(vector.type, ir.Undefined), ir.VectorType(place, width)
        halves = [
            builder.shuffle_vector(
                vector, undefined, ir.Constant(kind, list(range(at, at + width)))
            )
            for at in (0, width)
        ]
        vector = combine(builder, *halves)
    return builder.extract_element(vector, ir.Constant(place, 0))


def _largest_by_axis(builder: Any, d: Any, size: Any) -> Any:
    """The largest of 0 and the sizes along d axes, in each lane."""
    most = cgutils.alloca_once_value(builder, ir.Constant(_FLOATS, [0.0] * LANES))
    with cgutils.for_range(builder, d) as loop:
        at = builder.mul(loop.index, ir.Constant(_LONG, LANES))
        builder.store(_greater(builder, size(at), builder.load(most)), most)
    return builder.load(most)


def _gaps(context: Any, builder: Any, kind: Any, x: Any, places: Any) -> Any:
    """The distances of (x, at) from the point at `point`, in the maximum norm."""
    at, point, d = places
    data = context.make_array(kind)(context, builder, x).data

    def size(axis: Any) -> Any:
        own = _load(context, builder, kind, x, builder.add(at, axis))
        other = builder.load(builder.gep(data, [builder.add(point, axis)]))
        step = builder.bitcast(builder.fsub(own, _all(builder, other)), _LONGS)
        return builder.bitcast(builder.and_(step, _MAGNITUDE), _FLOATS)

    return _largest_by_axis(builder, d, size)


@intrinsic
def gaps_from(_: Any, x: Any, at: Any, point: Any, d: Any, gaps: Any) -> Any:
    """Write the distances, in the maximum norm, of the points (x, at) from one at `point`.

    Points are eight together, the numbers of an axis in a row: those of the next are 8 further on.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        gap = _gaps(context, builder, kinds[0], given[0], given[1:4])
        address = _address(context, builder, kinds[4], given[4], _START, _FLOATS)
        builder.store(gap, address, align=8)
        return context.get_dummy_value()

    return types.void(x, types.int64, types.int64, types.int64, gaps), generate


@intrinsic
def sides_from(_: Any, x: Any, above: Any, below: Any, boxes: Any, high: Any, low: Any, d: Any,
               gaps: Any) -> Any:  # fmt: skip
    """Write how far (x, above) are above (boxes, high) or (x, below) below (boxes, low), or 0.

    In the maximum norm; of the two corners of a box it is the number at that place that is taken.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        data = context.make_array(kinds[3])(context, builder, given[3]).data

        def size(axis: Any) -> Any:
            upper, lower = (
                _load(context, builder, kinds[0], given[0], builder.add(at, axis))
                for at in given[1:3]
            )
            high, low = (
                _all(builder, builder.load(builder.gep(data, [builder.add(at, axis)])))
                for at in given[4:6]
            )
            return _greater(builder, builder.fsub(upper, high), builder.fsub(low, lower))

        address = _address(context, builder, kinds[7], given[7], _START, _FLOATS)
        builder.store(_largest_by_axis(builder, given[6], size), address, align=8)
        return context.get_dummy_value()

    place = types.int64
    return types.void(x, place, place, boxes, place, place, place, gaps), generate


@intrinsic
def any_below(_: Any, gaps: Any, limits: Any, at: Any) -> Any:
    """Whether a gap is below its limit."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds, bits = signature.args, ir.IntType(LANES)
        gap = _load(context, builder, kinds[0], given[0], _START)
        limit = _load(context, builder, kinds[1], given[1], given[2])
        below = builder.bitcast(builder.fcmp_ordered("<", gap, limit), bits)
        return builder.icmp_unsigned("!=", below, ir.Constant(bits, 0))

    return types.boolean(gaps, limits, types.int64), generate


@intrinsic
def insert(_: Any, gaps: Any, number: Any, near: Any, who: Any, k: Any) -> Any:
    """Put gaps and one number for all into near and who (k · 8), kept ascending in each lane."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        gap = _load(context, builder, kinds[0], given[0], _START)
        carried = cgutils.alloca_once_value(builder, gap)
        name = cgutils.alloca_once_value(builder, _all(builder, given[1], _LONGS))
        with cgutils.for_range(builder, given[4]) as loop:
            at = builder.mul(loop.index, ir.Constant(_LONG, LANES))
            places = [
                _address(context, builder, kinds[i], given[i], at, vector)
                for i, vector in ((2, _FLOATS), (3, _LONGS))
            ]
            less = None
            for place, moving in zip(places, (carried, name), strict=True):
                new, old = builder.load(moving), builder.load(place, align=8)
                less = builder.fcmp_ordered("<", new, old) if less is None else less
                builder.store(builder.select(less, new, old), place, align=8)
                builder.store(builder.select(less, old, new), moving)
        return context.get_dummy_value()

    return types.void(gaps, types.int64, near, who, types.int64), generate


@intrinsic
def largest(_: Any, x: Any, at: Any) -> Any:
    """The largest of eight numbers."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return _together(builder, _load(context, builder, signature.args[0], *given), _greater)

    return types.float64(x, types.int64), generate


@intrinsic
def count_leaf(_: Any, x: Any, at: Any, other: Any, d: Any, limits: Any, counts: Any) -> Any:
    """Add to counts how many of the points (x, other) are within each limit of the (x, at)."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        limit = _load(context, builder, kinds[4], given[4], _START)
        address = _address(context, builder, kinds[5], given[5], _START, _FLOATS)
        count = cgutils.alloca_once_value(builder, builder.load(address, align=8))
        one, none = (ir.Constant(_FLOATS, [number] * LANES) for number in (1.0, 0.0))
        with cgutils.for_range(builder, ir.Constant(_LONG, LANES)) as loop:
            point = builder.add(given[2], loop.index)
            gap = _gaps(context, builder, kinds[0], given[0], (given[1], point, given[3]))
            more = builder.select(builder.fcmp_ordered("<=", gap, limit), one, none)
            builder.store(builder.fadd(builder.load(count), more), count)
        builder.store(builder.load(count), address, align=8)
        return context.get_dummy_value()

    place = types.int64
    return types.void(x, place, place, place, limits, counts), generate


@intrinsic
def weigh_leaf(_: Any, x: Any, at: Any, other: Any, d: Any, limits: Any, weights: Any,
               sums: Any) -> Any:  # fmt: skip
    """Add to (sums, at of eight) the weights of those (x, other) within whose limit (x, at) are."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        kinds = signature.args
        start = builder.sdiv(given[1], given[3])
        address = _address(context, builder, kinds[6], given[6], start, _FLOATS)
        total = cgutils.alloca_once_value(builder, builder.load(address, align=8))
        none = ir.Constant(_FLOATS, [0.0] * LANES)
        with cgutils.for_range(builder, ir.Constant(_LONG, LANES)) as loop:
            point = builder.add(given[2], loop.index)
            gap = _gaps(context, builder, kinds[0], given[0], (given[1], point, given[3]))
            limit, weight = (
                _all(
                    builder,
                    builder.load(
                        builder.gep(
                            context.make_array(kinds[i])(context, builder, given[i]).data,
                            [loop.index],
                        )
                    ),
                )
                for i in (4, 5)
            )
            more = builder.select(builder.fcmp_ordered("<=", gap, limit), weight, none)
            builder.store(builder.fadd(builder.load(total), more), total)
        builder.store(builder.load(total), address, align=8)
        return context.get_dummy_value()

    place = types.int64
    return types.void(x, place, place, place, limits, weights, sums), generate
