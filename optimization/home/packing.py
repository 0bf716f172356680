"""What fits on the chairs of one day: every way to fill its minutes that leaves no room for one visit more.

A limit on minutes alone says too little: 1,920 minutes hold 7.7 visits of 248 minutes, yet never more than 7, and a
search that has to find that out day by day takes minutes. A mean of whole packings says it at once.
"""

from collections.abc import Iterator, Sequence

MOST = 500
"""More ways than this for one day, and its minutes alone must do; many short visits leave little between the two."""
TRIES = 20 * MOST


def packings(sizes: Sequence[int], most: Sequence[int], minutes: int) -> list[tuple[int, ...]]:
    """Counts of visits by size, for every full packing of a day; empty when there are too many ways.

    Args:
        sizes: Minutes of a visit, each once.
        most: How many visits of each size there are.
        minutes: Minutes of the chairs.
    """
    found = list[tuple[int, ...]]()
    for tried, counts in enumerate(_counts(sizes, most, minutes)):
        left = minutes - sum(size * count for size, count in zip(sizes, counts, strict=True))
        if any(count < limit and size <= left for size, count, limit in zip(sizes, counts, most, strict=True)):
            continue
        found.append(counts)
        if len(found) > MOST or tried > TRIES:
            return []
    return found


def _counts(sizes: Sequence[int], most: Sequence[int], minutes: int) -> Iterator[tuple[int, ...]]:
    """Counts that fit, the last size filled up."""
    if not sizes:
        yield ()
        return
    full = min(most[0], minutes // sizes[0])
    for count in range(full, full - 1 if len(sizes) == 1 else -1, -1):
        for rest in _counts(sizes[1:], most[1:], minutes - count * sizes[0]):
            yield (count, *rest)
