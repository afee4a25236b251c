"""Subjects that a page offers, and their address: a name for people and the identity, which alone decides."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leaderboard.errors import LONGEST_NAME, RequestError, shortened

_MARK = "~"
_SHORT = 12
"""Characters of an identity in an address: two of 10,000 subjects share them once in five million stores."""
_SHORTEST = 4
"""Fewest characters of an identity that name a subject."""


class UnresolvedSubjectError(RequestError):
    """An address that names no subject of a page, or several.

    Attributes:
        written: the address.
        candidates: identities of the subjects that it may mean; empty where it is none.
    """

    def __init__(self, written: str, candidates: Sequence[str]) -> None:
        super().__init__(f"'{shortened(written, LONGEST_NAME)}' names {'several' if candidates else 'no'} subjects")
        self.written = written
        self.candidates = tuple(candidates)


@dataclass(frozen=True)
class SubjectOptions:
    """Subjects by identity, so that neither a link nor an open page changes its subject when a label changes.

    Attributes:
        labels: label of each subject, by identity, in the order in which they are offered.
        rows: identity of the option that a further subject belongs to, where one option is several subjects.
    """

    labels: Mapping[str, str]
    rows: Mapping[str, str]

    @classmethod
    def single(cls, labels: Mapping[str, str]) -> "SubjectOptions":
        """Return options that are one subject each, for their labels by identity."""
        return cls(labels, {identity: identity for identity in labels})

    @classmethod
    def grouped(cls, members: Mapping[str, Sequence[str]]) -> "SubjectOptions":
        """Return options of several subjects each, whose identities are given by label; the first is the key."""
        rows = {identity: own[0] for own in members.values() for identity in own}
        return cls({own[0]: label for label, own in members.items()}, rows)

    def among(self, identities: Collection[str]) -> "SubjectOptions":
        """Return the options of these identities."""
        return SubjectOptions(
            {key: label for key, label in self.labels.items() if key in identities},
            {each: key for each, key in self.rows.items() if key in identities},
        )

    def with_subject(self, label: str, identity: str) -> "SubjectOptions":
        """Return these options and one more."""
        return SubjectOptions({**self.labels, identity: label}, {**self.rows, identity: identity})

    @cached_property
    def identities(self) -> Mapping[str, str]:
        """Identity of each option, by label."""
        return {label: identity for identity, label in self.labels.items()}

    def write(self, identity: str) -> str:
        """Return the address of an option, such as `bert/probe(sst2)~a6ca73ae51f2`."""
        return subject_address(self.labels[identity], identity)

    def read(self, written: str) -> str:
        """Return the identity of the option with this address, label, or start of one or of an identity.

        Raises:
            UnresolvedSubjectError: for none, or several. An address with an identity is never read by its name.
        """
        start = identity_part(written)
        if start != written:
            matching = self._starting(start)
        else:
            matching = (
                self._labelled(lambda label: label == written)
                or self._labelled(lambda label: _name(label) == written)
                or self._starting(written)
                or self._labelled(lambda label: bool(written) and label.startswith(written))
            )
        if len(matching) != 1:
            raise UnresolvedSubjectError(written, matching)
        return matching[0]

    def _starting(self, start: str) -> list[str]:
        if len(start) < _SHORTEST:
            return []
        return list(dict.fromkeys(key for identity, key in self.rows.items() if identity.startswith(start)))

    def _labelled(self, fits: Callable[[str], bool]) -> list[str]:
        return [identity for identity, label in self.labels.items() if fits(label)]


def subject_address(label: str, identity: str) -> str:
    """Return the text that names a subject in a URL.

    Args:
        label: label of the subject, whose name helps to read the address and decides nothing.
        identity: identity of the subject.
    """
    return f"{_name(label)}{_MARK}{identity[:_SHORT]}"


def identity_part(address: str) -> str:
    """Return the identity of an address; a text without one as it is."""
    _, mark, start = address.rpartition(_MARK)
    return start if mark and len(start) == _SHORT else address


def _name(label: str) -> str:
    """Return a label without the properties or the start of an identity that distinguish it from others."""
    return label.partition(" ")[0].partition("#")[0]
