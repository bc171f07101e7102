"""Terms of the driver models as figures write them."""

from vadose.figures import style


def term_name(term: str) -> str:
    """A term of the driver models as figures write it, of any formula."""
    if term in style.TERMS:
        return style.TERMS[term]
    factors = [factor.partition("^")[::2] for factor in term.split(":")]
    powered = [
        style.TERMS.get(name, name.replace("_", " ")) + (f"$^{{{power}}}$" if power else "") for name, power in factors
    ]
    return " : ".join(powered)
