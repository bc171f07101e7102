"""exp, log and their relatives written so that LLVM turns a loop over observations into vector instructions.

Calls into the C library keep a numba loop scalar; these range reductions and polynomials do not. None of these
functions is compiled with `reassoc`: the tricks with rounding (`x + big - big`, `(1 + z) - 1`) must be kept as they
stand, also after they are inlined in a loop that may reassociate its sums. Errors are a few units in the last place
(tests/unit/test_copula_density.py).
"""

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from vadose.core.compiled import kernel

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
INVERSE_LN2 = 1.44269504088896338700
ROUNDER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer and leaves that integer in the low bits
ROUNDER_BITS = int(np.array(ROUNDER).view(np.int64))
LARGEST_EXPONENT = 708.0
ONE_BITS = 0x3FF0000000000000
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
MANTISSA_BITS = 0x000FFFFFFFFFFFFF


@intrinsic
def float_bits(typing_context, x):
    """The 64 bits of a float64 as an integer."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def bits_float(typing_context, x):
    """The float64 that these 64 bits mean."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def nearest(typing_context, x):
    """The nearest whole number, the even one of two, as numpy's rint."""

    def generate(context, builder, signature, arguments):
        return builder.call(builder.module.declare_intrinsic("llvm.rint", [ir.DoubleType()]), arguments)

    return types.float64(types.float64), generate


@kernel(fastmath={"contract"})
def expm1_reduced(x):
    """Split exp(x) = scale * (1 + p): returns (p, scale) with scale a power of two and |log(1 + p)| <= log(2) / 2."""
    x = min(max(x, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    shifted = x * INVERSE_LN2 + ROUNDER
    scale = bits_float((float_bits(shifted) - (ROUNDER_BITS - 1023)) << 52)
    whole = shifted - ROUNDER
    r = (x - whole * LN2_HIGH) - whole * LN2_LOW
    square = r * r
    fourth = square * square
    low = (0.5 + r * (1.0 / 6.0)) + square * (1.0 / 24.0 + r * (1.0 / 120.0))
    middle = (1.0 / 720.0 + r * (1.0 / 5040.0)) + square * (1.0 / 40320.0 + r * (1.0 / 362880.0))
    high = (1.0 / 3628800.0 + r * (1.0 / 39916800.0)) + square * (1.0 / 479001600.0 + r * (1.0 / 6227020800.0))
    return square * (low + fourth * (middle + fourth * high)) + r, scale


@kernel(fastmath={"contract"})
def vexp(x):
    """exp(x); arguments beyond +-708 are held there."""
    p, scale = expm1_reduced(x)
    return p * scale + scale


@kernel(fastmath={"contract"})
def vexpm1(x):
    """exp(x) - 1 without cancellation near zero."""
    p, scale = expm1_reduced(x)
    return p * scale + (scale - 1.0)


@kernel(fastmath={"contract"})
def log_split(x):
    """x = 2^exponent (1 + f) with 1 + f between sqrt(1/2) and sqrt(2), for x > 0: (exponent, f)."""
    shifted = float_bits(x) + (ONE_BITS - SQRT_HALF_BITS)
    return float((shifted >> 52) - 1023), bits_float((shifted & MANTISSA_BITS) + SQRT_HALF_BITS) - 1.0


@kernel(fastmath={"contract"})
def log_joined(exponent, f, s):
    """log of what `log_split` split, with s = f / (2 + f)."""
    z = s * s
    w = z * z
    even = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    half = 0.5 * f * f
    return exponent * LN2_HIGH - ((half - (s * (half + (even + odd)) + exponent * LN2_LOW)) - f)


@kernel(fastmath={"contract"})
def vlog(x):
    """log(x) for x > 0 (zero gives about -709 instead of -inf, so that sums stay finite)."""
    exponent, f = log_split(x)
    return log_joined(exponent, f, f / (2.0 + f))


@kernel(fastmath={"contract"})
def log_inverse(x):
    """log(x) and 1 / x for 0 < x < 1e300, by one division, which costs a vector more than an exponential does."""
    exponent, f = log_split(x)
    inverse = 1.0 / (x * (2.0 + f))
    return log_joined(exponent, f, f * (inverse * x)), inverse * (2.0 + f)


@kernel(fastmath={"contract"})
def log_inverse_pair(x, y):
    """log(x), log(y), 1 / x and 1 / y by one division; x y between 1e-300 and 1e300."""
    exponent_x, f = log_split(x)
    exponent_y, g = log_split(y)
    a = x * (2.0 + f)
    b = y * (2.0 + g)
    inverse = 1.0 / (a * b)
    by_a = inverse * b
    by_b = inverse * a
    return (
        log_joined(exponent_x, f, f * (by_a * x)),
        log_joined(exponent_y, g, g * (by_b * y)),
        by_a * (2.0 + f),
        by_b * (2.0 + g),
    )


@kernel(fastmath={"contract"})
def exponent_bits(x):
    """The exponent of x > 0 as `log_split` splits it, plus 1023, whole: to be summed up for `log_of_product`."""
    return (float_bits(x) + (ONE_BITS - SQRT_HALF_BITS)) >> 52


@kernel(fastmath={"contract"})
def mantissa(x):
    """x > 0 without its exponent, between sqrt(1/2) and sqrt(2): to be multiplied up for `log_of_product`."""
    return bits_float(((float_bits(x) + (ONE_BITS - SQRT_HALF_BITS)) & MANTISSA_BITS) + SQRT_HALF_BITS)


@kernel
def log_of_product(mantissas, exponents, n):
    """Sum of the logarithms of n numbers from the product of `mantissa` and the sum of `exponent_bits`: one logarithm
    in place of n. For n up to 2000, beyond which the product might overflow."""
    return math.log(mantissas) + (exponents - 1023 * n) * math.log(2.0)


@kernel
def vlog1p(x):
    """log(1 + x) without cancellation near zero: the rounding of 1 + x is put back to first order."""
    rounded = 1.0 + x
    return vlog(rounded) - ((rounded - 1.0) - x) / rounded


@kernel
def vlog1mexp(y):
    """log(1 - exp(y)) for y < 0, exact at both ends."""
    e = vexp(y)
    w = -vexpm1(y)
    lost = ((1.0 - w) - e) / w
    return vlog(w) + (lost if e < 0.5 else 0.0)


@kernel(fastmath={"contract"})
def polynomial(x, a, b, c, d, e, f, g, h):
    """a x^7 + b x^6 + ... + h, by Horner's scheme."""
    return ((((((x * a + b) * x + c) * x + d) * x + e) * x + f) * x + g) * x + h


# fmt: off
@kernel(fastmath={"contract"})
def normal_quantile(u):
    """Quantile of the standard normal distribution (Wichura 1988, algorithm AS 241), both branches computed so that
    loops vectorise."""
    q = u - 0.5
    r = 0.180625 - q * q
    central_top = polynomial(
        r, 2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
        13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608)
    central_bottom = polynomial(
        r, 5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
        5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0)
    tail = min(u, 1.0 - u)
    t = np.sqrt(-vlog(max(tail, 1e-300)))
    a = t - 1.6
    near_top = polynomial(
        a, 7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
        3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734)
    near_bottom = polynomial(
        a, 1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
        0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0)
    b = t - 5.0
    far_top = polynomial(
        b, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
        0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772)
    far_bottom = polynomial(
        b, 2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
        0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0)
    outer = near_top / near_bottom if t <= 5.0 else far_top / far_bottom
    outer = -outer if q < 0.0 else outer
    return q * central_top / central_bottom if abs(q) <= 0.425 else outer
