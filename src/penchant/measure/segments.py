"""The metrics of user segments, from the segment of each question and the users who then did interact.

Definitions: Developer Guide, "Evaluating a solution version with metrics": hits are counted, recall is a share, both in
the likeliest hundredth of all users and averaged over the questions.
"""

from collections.abc import Sequence

import numpy as np

COVERED = 25
"""Users of each segment that count as recommended: Amazon's default size of a segment."""


def segment_size(user_count: int) -> int:
    """A hundredth of the users, one at least."""
    return max(1, user_count // 100)


def segment_metrics(segments: Sequence[np.ndarray], takers: Sequence[np.ndarray], user_count: int) -> dict[str, float]:
    """Amazon's three, not rounded.

    Of each question, the codes of the hundredth of users, or of COVERED if they are more, best first; and the distinct
    codes of the users who took what was asked about, one at least. All are 0 without a question.
    """
    if not segments:
        return {"coverage": 0.0, "hits_at_1_percent": 0.0, "recall_at_1_percent": 0.0}
    size = segment_size(user_count)
    hits = np.array([np.isin(segment[:size], taken).sum() for segment, taken in zip(segments, takers, strict=True)])
    covered = np.unique(np.concatenate([segment[:COVERED] for segment in segments]))
    return {
        "coverage": len(covered) / user_count,
        "hits_at_1_percent": float(hits.mean()),
        "recall_at_1_percent": float((hits / [len(taken) for taken in takers]).mean()),
    }
