"""The density that is sampled, with its gradient: one compiled kernel, and the PyTensor operation that hands it to
PyMC.

Written out by hand because compiling the same density from symbols takes most of a minute in every process, and this
kernel is kept between them.
"""

from functools import cache

import numpy as np

from vadose.core.arrays import Array
from vadose.core.compiled import kernel


def pack(
    constant: float,
    prior_mean: Array,
    prior_scale: Array,
    mean: Array,
    root: Array,
    df: Array,
    scale: Array,
    lkj: Array,
    centre: Array,
    spread: Array,
) -> Array:
    """All data of a model whose shape the kind fixes, as one vector: PyTensor compiles longer with every array it is
    given.

    Parameters
    ----------
    constant : float
        Added to every log density.
    prior_mean, prior_scale : (width, 2) or (2 width,) arrays
        Of the coefficients.
    mean : (2 width,) array
    root : (2 width, 2 width) array
        Whitened coefficients: B = mean + root theta.
    df, scale, lkj : (component,) arrays
        Priors of the deviations and correlations of residuals, groups and times.
    centre : (3 component,) array
    spread : (3 component, 3 component) array
        Whitened covariance parameters: eta = centre + spread xi.

    Returns
    -------
    (size,) array
    """
    parts = (constant, prior_mean, prior_scale, mean, root, df, scale, lkj, centre, spread)
    return np.concatenate([np.ravel(part) for part in parts]).astype(np.float64)


@kernel
def log_density(theta: Array, xi: Array, strata: Array, fixed: Array) -> tuple[float, Array, Array]:
    """Log posterior in whitened coordinates and its gradient.

    Parameters
    ----------
    theta : (2 width,) float array
        Whitened coefficients: vec B = mean + root theta, term by term, P before SM.
    xi : (3 q,) float array
        Whitened covariance parameters of q components: (log sd P, log sd SM, atanh rho) = centre + spread xi.
    strata : (s, 1 + q + (width + 2)^2) float array
        Degrees of freedom, weight of every component, and the SSCP in the basis of residuals about `mean`.
    fixed : float array
        From `pack`.

    Returns
    -------
    (float, (2 width,) float array, (3 q,) float array)
        Up to one constant; no missing values: parameters out of every range give -inf or NaN, which the sampler
        refuses.

    Notes
    -----
    -1/2 sum_s [d_s log|V_s| + tr(V_s^-1 C'G_s C)] + log prior + log Jacobian of exp and tanh (docs/models.md#model-a,
    #model-b, #crossed). With A = V^-1 and M = d A - A S A: d/dB = (G C A) of the rows of B, d/dV = -M / 2.
    """
    q, size, at = xi.size // 3, theta.size, 1 + 3 * theta.size + theta.size * theta.size
    width = size // 2
    prior_mean = fixed[1 : 1 + size]
    prior_scale = fixed[1 + size : 1 + 2 * size]
    mean = fixed[1 + 2 * size : 1 + 3 * size]
    root = fixed[1 + 3 * size : at].reshape((size, size))
    centre = fixed[at + 3 * q : at + 6 * q]
    spread = fixed[at + 6 * q :].reshape((3 * q, 3 * q))
    shift, eta = _times(root, theta), centre + _times(spread, xi)
    standard = (mean + shift - prior_mean) / prior_scale
    value = fixed[0] - 0.5 * np.sum(standard * standard)
    pull = -standard / prior_scale
    slope = np.zeros(3 * q)
    contrast = np.zeros((width + 2, 2))
    contrast[:width] = -shift.reshape((width, 2))
    contrast[width, 0] = contrast[width + 1, 1] = 1.0
    for s in range(strata.shape[0]):
        value += _add_stratum(strata[s], q, eta, contrast, pull, slope)
    value += _add_covariance_prior(
        eta, fixed[at : at + q], fixed[at + q : at + 2 * q], fixed[at + 2 * q : at + 3 * q], slope
    )
    return value, _times(root.T, pull), _times(spread.T, slope)


