"""What a run's log says of an error: one line where a person has to mend something, a traceback where we have to."""

import logging
import sys

import pytest

import tasks.progress  # noqa: F401 - it puts its words into Prefect's loggers
from hemoflow.domain.errors import StateError


def logged(error, *names):
    """The records that Prefect's loggers let through when each of them tells of the same error."""
    try:
        raise error
    except type(error):
        told = sys.exc_info()
    loggers = [logging.getLogger(f"prefect.{name}") for name in names]
    records = [each.makeRecord(each.name, logging.ERROR, "", 0, "failed: %r", (error,), told) for each in loggers]
    return [record for each, record in zip(loggers, records, strict=True) if each.filter(record)]


def test_an_error_that_a_person_can_mend_is_said_once_and_in_words():
    for _ in range(2):  # another error with the same words is said again
        (record,) = logged(StateError("No model.", remedy="Train."), "task_runs", "flow_runs", "engine")
        assert record.getMessage() == "StateError: No model. Train."
        assert record.exc_info is None


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), KeyError("x")])
def test_an_error_that_we_have_to_mend_keeps_its_traceback(error):
    records = logged(error, "task_runs", "flow_runs")
    assert [record.exc_info[1] for record in records] == [error] * 2
