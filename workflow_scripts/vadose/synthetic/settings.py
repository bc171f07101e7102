"""What one synthetic Earth is made of: seed, world, the two studies, native spacings.

Everything else in this package is a pure function of one frozen `Settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRODUCTS = (
    "gldas",
    "mcd12c1",
    "gosif_gpp",
    "era5_land",
    "gpcp_daily",
    "cru_ts",
    "cci_lst",
    "vodca2_gpp",
    "gleam",
    "wwf_ecoregions",
)
OTHER_SOIL_MOISTURE = ("gleam_smroot", "cci_sm", "merra_2")  # on the grid of GLDAS
NATIVE_SPACING = {  # degrees; the grids of the archives (docs/formats.md#traps)
    "gldas": 1.0,
    "mcd12c1": 0.05,
    "gosif_gpp": 0.05,
    "era5_land": 0.1,
    "gpcp_daily": 1.0,
    "cru_ts": 0.5,
    "cci_lst": 0.25,
    "vodca2_gpp": 0.25,
    "gleam": 0.25,
}
WORLDS = ("standard", "null_trend", "null_step", "null_dependence")
STEP_OF_NULL_STEP = 20.0  # kg m-2, planted by world null_step where `step` is left at 0
GLOBE = (-90.0, 90.0, -180.0, 180.0)


@dataclass(frozen=True)
class Variability:
    """Study A: spacing of its planted blocks (degrees), years, first year of GLDAS V2.1, last year of V2.0, first year
    of GOSIF."""

    spacing: float
    first_year: int
    last_year: int
    splice_year: int = 2000
    overlap_last_year: int = 2014
    productivity_first_year: int = 2000


@dataclass(frozen=True)
class Dependence:
    """Study B: spacing of the study grid (degrees), years, region (lat_min, lat_max, lon_min, lon_max);
    a lon_max below lon_min lies beyond the date line."""

    spacing: float
    first_year: int
    last_year: int
    region: tuple[float, float, float, float] = GLOBE


@dataclass(frozen=True)
class Settings:
    """One synthetic Earth.

    Parameters
    ----------
    seed : int
        The only source of randomness.
    world : str
        "standard"; "null_trend" (study A without trend, AR(1) noise stays); "null_step" (without trend, with a step at
        the splice); "null_dependence" (P and SM independent given a shared seasonal cycle).
    step : float
        kg m-2 added to total soil moisture (0-200 cm) by GLDAS V2.1 against V2.0.
    land_mask : Path
        The reduced land mask written by `vadose.files.land_mask.reduce`.
    variability, dependence : Variability, Dependence
        The two studies.
    native : tuple of (product, degrees)
        Native spacings; what is not named has the archive's own (`NATIVE_SPACING`).
    missing_months : int
        Number of months of which GLDAS has no file, and as many of which LST lacks one pass or both.
    """

    seed: int
    world: str
    land_mask: Path
    variability: Variability
    dependence: Dependence
    native: tuple[tuple[str, float], ...] = ()
    step: float = 0.0
    missing_months: int = 0

    def __post_init__(self):
        if self.world not in WORLDS:
            raise ValueError(
                f"synthetic.world: expected one of {', '.join(WORLDS)}, found {self.world!r}. Choose one of them."
            )
        unknown = sorted(set(dict(self.native)) - set(NATIVE_SPACING))
        if unknown:
            raise ValueError(
                f"synthetic.native: expected products among {', '.join(NATIVE_SPACING)}, found {', '.join(unknown)}."
            )
        for study, name, extent in ((self.variability, "variability", 150.0), (self.dependence, "dependence", 180.0)):
            if study.last_year < study.first_year:
                raise ValueError(
                    f"synthetic.{name}: expected last_year not before first_year, found {study.first_year} to "
                    f"{study.last_year}."
                )
            _divides(study.spacing, extent, f"synthetic.{name}.spacing", "the extent in latitude")
            _divides(study.spacing, 360.0, f"synthetic.{name}.spacing", "the extent in longitude")
        for product in ("gldas", "gosif_gpp", "mcd12c1"):
            _divides(
                self.spacing(product),
                self.variability.spacing,
                f"synthetic.native.{product}",
                "synthetic.variability.spacing",
            )
        for product in ("gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam"):
            _divides(
                self.spacing(product),
                self.block_spacing,
                f"synthetic.native.{product}",
                "the planted blocks of study B",
            )
        _divides(
            self.dependence.spacing, self.block_spacing, "synthetic.dependence.spacing", "the planted blocks of study B"
        )
        _divides(self.spacing("era5_land"), 180.0, "synthetic.native.era5_land", "the extent in latitude")
        if self.spacing("era5_land") > self.block_spacing:
            raise ValueError(
                f"synthetic.native.era5_land: expected at most {self.block_spacing:g} degrees (the planted blocks), "
                f"found {self.spacing('era5_land'):g}. Make it finer."
            )

    def spacing(self, product: str) -> float:
        """Native spacing of a product in degrees."""
        return dict(self.native).get(product, NATIVE_SPACING[product])

    @property
    def block_spacing(self) -> float:
        """Edge of the blocks on which study B is planted, degrees: the study grid's cell, or a coarser product's."""
        return max(
            self.dependence.spacing,
            *(self.spacing(p) for p in ("gpcp_daily", "cru_ts", "cci_lst", "vodca2_gpp", "gleam")),
        )

    @property
    def planted_step(self) -> float:
        """Step at the splice in kg m-2 of total soil moisture."""
        if self.world == "null_step" and self.step == 0.0:
            return STEP_OF_NULL_STEP
        return 0.0 if self.world == "null_trend" else self.step

    @property
    def has_trend(self) -> bool:
        """Whether study A plants trends."""
        return self.world not in ("null_trend", "null_step")

    @property
    def has_dependence(self) -> bool:
        """Whether study B plants dependence beyond the shared season."""
        return self.world != "null_dependence"

    @classmethod
    def from_config(cls, section: Mapping) -> "Settings":
        """Settings from the configuration section `synthetic`.

        Parameters
        ----------
        section : mapping
            Keys seed, world, step, land_mask, variability {spacing, first_year, last_year, splice_year,
            overlap_last_year, productivity_first_year}, dependence {spacing, first_year, last_year, region}, native
            {product: degrees}, missing_months; land_mask_spacing is allowed and belongs to `landmask.reduce`.

        Raises
        ------
        ValueError
            If a key is unknown or missing, or a spacing does not divide what it must divide.
        """
        permitted = {
            "seed",
            "world",
            "step",
            "land_mask",
            "variability",
            "dependence",
            "native",
            "missing_months",
            "land_mask_spacing",
        }
        unknown = sorted(set(section) - permitted)
        absent = sorted({"seed", "land_mask", "variability", "dependence"} - set(section))
        if unknown or absent:
            raise ValueError(
                f"synthetic: expected the keys {', '.join(sorted(permitted))}; "
                f"unknown: {', '.join(unknown) or 'none'}; absent: {', '.join(absent) or 'none'}."
            )
        region = section["dependence"].get("region") or GLOBE
        dependence = {**section["dependence"], "region": tuple(float(edge) for edge in region)}
        return cls(
            seed=int(section["seed"]),
            world=section.get("world", "standard"),
            step=float(section.get("step", 0.0)),
            land_mask=Path(section["land_mask"]),
            variability=Variability(**section["variability"]),
            dependence=Dependence(**dependence),
            native=tuple(sorted((name, float(degrees)) for name, degrees in (section.get("native") or {}).items())),
            missing_months=int(section.get("missing_months", 0)),
        )


def _divides(part: float, whole: float, key: str, what: str) -> None:
    ratio = whole / part if part > 0 else 0.0
    if ratio < 1.0 - 1e-9 or abs(ratio - round(ratio)) > 1e-6:
        raise ValueError(
            f"{key}: expected a spacing that divides {what} ({whole:g} degrees), found {part:g}. Choose, say, "
            f"{whole / max(1, round(ratio)):g}."
        )
