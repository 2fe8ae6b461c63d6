"""Whose an event is: its user's, or that of a session without a user."""

from dataclasses import dataclass

_NOT_IDS = ("null", "undefined")
"""What JavaScript makes of an id that it does not have."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a journal's entry is of (see `Taken`)."""

    subject: str
    session: str | None
    anonymous: bool
    dropped: str | None
    """Why events of this visitor are not stored."""
    reasons: tuple[str, ...]
    """What is to be noted of each event that is."""


def visitor(user: str | None, session: str) -> Visitor:
    """Without a user the session stands for one, unless it is the text "null": Amazon drops those events too."""
    if session == "null" and user is None:
        reason = 'The sessionId is the text "null" and there is no userId: all visitors would share one history.'
        return Visitor(session, None, True, reason, ())
    reasons = []
    if user in _NOT_IDS:
        reasons.append(f'The userId is the text "{user}": all who send it share one history.')
    if session == "null":
        reasons.append('The sessionId is the text "null". The event was stored without a session.')
    elif session in _NOT_IDS:
        reasons.append(f'The sessionId is the text "{session}": all who send it share one session.')
    known = None if session == "null" else session
    return Visitor(session if user is None else user, known, user is None, None, tuple(reasons))
