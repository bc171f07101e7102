"""What the rules of mechanism.smk are made from: study B: what stands behind dependence. No rules."""

# Stages of dependence.mechanism: merged products, and tables that the report shows.
MECHANISM = {
    "lead_lag": (("lead_lag", "lead_lag_tests"), ("lead_lag", "lead_lag_panel")),
    "partial": (("partial_dependence",), ("partial_dependence",)),
    "memory": (("memory",), ("memory", "lag_profiles")),
    "changes": (("dependence_changes",), ("dependence_changes",)),
}
MECHANISM_STAGES = [stage for stage, wanted in config["dependence"]["mechanism"].items() if wanted]
MECHANISM_PRODUCTS = [name for stage in MECHANISM_STAGES for name in MECHANISM[stage][0]]


def mechanism_tables():
    """Tables of what stands behind dependence, of the stages that the run has."""
    return [result(f"tables/dependence/{name}.csv") for stage in MECHANISM_STAGES for name in MECHANISM[stage][1]]
