"""Anchors of the pages' headings: what stands before the colon, as `<a id="...">` above them says to GitHub."""

import re


def before_colon(title: str) -> str:
    """B4: controls by ridge regression is b4, Model A: complete pooling is model-a."""
    return re.sub(r"[^\w -]", "", title.partition(":")[0].lower()).strip().replace(" ", "-")
