"""A manuscript from its template: Typst markup, then PDF and HTML, without a network."""

from collections.abc import Mapping
from pathlib import Path

from vadose.pages.manuscript import sentences
from vadose.pages.report.page import TEMPLATES

FOLDER = TEMPLATES / "manuscript"
TEXTS = ("variability.typ", "dependence.typ", "parts.typ")
STYLE = FOLDER / "page.css"
WORDS = (  # what the templates call
    sentences.plain,
    sentences.quoted,
    sentences.dashed,
    sentences.named,
    sentences.bare,
    sentences.limits,
    sentences.value,
    sentences.within,
    sentences.judged,
    sentences.changed,
)


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
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.DictLoader({name: (FOLDER / name).read_text(encoding="utf-8") for name in TEXTS}),
        undefined=jinja2.StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        keep_trailing_newline=True,
    )
    environment.globals |= {function.__name__: function for function in WORDS}
    environment.globals |= {"every": numbers.entries, "one": numbers.one}
    environment.globals |= {"ranked": numbers.ranked, "listing": numbers.listing}
    return environment.get_template(f"{study}.typ").render(content)


def typeset(source: Path, root: Path, pdf: Path, html: Path) -> None:
    """Compile a manuscript.

    Parameters
    ----------
    source : Path
        Typst markup, beside layout and references.
    root : Path
        Folder of the run, in which figures lie; nothing outside is read.
    pdf, html : Path
        Targets; PDF with the vector figures, HTML with pictures inside.

    Raises
    ------
    ValueError
        With what Typst says, if the markup or the layout has a fault.
    """
    import typst

    for target, form, pictures in ((pdf, "pdf", "pdf"), (html, "html", "png")):
        try:
            typst.compile(
                str(source), output=str(target), root=str(root), format=form, sys_inputs={"pictures": pictures}
            )
        except (RuntimeError, typst.TypstError) as error:
            raise ValueError(f"{source}: Typst cannot set it: {error}") from None
    page = html.read_text(encoding="utf-8")
    style = STYLE.read_text(encoding="utf-8")
    html.write_text(page.replace("</head>", f"<style>{style}</style></head>", 1), encoding="utf-8")
