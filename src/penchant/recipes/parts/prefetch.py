"""An instruction that NumPy and Numba have no name for: rows of a long array that are wanted soon are fetched while
others are computed with. Of rows here and there, waiting for memory takes longer than the arithmetic."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD = 8
"""Rows to fetch ahead. Of 4, 8, 16 and 32 the best for rows of 64 float32."""
LINE = 16
"""float32 or int32 in a line of the cache."""
READ, KEEP, DATA = 0, 3, 1
"""What LLVM's `llvm.prefetch` is told: to be read, wanted in every cache, no code."""


def fetched(typing_context: Any, array: Any, row: Any, column: Any) -> Any:
    """As Numba wants it told: the types, and what writes the instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        made = context.make_array(kind)(context, builder, arguments[0])
        place = cgutils.get_item_pointer(context, builder, kind, made, list(arguments[1:]), wraparound=False)
        place = builder.bitcast(place, cgutils.voidptr_t)
        number = ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        begin = builder.module.declare_intrinsic("llvm.prefetch", [place.type], shape)
        builder.call(begin, [place, number(READ), number(KEEP), number(DATA)])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp), generate


fetch: Any = intrinsic(fetched)
"""`fetch(array, row, column)` in compiled code: begin to fetch what is at `array[row, column]`, a place that must be
there, and go on at once."""
