"""What numbers.smk is made from: what made the products. No rules."""


def makers_of_numbers(wildcards):
    """What makes each product that headline numbers are read from."""
    return makers_of(headline_products())
