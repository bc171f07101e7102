"""Numbers of a run in sentences: what the templates of report, gallery and manuscripts call. Texts are plain."""

import re
from collections.abc import Mapping, Sequence

from vadose.figures.style import unit_text
from vadose.studies.depths import dashed


def minus(text: str) -> str:
    """Minus signs as they are printed."""
    return re.sub(r"(?<![\w])-(?=\d)", "\u2212", text)


class Numbers:
    """Headline numbers of one study over its whole area, as sentences ask for them.

    Parameters
    ----------
    entries : mapping
        `numbers` of numbers.json.
    study : str
    """

    def __init__(self, entries: Mapping[str, Mapping], study: str) -> None:
        self.entries = [one for one in entries.values() if one["study"] == study and not one.get("region")]

    @property
    def cells(self) -> int:
        """Cells of the number that has most of them."""
        return max((one["cells"] or 0 for one in self.entries), default=0)

    def one(self, quantity: str, period: str = "") -> Mapping | None:
        """A number by its quantity and period; None where the run has none."""
        ranked = self.ranked(quantity, period)
        return ranked[0] if ranked else None

    def ranked(
        self, quantity: str, period: str = "", scale: str = "", *, keep_order: bool = False, leave: str = ""
    ) -> list[dict]:
        """Numbers of a quantity, each with what tells it from the others as its `label`.

        Parameters
        ----------
        quantity : str
        period, scale : str
            Parts of the case that they must have; "" for any.
        keep_order : bool
            In the order of the run instead of the largest first.
        leave : str
            Part of the case that they must not have.
        """
        chosen = []
        for one in self.entries:
            parts = one["case"].split(", ")
            if one["quantity"] == quantity and {period, scale} - {""} <= set(parts) and leave not in parts:
                rest = [part for part in parts if part not in (period, scale, "ecoregions and layers")]
                chosen.append({**one, "label": ", ".join(rest)})
        return chosen if keep_order else sorted(chosen, key=lambda one: -abs(one["value"]))

    def listing(
        self, quantity: str, period: str = "", scale: str = "", *, keep_order: bool = False, most: int | None = None
    ) -> str:
        """Numbers of a quantity with their labels, all or the largest: "25.4 % (25.1 to 25.6) for humid and ...".

        Parameters
        ----------
        quantity, period, scale : str
            As in `ranked`.
        keep_order : bool
            In the order of the run instead of by size.
        most : int or None
            How many.
        """
        ranked = self.ranked(quantity, period, scale, keep_order=keep_order)[:most]
        return joined([f"{value(one)} for {named(one)}" for one in ranked])


def named(one: Mapping) -> str:
    """What tells a number from the others: grasslands (10-100 cm), with dashes."""
    first, _, rest = dashed(one["label"]).partition(", ")
    return f"{first} ({rest})" if rest else first


def bare(one: Mapping) -> str:
    """A number with its unit."""
    units = {"": "", "%": "\u00a0%", "percentage points": " percentage points"}
    return minus(one["text"]) + units.get(
        one["text_unit"], "\u00a0" + unit_text(one["text_unit"]).replace(" ", "\u00a0")
    )


def limits(one: Mapping) -> str:
    """The interval of a number; nothing where it has none."""
    return minus(one["interval_text"] or "")


def value(one: Mapping) -> str:
    """A number with its unit and interval; what the interval is over where it is not over years."""
    head, _, interval = within(one).partition("; ")
    return f"{head} ({interval})" if interval else head


def within(one: Mapping) -> str:
    """The same for use in brackets: 39.9 %; 39.4 to 40.5."""
    if one["interval_text"] is None:
        return bare(one)
    over = {"years": "", "places": ", over places", "posterior": ", posterior"}[one["interval_over"]]
    return f"{bare(one)}; {limits(one)}{over}"


def judged(one: Mapping, reference: str = "zero") -> str:
    """What follows a number whose interval does not leave its reference out, or that has none."""
    if one["interval_text"] is None:
        return ", a number without an interval"
    return "" if one["significant"] else f", not significantly different from {reference}"


def changed(listed: Sequence[Mapping], most: int | None = None) -> str:
    """Changes of which the interval leaves zero out, all or the first."""
    certain = [f"{dashed(one['label'].partition(',')[0])} by {value(one)}" for one in listed if one["significant"]]
    return joined(certain[:most]) or "none"


def joined(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def vocabulary(numbers: Numbers) -> dict[str, object]:
    """What a template may call, by name."""
    words = (dashed, named, bare, limits, value, within, judged, changed, joined)
    listed: dict[str, object] = {function.__name__: function for function in words}
    return listed | {"every": numbers.entries, "one": numbers.one, "ranked": numbers.ranked, "listing": numbers.listing}
