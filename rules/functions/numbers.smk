"""What the rule of numbers.smk is made from: which rule made a product. No rules."""


def makers_of_numbers(wildcards):
    """{product that headline numbers are read from: rule that makes it, by the workflow's own name}."""
    return makers_of(headline_products())
