"""Write THIRD_PARTY_LICENSES.md: the licence of each locked distribution. Run by `make licences`."""

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TARGET = FOLDER.parent / "THIRD_PARTY_LICENSES.md"
ABSENT = {
    "cffi": "MIT",
    "colorama": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
    "tzdata": "Apache-2.0",
}
"""Distributions that are only installed on other platforms, with their licence on the index."""
BY_ITS_FILE = {"axe-playwright-python": "MIT; axe-core in it MPL-2.0", "torchao": "BSD-3-Clause"}
"""Distributions without a licence in their metadata, with that of their file LICENSE."""
LONG = 60
"""A longer licence field is the text of a licence."""
INTRODUCTION = """# Licences of what this program is installed with

Written by `make licences` from the metadata of the distributions in `requirements/*.lock`; change nothing here by hand.
This project itself is Apache-2.0 (`LICENSE`). Nothing below is part of its files: pip installs each as a distribution
of its own, which carries the text of its licence.

**moocore is LGPL-2.1-or-later**: a library that this program imports and neither contains nor changes. Who passes both
on together (a container image, an installer) passes on moocore's licence with them, lets its users replace moocore by a
version of their own (a distribution in `site-packages` can be), and offers its source. **chardet is LGPL** as well;
lm-eval brings it, and nothing here imports it. MPL-2.0 (certifi, hypothesis, pathspec, tqdm) asks for the
source of their own files where those are changed; they are not.

**CUDA** (`requirements/cuda.lock`) is installed where PyTorch's build needs it, on Linux without a CPU build: NVIDIA's
libraries under NVIDIA's own terms, which are no open-source licence, and triton under MIT. Who passes on an image with
them accepts those terms.
"""


def main() -> None:
    """Write a table for the program and one for optional parts, tests and linters."""
    parts = [INTRODUCTION]
    for heading, files in (
        ("The program", ("runtime", "torch")),
        ("Optional parts and development", ("development",)),
    ):
        parts += [f"\n## {heading}\n\n| distribution | version | licence |\n| --- | --- | --- |\n"]
        pins = [pin for file in files for pin in re.findall(r"^([\w.-]+)==([\w.+!]+)", _lock_text(file), re.MULTILINE)]
        parts += [f"| {name} | {version} | {licence(name)} |\n" for name, version in sorted(pins)]
    TARGET.write_text("".join(parts), encoding="utf-8")


def licence(name: str) -> str:
    """Return the licence of a distribution: its SPDX expression, else its classifiers, else a short licence field.

    Raises:
        SystemExit: if it has none.
    """
    try:
        package_metadata = metadata(name)
    except PackageNotFoundError:
        if name in ABSENT:
            return ABSENT[name]
        raise SystemExit(f"{name} is not installed: `make setup` first") from None
    name_of_licence = (
        package_metadata["License-Expression"]
        or _classified(package_metadata)
        or _short(package_metadata["License"] or "")
        or BY_ITS_FILE.get(name)
    )
    if not name_of_licence:
        raise SystemExit(f"{name} has no licence in its metadata: check its files")
    return name_of_licence


def _classified(package_metadata: PackageMetadata) -> str:
    classifiers = [each.split(" :: ") for each in package_metadata.get_all("Classifier") or ()]
    names = [each[-1] for each in classifiers if each[0] == "License" and each[-1] != "OSI Approved"]
    return " or ".join(dict.fromkeys(names))


def _short(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if 0 < len(line.strip()) < LONG), "")


def _lock_text(name: str) -> str:
    return (FOLDER / f"{name}.lock").read_text(encoding="utf-8")


if __name__ == "__main__":
    main()
