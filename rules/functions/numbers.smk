"""What the rule of numbers.smk is made from: which rule made a product. No rules."""


def makers_of_numbers(wildcards):
    """{product that headline numbers are read from: rule that makes it, by the workflow's own name}."""
    own = {rule: BENCHMARKS[str(rule.benchmark)] for rule in workflow.rules if str(rule.benchmark) in BENCHMARKS}
    return {path: name for path in headline_products() for rule, name in own.items() if rule.is_producer(path)}
