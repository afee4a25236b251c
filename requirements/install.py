"""Install this project with its locked dependencies into the environment of the Python that runs this file.

python -I requirements/install.py [--development]

Only wheels whose SHA-256 is in a lock file are installed, so nothing that an index or a mirror adds or changes is run.
pip uses its own configuration to find them.
"""

import argparse
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> None:
    """Install the locked wheels, those of CUDA if this build of torch needs them, and the project itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--development", action="store_true", help="Also install optional parts, tests and linters; editable."
    )
    options = parser.parse_args()
    # A third of the download, if pip is configured to find PyTorch's own index or a folder with this build.
    without_cuda = _install_locked("torch-cpu", may_fail=True)
    names = ["runtime", *(["development"] if options.development else []), *([] if without_cuda else ["torch"])]
    _install_locked(*names)
    if any(requirement.startswith(("nvidia-", "cuda-")) for requirement in requires("torch") or ()):
        _install_locked("cuda")
    editable = ["--editable"] if options.development else []
    _pip("--no-build-isolation", *editable, str(FOLDER.parent))


def _install_locked(*names: str, may_fail: bool = False) -> bool:
    files = [part for name in names for part in ("--requirement", str(FOLDER / f"{name}.lock"))]
    return _pip("--require-hashes", "--only-binary", ":all:", *files, may_fail=may_fail)


def _pip(*arguments: str, may_fail: bool = False) -> bool:
    """Run pip and return whether it succeeded. Dependencies are not followed: a lock file contains them all."""
    command = [sys.executable, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "--no-deps"]
    finished = subprocess.run(
        [*command, *arguments], check=False, stderr=subprocess.PIPE if may_fail else None, text=True
    )
    if finished.returncode and may_fail:
        sys.stdout.write(f"torch comes with CUDA: {(finished.stderr.strip().splitlines() or ['?'])[-1]}\n")
    elif finished.returncode:
        raise SystemExit(finished.returncode)
    return not finished.returncode


if __name__ == "__main__":
    main()
