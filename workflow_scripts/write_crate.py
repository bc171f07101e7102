"""A finished run as a Workflow Run RO-Crate, with a copy of the workflow and a CITATION.cff that lists the data to
cite.

Input:  files of the run (figures, tables, products, report, atlas), the workflow's own files, schema of the
configuration, benchmarks. Output: ro-crate-metadata.json in the run's folder, CITATION.cff, workflow/.
Reference: Leo et al. 2024, Recording provenance of workflow runs with RO-Crate, doi:10.1371/journal.pone.0309210.
"""

import json
from pathlib import Path

from vadose.files import configuration, yaml_files
from vadose.files.atomic import replacing
from vadose.files.jobs import run
from vadose.pages.crate import times, write
from vadose.pages.crate.citation import citation_of_run, citation_text


def main(
    *,
    results: list[Path],
    sources: list[Path],
    schema: Path,
    metadata: Path,
    citation: Path,
    workflow: Path,
    project: Path,
    rules: dict[str, str],
    names: list[str],
    benchmarks: Path,
    record: dict,
    agent: str,
) -> None:
    folder = metadata.parent
    write.copy_workflow(sources, project, workflow)
    own = yaml_files.read(workflow / "CITATION.cff")
    with replacing(citation) as temporary:
        temporary.write_text(citation_text(citation_of_run(record, own)), encoding="utf-8")
    parts = [write.described(path, rules.get(str(path), "write_crate"), folder) for path in [*results, citation]]
    jobs = times.by_rule(benchmarks, [name for name in names if name != "write_crate"])
    crate = write.assemble(folder, record, parts, jobs, own, configuration.load_schema(schema), agent)
    with replacing(metadata) as temporary:
        temporary.write_text(json.dumps(crate, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
