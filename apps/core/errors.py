"""The refusal: how a service says no.

A service that cannot do what is asked raises `Refus` with one French sentence that says what is
wrong and what to do. Nothing has been written when it is raised; views show the sentence.
"""


class Refus(Exception):
    """A business refusal. `str(refus)` is the sentence; `motifs` all of them when several."""

    def __init__(self, *motifs: str) -> None:
        super().__init__(" ".join(motifs))
        self.motifs: tuple[str, ...] = motifs
