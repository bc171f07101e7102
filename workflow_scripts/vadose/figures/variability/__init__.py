"""The figures of study A: each function takes merged products and gives a figure, the data behind it and its
caption."""
