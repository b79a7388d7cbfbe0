from __future__ import annotations

import time
from collections import Counter

import pytest

from hostile.corpus import corpus
from hostile.judging import outcome_of

KINDS = sorted({specimen.kind for specimen in corpus()})
MOST_SECONDS = 5.0


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_fits_or_is_refused_in_one_sentence(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Each hostile file ends as a picture under the limit or as one plain sentence, soon, and nothing is printed."""
    for specimen in (specimen for specimen in corpus() if specimen.kind == kind):
        started = time.process_time()
        outcome = outcome_of(specimen.data)
        assert outcome.code in specimen.outcomes, f"{specimen.name}: {outcome}"
        assert time.process_time() - started < MOST_SECONDS, specimen.name
    assert capfd.readouterr() == ("", "")


def test_the_corpus_is_some_hundreds_of_different_files() -> None:
    """Every file has a name of its own and is there once; all usual formats are damaged in dozens of ways."""
    files = corpus()
    assert len({specimen.name for specimen in files}) == len(files) > 1000
    assert len({specimen.data for specimen in files}) > 0.97 * len(files)
    formats = Counter(specimen.kind.partition("-")[0] for specimen in files)
    assert all(formats[name] > 50 for name in ("jpeg", "png", "bmp", "gif", "webp", "tiff"))


def test_the_corpus_is_the_same_every_time() -> None:
    """Chance has a seed: a file that fails today fails tomorrow."""
    assert [specimen.data for specimen in corpus.__wrapped__()] == [specimen.data for specimen in corpus()]
