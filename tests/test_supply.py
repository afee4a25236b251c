"""What is installed: locked, with hashes, as wheels, under known licences."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
LOCKS = ("runtime", "torch", "torch-cpu", "cuda", "development")
NO_WHEEL = {"rouge-score", "sqlitedict", "word2number", "seqeval"}
SHA = re.compile(r"[0-9a-f]{40}")


def pins(*names: str) -> dict[str, str]:
    """The names and versions of lock files."""
    text = "".join((FOLDER / f"{name}.lock").read_text(encoding="utf-8") for name in names)
    pinned = re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pinned}


def runtime() -> dict[str, str]:
    return pins("runtime", "torch")


def everything() -> dict[str, str]:
    return pins("runtime", "torch", "development")


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_file_is_a_pin_or_a_hash(name):
    """No host of an index, no option, no path: where files come from is pip's configuration."""
    text = (FOLDER / f"{name}.lock").read_text(encoding="utf-8")
    for block in re.split(r"(?<!\\)\n", text.strip()):
        pin = r"[\w.-]+==[\w.+!-]+( ; [\w '\"=<>!.()]+)?( \\\n +--hash=sha256:[0-9a-f]{64})+"
        assert block.startswith("#") or re.fullmatch(pin, block), block[:200]


@pytest.mark.parametrize(("requirements", "locked"), [
    (PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"], runtime),
    (EXTRAS["dev"], everything),
])  # fmt: skip
def test_what_the_project_needs_is_locked_at_a_version_that_it_allows(requirements, locked):
    versions = locked()
    for requirement in map(Requirement, requirements):
        if requirement.name != PROJECT["project"]["name"]:
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


def test_what_locked_distributions_need_is_locked():
    """Those installed here; `--no-deps` would leave out what is missing. What has no wheel is left out on purpose."""
    versions = pins("runtime", "torch", "development")
    missing = set()
    for name in versions:
        try:
            requirements = requires(name) or ()
        except PackageNotFoundError:  # of another platform
            continue
        for requirement in map(Requirement, requirements):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed = canonicalize_name(requirement.name)
                missing |= {needed} - versions.keys() - pins("cuda").keys()
    assert missing <= NO_WHEEL


def test_nothing_without_a_wheel_is_locked():
    assert not NO_WHEEL & everything().keys()


def test_no_requirement_of_the_program_is_without_a_wheel():
    assert not NO_WHEEL & {canonicalize_name(Requirement(each).name) for each in PROJECT["project"]["dependencies"]}


def test_builds_of_torch_are_of_one_version():
    assert pins("torch-cpu")["torch"] == f"{pins('torch')['torch']}+cpu"
    digests = [line for line in (FOLDER / "torch-cpu.sha256").read_text().splitlines() if not line.startswith("#")]
    assert all(line.split()[0] in (FOLDER / "torch-cpu.lock").read_text() for line in digests)


@pytest.mark.slow
def test_a_file_with_another_hash_is_not_installed(tmp_path):
    """The options that `install.py` gives to pip, on a wheel that somebody changed."""
    import zipfile

    with zipfile.ZipFile(tmp_path / "thing-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("thing-1.0.dist-info/RECORD", "")
    (tmp_path / "a.lock").write_text(f"thing==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    source = (FOLDER / "install.py").read_text(encoding="utf-8")
    options = ["--require-hashes", "--only-binary", ":all:"]
    assert all(f'"{option}"' in source for option in options)
    command = [sys.executable, "-I", "-m", "pip", "install", "--no-deps", *options, "--target", str(tmp_path / "out")]
    command += ["--no-index", "--find-links", str(tmp_path), "--requirement", str(tmp_path / "a.lock")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr


def test_make_and_the_action_install_from_the_lock_files():
    assert "python -I requirements/install.py --development" in (ROOT / "Makefile").read_text(encoding="utf-8")
    (install, gate) = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    assert '-I "$ACTION_FOLDER/requirements/install.py"' in install["run"]
    assert "python3 -I -m venv" in install["run"]
    for line in install["run"].splitlines():
        assert not re.search(r"python\S* -m ", line), "a venv.py or pip.py in the job's folder would run"
    assert gate["env"]["PYTHONSAFEPATH"] == "1"


def test_the_action_and_its_example_name_other_actions_by_commit():
    for path in (ROOT / "action.yml", ROOT / "tests" / "gate" / "examples" / "workflow.yml"):
        for action, revision in re.findall(r"uses: ([\w./-]+)@?(\S*)", path.read_text(encoding="utf-8")):
            assert action.startswith("./") or SHA.fullmatch(revision), action


@pytest.mark.slow
def test_a_hostile_folder_does_not_run_code_while_the_action_installs(tmp_path):
    """The first lines of the step, in a job's folder that holds modules of those names; pip is not reached."""
    step = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][0]
    job = tmp_path / "job"
    job.mkdir()
    for name in ("venv", "pip", "ensurepip", "subprocess", "argparse", "pathlib", "runpy", "contextlib"):
        (job / f"{name}.py").write_text(f"open({str(tmp_path / 'marker')!r}, 'a').write('{name} ')\n")
    variables = {
        "PACKAGE": "./no such package; touch hit",
        "ACTION_FOLDER": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(job),
    }
    done = subprocess.run(["/bin/bash", "-c", step["run"]], cwd=job, env=variables, capture_output=True, check=False)
    assert done.returncode != 0
    assert (tmp_path / "leaderboard-environment" / "bin" / "python").exists(), done.stderr
    assert not (tmp_path / "marker").exists()
    assert not (job / "hit").exists()


def test_every_dependency_is_listed_with_a_licence():
    rows = re.findall(
        r"^\| ([\w.-]+) \| (\d[\w.+!]*) \| (.+) \|$", (ROOT / "THIRD_PARTY_LICENSES.md").read_text(), re.MULTILINE
    )
    listed = {canonicalize_name(name): (version, licence) for name, version, licence in rows}
    assert {name: version for name, (version, _) in listed.items()} == everything()
    assert all(licence.strip() not in {"", "UNKNOWN"} for _, licence in listed.values())


def test_copyleft_is_known_and_explained():
    text = (ROOT / "THIRD_PARTY_LICENSES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w.-]+) \| [\w.+!]+ \| (.+) \|$", text, re.MULTILINE)
    strong = {name for name, licence in rows if re.search(r"\bL?GPL|GNU|AGPL", licence)}
    assert strong == {"chardet", "moocore"}
    assert all(f"**{name} is LGPL" in text for name in strong)
