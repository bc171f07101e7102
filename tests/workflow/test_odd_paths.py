"""Folders as people have them: with a blank, a quote, letters of other languages."""

import os
import subprocess
import sys
import sysconfig

import pytest
import running

from vadose.files import interpreter

ODD = "OneDrive - Bücher's"


@pytest.mark.parametrize("name", ["a b", "it's", 'a"b', "a$b", "a;b", "a&b", "(copy)"])
def test_an_interpreter_whose_path_the_shell_would_take_apart_is_refused_in_a_sentence(tmp_path, name):
    executable = tmp_path / name / "bin/python"
    executable.parent.mkdir(parents=True)
    executable.touch()
    with pytest.raises(ValueError, match=r"expected a path without blanks, quotes.*Rename the folder, or move"):
        interpreter.plain(str(executable), str(executable.parents[1]))


@pytest.mark.parametrize("name", ["ab-c_1.2", "Bücher", "データ", "a+b@c"])
def test_letters_of_all_languages_are_plain(tmp_path, name):
    executable = tmp_path / name / "bin/python"
    executable.parent.mkdir(parents=True)
    executable.touch()
    assert interpreter.plain(str(executable), str(executable.parents[1])) == str(executable)


def environment_in(folder):
    """An environment with the packages of this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def record(folder, root, python):
    """Run one script of the workflow, which lies in an odd folder, with an interpreter."""
    workflow = folder / "workflow"
    if not workflow.exists():
        running.copy_of(root, workflow)
        running.folder_for(folder)
    command = [str(python), *running.command(workflow, "results/small/run_config.yaml")[1:]]
    done = subprocess.run(command, cwd=folder, env=running.environment(root), capture_output=True, text=True)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.slow
def test_the_workflow_runs_in_an_odd_folder_and_says_what_is_wrong_with_an_odd_interpreter(root, tmp_path):
    folder = tmp_path / ODD
    code, text = record(folder, root, sys.executable)
    assert code == 0, text[-3000:]
    assert (folder / "results/small/run_config.yaml").is_file()
    own = environment_in(folder / ".venv")
    (folder / "results/small/run_config.yaml").unlink()
    code, text = record(folder, root, own / "bin/python")
    assert code == 1 and "expected a path without blanks" in text and "Traceback" not in text, text[-3000:]
    assert not (folder / "results/small/run_config.yaml").exists()
    plain = tmp_path / "environment"
    own.rename(plain)
    os.symlink(plain, own)
    code, text = record(folder, root, own / "bin/python")
    assert code == 0 and (folder / "results/small/run_config.yaml").is_file(), text[-3000:]
