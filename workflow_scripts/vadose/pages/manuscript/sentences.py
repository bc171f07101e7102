"""Numbers of a run in sentences: what the templates of the manuscripts call. Texts are Typst markup."""

import re
from collections.abc import Mapping, Sequence


def quoted(text: object) -> str:
    """A string of Typst."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def plain(text: object) -> str:
    """Text of a run as Typst prints it, whatever signs it holds; nothing for nothing."""
    return f"#{quoted(text)};" if str(text) else ""


def unit(text: str) -> str:
    """A CF unit with raised powers: kg m#super[-2] yr#super[-1]."""
    return re.sub(r"(?<=[a-z])(-?\d+)", lambda power: f"#super[{minus(power[1])}]", text)


def minus(text: str) -> str:
    """Minus signs as they are printed."""
    return re.sub(r"(?<![\w])-(?=\d)", "\u2212", text)


class Numbers:
    """Headline numbers of one study, as the sentences of its manuscript ask for them.

    Parameters
    ----------
    entries : mapping
        `numbers` of numbers.json.
    study : str
    """

    def __init__(self, entries: Mapping[str, Mapping], study: str) -> None:
        self.entries = [one for one in entries.values() if one["study"] == study]

    def one(self, quantity: str, period: str = "") -> Mapping | None:
        """A number by its quantity and period; None where the run has none."""
        ranked = self.ranked(quantity, period)
        return ranked[0] if ranked else None

    def ranked(self, quantity: str, period: str = "", scale: str = "", *, keep_order: bool = False) -> list[dict]:
        """Numbers of a quantity, each with what tells it from the others as its `label`.

        Parameters
        ----------
        quantity : str
        period, scale : str
            Parts of the case that they must have; "" for any.
        keep_order : bool
            In the order of the run instead of the largest first.
        """
        chosen = []
        for one in self.entries:
            parts = one["case"].split(", ")
            if one["quantity"] == quantity and {period, scale} - {""} <= set(parts):
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
        return joined([f"{value(one)} for {plain(named(one))}" for one in ranked])


def dashed(text: str) -> str:
    """Spans of years and depths with the dash that is printed for them."""
    return re.sub(r"(?<=\d)-(?=\d)", "\u2013", text)


def named(one: Mapping) -> str:
    """What tells a number from the others: grasslands (10-100 cm), with dashes."""
    first, _, rest = dashed(one["label"]).partition(", ")
    return f"{first} ({rest})" if rest else first


def bare(one: Mapping) -> str:
    """A number with its unit."""
    units = {"": "", "%": " %", "percentage points": " percentage points"}
    return minus(one["text"]) + units.get(one["text_unit"], f" {unit(one['text_unit'])}")


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
    return (
        "" if one["significant"] else f", which does not differ from {reference} by more than years do from one another"
    )


def changed(listed: Sequence[Mapping]) -> str:
    """Changes of which the interval leaves zero out."""
    certain = [
        f"{plain(dashed(one['label'].partition(',')[0]))} by {value(one)}" for one in listed if one["significant"]
    ]
    return joined(certain) or "none"


def joined(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
