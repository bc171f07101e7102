"""The width of a region and its crossing of the date line, from its edges alone; loads nothing."""


def width_of(west: float, east: float) -> float:
    """Degrees from west to east; an east below the west lies beyond the date line.

    Parameters
    ----------
    west, east : float
        Degrees east, -360 to 360.
    """
    return east - west if east >= west else east - west + 360.0


def doubt(west: float, east: float) -> str:
    """A sentence about a region across the date line that is wider than half the globe, as one whose west and east were
    exchanged by mistake is; "" of any other.

    Parameters
    ----------
    west, east : float
        Degrees east; an east below the west lies beyond the date line.
    """
    width = width_of(west, east)
    if east >= west or width <= 180.0:
        return ""
    return (
        f"The region goes from {west:g} degrees east over the date line to {east:g} and is {width:g} degrees wide. If "
        "that is not meant, exchange west and east."
    )
