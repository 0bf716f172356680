"""Forms of the pages as they arrive, checked: an empty field is something that nobody has said."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from hemoflow.domain.decisions import Cause, Choice, Wish


def _nothing(value: object) -> object:
    return None if value == "" else value


Day = Annotated[date | None, BeforeValidator(_nothing)]
Answer = Annotated[bool | None, BeforeValidator(_nothing)]
Words = Annotated[str, Field(max_length=500)]


class VisitForm(BaseModel):
    """What every form about a patient's visit says.

    Attributes:
        token: The session's token.
        patient_id: Whose visit.
        reason: Why; may be empty where the store allows it.
        at: Row of the page to come back to.
    """

    token: str
    patient_id: str
    reason: Words = ""
    at: Annotated[str, Field(pattern=r"^(r[0-9]+)?$")] = ""


class WishForm(VisitForm):
    """What is to become of a visit."""

    choice: Choice
    until_on: Day = None
    cause: Annotated[Cause | None, BeforeValidator(_nothing)] = None
    clinician: Annotated[str, Field(max_length=100)] = ""

    @property
    def wish(self) -> Wish:
        """The wish; what concerns a deferral only is left out of others."""
        if self.choice is not Choice.DEFER:
            return Wish(self.choice)
        return Wish(self.choice, self.until_on, self.cause, self.clinician.strip())


class AnswerForm(VisitForm):
    """What was confirmed of a home visit."""

    sample_taken_on: Day = None
    is_stable: Answer = None
    has_transport: Answer = None
    is_crossmatched: Answer = None

    def said(self, questions: Iterable[str]) -> dict[str, date | bool | None]:
        """The answers to the questions that the form asked the person."""
        return {question: getattr(self, question) for question in questions}
