"""What the rules of synthesize.smk are made from: synthetic Earth: all ten products in their true file formats, with planted truth, where `source: synthetic`. No rules."""

import hashlib

import json


def synthetic_settings():
    """The configuration of the synthetic Earth, as vadose.synthetic.settings.Settings takes it."""
    one, other, world = config["variability"], config["dependence"], config["synthetic"]
    grid = other["grid"]
    return {
        "seed": config["seed"],
        "world": world["world"],
        "step": world["step"],
        "missing_months": world["missing_months"],
        "native": world["native"],
        "variability": {
            "spacing": one["grid"]["spacing"],
            "first_year": one["years"][0],
            "last_year": one["years"][1],
            "splice_year": one["splice_year"] or one["years"][0],
            "overlap_last_year": one["splice_overlap"][1],
            "productivity_first_year": one["productivity_years"][0],
        },
        "dependence": {
            "spacing": grid["spacing"],
            "first_year": other["years"][0],
            "last_year": other["years"][1],
            "region": [grid["south"], grid["north"], grid["west"], grid["east"]],
        },
    }


# Two runs of the same made-up world share its files; another world, or another land mask, has another folder.
WORLD = hashlib.sha256(
    json.dumps([synthetic_settings(), config["synthetic"]["land_mask_spacing"]], sort_keys=True).encode()
).hexdigest()[:8]

SYNTHETIC = RAW / f"synthetic_{WORLD}"