@kernel
def _add_stratum(row: Array, q: int, eta: Array, contrast: Array, pull: Array, slope: Array) -> float:
    """Log-likelihood of one stratum; its gradient is added to `pull` (by B) and `slope` (by eta)."""
    v11, v12, v22 = 0.0, 0.0, 0.0
    for k in range(q):
        a = np.exp(eta[3 * k])
        b = np.exp(eta[3 * k + 1])
        rho = np.tanh(eta[3 * k + 2])
        size = row[1 + k]
        v11 = v11 + size * a * a
        v12 = v12 + size * a * b * rho
        v22 = v22 + size * b * b
    s11, s12, s22 = 0.0, 0.0, 0.0
    columns = contrast.shape[0]
    weighted = np.zeros((columns, 2))
    for i in range(columns):
        for j in range(columns):
            product = row[1 + q + i * columns + j]
            weighted[i, 0] += product * contrast[j, 0]
            weighted[i, 1] += product * contrast[j, 1]
        s11 = s11 + contrast[i, 0] * weighted[i, 0]
        s12 = s12 + contrast[i, 0] * weighted[i, 1]
        s22 += contrast[i, 1] * weighted[i, 1]
    degrees, determinant = row[0], v11 * v22 - v12 * v12
    a11 = v22 / determinant
    a12 = -v12 / determinant
    a22 = v11 / determinant
    for i in range(columns - 2):
        pull[2 * i] += weighted[i, 0] * a11 + weighted[i, 1] * a12
        pull[2 * i + 1] += weighted[i, 0] * a12 + weighted[i, 1] * a22
    b11 = a11 * s11 + a12 * s12
    b12 = a11 * s12 + a12 * s22
    b21 = a12 * s11 + a22 * s12
    b22 = a12 * s12 + a22 * s22
    m11 = degrees * a11 - (b11 * a11 + b12 * a12)
    m12 = degrees * a12 - (b11 * a12 + b12 * a22)
    m22 = degrees * a22 - (b21 * a12 + b22 * a22)
    for k in range(q):
        a = np.exp(eta[3 * k])
        b = np.exp(eta[3 * k + 1])
        rho = np.tanh(eta[3 * k + 2])
        size = row[1 + k]
        slope[3 * k] -= size * a * (m11 * a + m12 * b * rho)
        slope[3 * k + 1] -= size * b * (m22 * b + m12 * a * rho)
        slope[3 * k + 2] -= size * m12 * a * b * (1 - rho * rho)
    return -0.5 * (degrees * np.log(determinant) + a11 * s11 + 2 * a12 * s12 + a22 * s22)


@kernel
def _add_covariance_prior(eta: Array, df: Array, scale: Array, lkj: Array, slope: Array) -> float:
    """Log prior of deviations and correlations with the Jacobians sd and 1 - rho^2; LKJ's exponent lkj - 1 becomes
    lkj."""
    value = 0.0
    for k in range(df.size):
        rho = np.tanh(eta[3 * k + 2])
        value += lkj[k] * np.log1p(-rho * rho)
        slope[3 * k + 2] -= 2 * lkj[k] * rho
        for i in range(2):
            square = np.exp(2 * eta[3 * k + i]) / (scale[k] * scale[k] * df[k])
            value += eta[3 * k + i] - 0.5 * (df[k] + 1) * np.log1p(square)
            slope[3 * k + i] += 1 - (df[k] + 1) * square / (1 + square)
    return value


@kernel
def _times(matrix: Array, x: Array) -> Array:
    """A square matrix times x."""
    product = np.zeros(x.size)
    for i in range(x.size):
        for j in range(x.size):
            product[i] += matrix[i, j] * x[j]
    return product


@cache
def operation():
    """`log_density` as a PyTensor operation on (theta, xi, strata, fixed), with its gradient."""
    import pytensor.tensor as pt
    from numba import njit
    from pytensor.gradient import DisconnectedType
    from pytensor.graph.basic import Apply
    from pytensor.graph.op import Op
    from pytensor.link.numba.dispatch import numba_funcify

    class LogDensity(Op):
        __props__ = ()

        def make_node(self, *inputs):
            variables = [pt.as_tensor_variable(given) for given in inputs]
            theta, xi = variables[:2]
            return Apply(self, variables, [pt.dscalar(), theta.type(), xi.type()])

        def perform(self, node, inputs, outputs):
            for output, value in zip(outputs, log_density(*(np.ascontiguousarray(given) for given in inputs))):
                output[0] = np.asarray(value)

        def connection_pattern(self, node):
            return [[True, False, False], [True, False, False], [False] * 3, [False] * 3]

        def L_op(self, inputs, outputs, output_gradients):
            return [
                output_gradients[0] * outputs[1],
                output_gradients[0] * outputs[2],
                DisconnectedType()(),
                DisconnectedType()(),
            ]

    @numba_funcify.register(LogDensity)
    def compiled(op, **_):
        @njit
        def call(theta, xi, strata, fixed):
            value, by_theta, by_xi = log_density(theta, xi, strata, fixed)
            return np.asarray(value), by_theta, by_xi

        return call

    return LogDensity()
