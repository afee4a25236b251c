"""Write the lock files: every distribution with its version and the SHA-256 of each of its wheels.

Run by `make lock`; needs `uv`. Locked versions stay unless pyproject.toml excludes them; --upgrade takes the newest
ones.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent / "pyproject.toml"
CPU_BUILDS = FOLDER / "torch-cpu.sha256"
BUILD = "hatchling"
"""Build system of this project, which is locked, too: pip would fetch the newest one."""
WITHOUT_WHEELS = ("rouge-score", "sqlitedict", "word2number")
"""Dependencies of lm-eval for a few tasks. They have no wheel: installing runs their code."""
CUDA = re.compile(r"nvidia-|cuda-|triton$")
HEADER = "# Written by `make lock`. Installed by requirements/install.py, with --require-hashes and wheels alone.\n"


def main() -> None:
    """Resolve the dependencies of the program and of its development, and write each distribution into one file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uv", default="uv", help="The uv to use.")
    parser.add_argument("--upgrade", action="store_true", help="Take the newest versions.")
    options = parser.parse_args()
    runtime = _blocks(_resolved(options.uv, [], upgrade=options.upgrade))
    everything = _blocks(_resolved(options.uv, ["--extra", "dev"], upgrade=options.upgrade))
    for name in runtime:
        alone, together = (_pin(blocks[name]).partition(" ;")[0] for blocks in (runtime, everything))
        if alone != together:
            raise SystemExit(
                f"{alone} for the program, {together} for its development: exclude one of them in pyproject.toml"
            )
    torch, cuda = everything.pop("torch"), {name for name in everything if CUDA.match(name)}
    _write("torch", [torch])
    _write("torch-cpu", [_cpu_builds(torch)])
    _write("cuda", [everything[name] for name in sorted(cuda)])
    _write("runtime", [everything[name] for name in sorted(runtime.keys() - cuda - {"torch"})])
    _write("development", [everything[name] for name in sorted(everything.keys() - runtime.keys() - cuda)])


def _resolved(uv: str, extras: list[str], *, upgrade: bool) -> str:
    """Return the output of `uv pip compile` for all platforms and every supported Python."""
    with tempfile.TemporaryDirectory() as folder:
        excludes, build, locked = (Path(folder) / name for name in ("excludes.txt", "build.in", "locked.txt"))
        excludes.write_text("\n".join(WITHOUT_WHEELS), encoding="utf-8")
        build.write_text(f"{BUILD}\n", encoding="utf-8")
        files = [] if upgrade else [path for path in FOLDER.glob("*.lock") if path.stem != "torch-cpu"]
        pins = [_pin(block) for path in files for block in _blocks(_file_text(path)).values()]
        locked.write_text("\n".join(pins), encoding="utf-8")
        command = [uv, "pip", "compile", "--quiet", str(PROJECT), str(build), *extras, "--excludes", str(excludes)]
        command += ["--constraints", str(locked), "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        return subprocess.run(command, cwd=PROJECT.parent, check=True, stdout=subprocess.PIPE, text=True).stdout


def _blocks(text: str) -> dict[str, str]:
    """Return the requirements of a lock file by name, each with the lines of its hashes."""
    blocks: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==", line):
            name = re.sub(r"[-_.]+", "-", match[1]).lower()
            blocks[name] = blocks.get(name, "")
        if name and not line.startswith("#"):
            blocks[name] += f"{line}\n"
    return blocks


def _pin(block: str) -> str:
    return "\n".join(line.removesuffix("\\").strip() for line in block.splitlines() if "--hash" not in line)


def _cpu_builds(torch: str) -> str:
    """Return the same version of torch built without CUDA, from PyTorch's own index."""
    builds = [line.split() for line in _file_text(CPU_BUILDS).splitlines() if line and not line.startswith("#")]
    version = f"{_pin(torch).removeprefix('torch==')}+cpu"
    if any(f"torch-{version}-" not in file for _, file in builds):
        raise SystemExit(f"{CPU_BUILDS.name} has other builds than {version}: write the new digests there")
    return f"torch=={version}" + "".join(f" \\\n    --hash=sha256:{digest}" for digest, _ in builds) + "\n"


def _file_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _write(name: str, blocks: list[str]) -> None:
    (FOLDER / f"{name}.lock").write_text(HEADER + "".join(blocks), encoding="utf-8")


if __name__ == "__main__":
    main()
