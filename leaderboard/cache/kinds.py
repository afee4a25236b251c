"""Kinds of what is cached: each has a folder of that name in the cache."""

from enum import StrEnum


class CacheKind(StrEnum):
    """Kind of cached entries, by the name of its folder."""

    ANSWERS = "answers"
    DATA = "data"
    DEQUANTISED = "dequantised"
    DIGESTS = "digests"
    FEATURES = "features"
    GGUF = "gguf"
    HEADS = "heads"
    MERGED = "merged"
    MODULES = "modules"
    PACKAGES = "packages"
    SUBJECTS = "subjects"
    UNPACKED = "unpacked"
    VETTED = "vetted"

    @property
    def content(self) -> str:
        """What its folder has, for people."""
        return _CONTENTS[self]

    @property
    def is_one_entry(self) -> bool:
        """Whether its folder counts as one entry: it has many records of a few bytes each."""
        return self in {CacheKind.DIGESTS, CacheKind.VETTED}


_CONTENTS = {
    CacheKind.ANSWERS: "what models answered",
    CacheKind.DATA: "data sets",
    CacheKind.DEQUANTISED: "quantised weights as float numbers",
    CacheKind.DIGESTS: "digests of model files",
    CacheKind.FEATURES: "what frozen bodies make of texts",
    CacheKind.GGUF: "weights converted from GGUF",
    CacheKind.HEADS: "heads of probes",
    CacheKind.MERGED: "adapters merged into their base",
    CacheKind.MODULES: "code of metrics of `evaluate`",
    CacheKind.PACKAGES: "downloaded packages",
    CacheKind.SUBJECTS: "prepared subjects",
    CacheKind.UNPACKED: "weights out of packages",
    CacheKind.VETTED: "models whose files were checked",
}
