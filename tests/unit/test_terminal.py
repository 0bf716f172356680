"""What a person reads when a command cannot do what was asked."""

import errno
from datetime import date

import pytest

from flows.terminal import errors_in_words
from hemoflow.connectors.synthetic.population import Population
from hemoflow.domain.errors import UsageError
from hemoflow.domain.refs import cut_instant


def test_what_the_machine_refuses_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped, errors_in_words():
        raise OSError(errno.ENOSPC, "No space left on device", "region/labs")
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("The machine refused region/labs: No space left on device.")


@pytest.mark.parametrize("day", [date.min, date(1849, 12, 31), date(2252, 1, 1), date.max])
def test_a_day_outside_of_every_record_is_refused(day: date) -> None:
    with pytest.raises(UsageError, match="is no day to plan"):
        cut_instant(day, 8, "Asia/Kuala_Lumpur")


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_history_that_ends_outside_of_the_calendar_is_refused(day: date) -> None:
    with pytest.raises(UsageError, match="--last-day"):
        Population(1000, 30, day)
