"""Paths, wildcard constraints and the few functions that rules share. No rules.
Needs:  the merged configuration.
Gives:  result, prepared, beside, tile_of, log_of, benchmark_of, library_of, memory, minutes, and what the studies consist of.
"""

import errno
import gc
import os
import re
import sys
import time
from datetime import date
from pathlib import Path

gc.freeze()  # what Snakemake has imported stays: searching it for garbage is a fifth of a dry run

# Of this file, not of the workflow that imports it as a module.
PROJECT = Path(str(workflow.current_basedir)).parent
if not (PROJECT / "Snakefile").is_file():
    raise WorkflowError(
        f"{workflow.current_basedir}: expected the workflow in a folder of this machine, found none. "
        "Clone the repository and name its Snakefile."
    )
SCRIPTS = PROJECT / "workflow_scripts"
sys.path.insert(0, str(SCRIPTS))
# Compiled kernels are kept in one place, so that only the first job of a machine compiles.
COMPILED = Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(".numba_cache").absolute())))

from vadose.core import regions
from vadose.formats import registry
from vadose.files import (
    atomic,
    configuration,
    contradictions,
    fingerprints,
    interpreter,
    provenance,
    records,
    run_progress,
    run_summary,
    source_copy,
    yaml_files,
)

fingerprints.keep_in(COMPILED / "vadose")

# Whatever a job of a run writes cites the record of the run, or stops: see vadose.files.provenance.
os.environ[provenance.IN_WORKFLOW] = "yes"
# The jobs of a run, and what it remembers of their code, are of the scripts and the library as they are now.
SOURCES = SCRIPTS
if workflow.is_main_process:
    SOURCES = source_copy.take(SCRIPTS, Path(".snakemake/vadose").absolute())
    source_copy.use(SOURCES)
    fingerprints.read_from(SOURCES)

try:
    sys.executable = interpreter.plain(sys.executable, sys.prefix)
except ValueError as error:
    raise WorkflowError(str(error)) from None


def refusal(complaint):
    """An error about the configuration that names the files it was read from, where the sentence does not."""
    given = ", ".join(map(str, workflow.configfiles))
    where = f" Read from {given}." if given and str(complaint).startswith("Configuration") else ""
    return WorkflowError(f"{complaint}{where}")


SCHEMA = configuration.load_schema(PROJECT / "config/schema.yaml")
try:
    if workflow.is_main_process:
        configuration.expect_keys_once(map(Path, workflow.configfiles))
    completed = configuration.complete(config, SCHEMA)
    config.clear()
    config.update(completed)
    configuration.validate(config, SCHEMA)
except configuration.ConfigurationError as error:
    raise refusal(error) from None

DATASETS = yaml_files.read(PROJECT / config["downloads"]["catalogue"])


def variables_of_products():
    """What the readers of the soil-moisture products of this run give; those of the workflow's own are known to give it."""
    products = {registry.reader_name(config[study]["product"], config) for study in config["studies"]}
    products -= {*contradictions.LAYERS_OF, "generic"}
    return {product: registry.reader(product).VARIABLES for product in products if product in registry.READERS}


for complaint in contradictions.unknown_names(config, DATASETS, registry.READERS, variables_of_products()):
    raise refusal(complaint)
for years_beyond in records.beyond(config, DATASETS, date.today().year):
    if years_beyond.refused:
        raise refusal(years_beyond.sentence)
    if workflow.is_main_process:
        logger.warning(years_beyond.sentence)
RESULTS = Path(config["paths"]["results"]) / config["run"]
RAW = Path(config["paths"]["raw"])
STUDIES = config["studies"]
STARTED = time.time()  # logs that are older are of other runs


wildcard_constraints:
    study="variability|dependence",
    years=r"\d{4}-\d{4}",
    tile=r"\d+of\d+",
    dataset=r"[a-z0-9_]+",
    name=r"[a-z0-9_]*[a-z]",


def result(path):
    """A file of this run."""
    return str(RESULTS / path)


# Input of all rules whose products cite the run. Ancient: another configuration or revision makes the record again, and
# reruns only what its own parameters, inputs and code ask for.
RECORD = ancient(result(provenance.RUN_FILE))


def raw_folder(wildcards, input):
    """The folder that lists of files are relative to. A function of the input, hence none of the parameters that make a job run
    again: raw files may be moved together."""
    return str(RAW)


def prepared(study, name):
    """A prepared product that is one file, or one file per group of years where {years} is in the name."""
    return result(f"prepared/{study}/{name}.nc")


def year_groups(study):
    """Groups of years, each read by one job: "1948-1967", ... aligned to the first year."""
    (first, last), step = config[study]["years"], config[study]["years_per_job"]
    return [f"{start}-{min(start + step - 1, last)}" for start in range(first, last + 1, step)]


def prepared_years(study, name):
    """All files of a prepared product that comes in groups of years."""
    return [prepared(study, f"{name}_{years}") for years in year_groups(study)]


def beside(pictures):
    """What lies beside pictures in PNG, under their names: the other formats that are asked for, caption and references."""
    endings = [f".{ending}" for ending in config["figures"]["formats"] if ending != "png"] + [".md", ".bib"]
    return [picture.removesuffix(".png") + ending for picture in pictures for ending in endings]


