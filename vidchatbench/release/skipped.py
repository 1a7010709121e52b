"""What of a release was passed over, and why: counts by reason, with the first names of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

EXAMPLES = 3


@dataclass(slots=True)
class Skipped:
    """Counts by reason. The examples are the first in alphabetical order, so that no order of reading shows."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Count one."""
        self.counts[reason] += 1
        kept = self.examples.setdefault(reason, [])
        shown = ascii(name)[1:-1]
        kept.append(shown if len(shown) <= 80 else shown[:77] + "...")
        kept.sort()
        del kept[EXAMPLES:]

    def __str__(self) -> str:
        """A line a reason, the most frequent first."""
        return "\n".join(
            f"{count:9,}  {reason} ({', '.join(self.examples[reason])}{', ...' if count > EXAMPLES else ''})"
            for reason, count in sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )
