"""A manuscript from its template: Typst markup, then PDF and HTML, without a network."""

from collections.abc import Mapping
from pathlib import Path

from vadose.pages import sentences, summary
from vadose.pages.manuscript.content import named_figures
from vadose.pages.report.page import TEMPLATES

FOLDER = TEMPLATES / "manuscript"
TEXTS = ("variability.typ", "dependence.typ", "parts.typ")
STYLE = FOLDER / "page.css"


def quoted(text: object) -> str:
    """A string of Typst."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def plain(text: object) -> str:
    """Text of a run as Typst prints it, whatever signs it holds; nothing for nothing."""
    return f"#{quoted(text)};" if str(text) else ""


def markup(study: str, content: Mapping, numbers: sentences.Numbers) -> str:
    """The text of a manuscript.

    Parameters
    ----------
    study : {"variability", "dependence"}
    content : mapping
        What the template of the study names.
    numbers : Numbers
        Headline numbers; each number of the text comes from them, or from the content.
    """
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in TEXTS}
    templates = summary.environment(texts, numbers, plain=plain, quoted=quoted, named_figures=named_figures)
    return templates.get_template(f"{study}.typ").render(content)


def bibliography(references: str) -> str:
    """References as the style needs them: of all kinds but articles it prints the publisher of books alone."""
    return references.replace("@misc{", "@book{")


def typeset(source: Path, root: Path, pdf: Path, html: Path) -> None:
    """Compile a manuscript.

    Parameters
    ----------
    source : Path
        Typst markup, beside layout and references.
    root : Path
        Folder of the run, in which figures lie; nothing outside is read.
    pdf, html : Path
        Targets; PDF with the vector figures, if the run has them, HTML with pictures inside.

    Raises
    ------
    ValueError
        With what Typst says, if the markup or the layout has a fault.
    """
    import typst

    drawn = "pdf" if any(root.glob("figures/*/*.pdf")) else "png"
    for target, form, pictures in ((pdf, "pdf", drawn), (html, "html", "png")):
        try:
            words = {"pictures": pictures, "form": form}
            typst.compile(str(source), output=str(target), root=str(root), format=form, sys_inputs=words)
        except (RuntimeError, typst.TypstError) as error:
            raise ValueError(f"{source}: Typst cannot set it: {error}") from None
    page = html.read_text(encoding="utf-8")
    style = STYLE.read_text(encoding="utf-8")
    html.write_text(page.replace("</head>", f"<style>{style}</style></head>", 1), encoding="utf-8")