def tiles(study):
    """Names of the tiles of a study."""
    count = config["tiles"][study]
    return [f"{index:0{len(str(count))}d}of{count}" for index in range(1, count + 1)]


def tile_of(path):
    """One tile of a product of the stage."""
    folder, name = os.path.split(path)
    return result(f"{folder}/tiles/{name}_{{tile}}.nc")


def all_tiles(path, study):
    """All tiles of a product."""
    return expand(tile_of(path), tile=tiles(study), allow_missing=True)


def log_of(rule, *wildcards):
    """Log file of a rule."""
    return result(f"logs/{'_'.join([rule, *wildcards])}.log")


# {benchmark file: rule}: the workflow's own names of its rules, which a workflow that imports it as a module changes.
BENCHMARKS = {}


def benchmark_of(rule, *wildcards):
    """Benchmark file of a rule."""
    path = result(f"benchmarks/{'_'.join([rule, *wildcards])}.tsv")
    BENCHMARKS[path] = rule
    return path


def makers_of(paths):
    """{path: rule that makes it, by the workflow's own name}; asked when all rules are known. Snakemake writes a rule's own constraints into its names of files."""
    plain = {rule: re.sub(r"\{(\w+),[^{}]*\}", r"{\1}", str(rule.benchmark)) for rule in workflow.rules}
    own = {rule: BENCHMARKS[path] for rule, path in plain.items() if path in BENCHMARKS}
    return {path: name for path in paths for rule, name in own.items() if rule.is_producer(path)}


def names_of_rules(wildcards):
    """The workflow's own names of its rules that have a benchmark, all files being read."""
    return sorted(set(BENCHMARKS.values()))


def library_of(script, *used):
    """Fingerprint of the library code that a script reaches, worked out only for jobs that are looked at; `used` are modules and
    products that neither script nor library name, and the product in the name of the file counts by itself."""

    def worked_out(wildcards):
        named = [wildcards.name] if "name" in wildcards.keys() else []
        return fingerprints.fingerprint(SOURCES / f"{script}.py", *used, *named)

    return worked_out


# A job on a cluster is Snakemake (the job step), which starts Snakemake, which starts the script: 190 + 190 MB before any work.
ENGINE_MB = 400

# What an interpreter with its libraries takes differs by some 60 MB from machine to machine (processor, allocator, pages).
INTERPRETER_MB = 100


def memory(fixed_mb, per_cell_kb=0.0, study=None, whole=False):
    """Memory of a job in MB: fixed as measured on one machine, what others take more, and a part for its cells; half as much again with every attempt. Without a study, that of the wildcard."""

    def needed(wildcards, attempt):
        engine = ENGINE_MB if workflow.non_local_exec else 0
        of_cells = for_cells(per_cell_kb, study or getattr(wildcards, "study", None), whole)
        return int((engine + INTERPRETER_MB + fixed_mb + of_cells / 1000) * (1 + 0.5 * (attempt - 1)))

    return needed


def minutes(fixed, per_thousand_cells=0.0, study=None, whole=False):
    """Run time of a job in minutes, with the same terms as `memory`."""

    def needed(wildcards, attempt):
        of_cells = for_cells(per_thousand_cells, study or getattr(wildcards, "study", None), whole)
        return max(1, round((fixed + of_cells / 1000) * attempt))

    return needed


def for_cells(rate, study, whole):
    """What grows with the cells of a job: those of its tile, or of the whole study; {study: rate} of a job that reads all studies of the run."""
    if isinstance(rate, dict):
        return sum(own * cells_of(name) for name, own in rate.items() if name in STUDIES)
    return rate * cells_of(study) / (1 if whole else config["tiles"][study]) if study else 0


def cells_of(study):
    """About how many land cells a study has, from its grid alone (30 % of the sphere is land, 40 % in the north; a region may be all land)."""
    import math

    grid = config[study]["grid"]
    sine = math.sin(math.radians(grid["north"])) - math.sin(math.radians(grid["south"]))
    rows = (grid["north"] - grid["south"]) / grid["spacing"]
    width = regions.width_of(grid["west"], grid["east"])
    columns = width / grid["spacing"]
    land = 1.0 if width <= 180 else 0.4 if sine < 1.2 else 0.3
    return rows * columns * land


def open_results():
    """Stop before any job where the results cannot be written, and clear away what killed jobs of this machine left."""
    try:
        RESULTS.mkdir(parents=True, exist_ok=True)
        require_writable(RESULTS)
        atomic.remove_abandoned(RESULTS.rglob(".*.part"))
    except OSError as error:
        raise WorkflowError(
            f"{error.filename or RESULTS}: expected a folder for results that can be written, found {error.strerror or error}. "
            "Make it writable, make room, or set paths.results, and run again."
        ) from None


def require_writable(folder):
    """Every folder of the results must be open, also where the record is there already: else Snakemake fails later, without a sentence."""
    for place, _, _ in os.walk(folder):
        if not os.access(place, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "a folder that is closed for writing", place)
