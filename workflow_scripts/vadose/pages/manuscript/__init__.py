"""The manuscript of a run: Typst markup from its numbers, figures and tables, compiled to PDF and HTML."""
