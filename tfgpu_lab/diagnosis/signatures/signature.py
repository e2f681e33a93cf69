"""What a signature is: lines that, together, show one cause."""

from msgspec import Struct

from ...models.finding import Certainty, Severity


class Signature(Struct, frozen=True, kw_only=True):
    """Kinds of lines and traits that show a cause; several signatures may show the same."""

    cause: str
    """Id of the cause."""
    says: str
    """What the lines mean, one sentence."""
    source: str
    """Where that is known from."""
    all: tuple[str, ...] = ()
    """Kinds and traits that must all be there."""
    any: tuple[str, ...] = ()
    """Kinds and traits of which one must be there; no condition when empty."""
    none: tuple[str, ...] = ()
    """Kinds and traits that must not be there: they show something else."""
    certainty: Certainty = "likely"
    """How much the lines prove."""
    severity: Severity | None = None
    """How much it harms; null for what the cause's own rule says."""
    family: str | None = None
    """Family, where a cause belongs to several."""

    def holds(self, traits: frozenset[str]) -> bool:
        """Return whether a log with these traits shows it."""
        return (
            traits.issuperset(self.all)
            and (not self.any or not traits.isdisjoint(self.any))
            and traits.isdisjoint(self.none)
        )
