"""Page numbers to a short list for a message."""

from collections.abc import Sequence


def named(pages: Sequence[int]) -> str:
    """`página 3`, `páginas 3, 4, 7-12`."""
    return f"página{'s' * (len(pages) > 1)} {numbers(pages)}"


def numbers(pages: Sequence[int]) -> str:
    """Ascending page numbers, runs shortened: `3, 4, 7-12`."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    pieces = (
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(str(page) for page in run)
        for run in runs
    )
    return ", ".join(pieces)
