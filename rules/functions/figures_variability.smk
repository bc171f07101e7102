"""What the rules of figures_variability.smk are made from: figures of study A. No rules."""


def variability_figures():
    """{rule: pictures} of the variability study."""
    drawn = {
        "draw_trends": ["figure_1", "figure_s1", "figure_s2", "test_agreement", "trend_share_windows"],
        "draw_contributions": ["figure_2", "figure_3", "largest_terms"]
        + (["figure_4"] if config["variability"]["productivity"] else []),
        "draw_trust": ["false_positives"] + (["recovery"] if truth_is_planted() else []),
    }
    return {rule: [result(f"figures/variability/{name}.png") for name in names] for rule, names in drawn.items()}
