"""Words about forecasts of daily counts, without a store or an engine."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows import terminal
from flows.terminal import out
from hemoflow.domain.errors import InputError, UsageError

if TYPE_CHECKING:
    from models.demand.accuracy import Accuracy
    from models.demand.history import History
    from models.demand.panel import Panel
    from models.demand.rolling import Choice

app = typer.Typer()
LONGEST_HORIZON = 365
MISSING = ("unknown", "zero")
SHOWN = 8
"""Series named in one sentence."""
LEAST_LEAD = 0.005
"""A smaller lead of a method over the next best would read as none in whole per cent."""


@app.command(epilog="Example: `hemoflow forecast counts.csv --horizon 14 --quantiles 0.05,0.5,0.95 -o forecast.csv`")
def forecast(  # noqa: PLR0917 - the options of a command
    history: Annotated[Path, typer.Argument(help="CSV: date,value[,covariates], or the long form with series.")],
    horizon: Annotated[int, typer.Option(help="Days to forecast, 1 to 365.")] = 14,
    quantiles: Annotated[str, typer.Option(help="Probabilities between 0 and 1.")] = "0.05,0.5,0.95",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="CSV to write.")] = None,
    evaluate: Annotated[int, typer.Option(help="Score the last so many days, each forecast one day before.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="JSON of the evaluation to write.")] = None,
    country: Annotated[str, typer.Option(help="Public holidays of a country, for example MY.")] = "",
    subdivision: Annotated[str, typer.Option(help="State or province of the country.")] = "",
    missing: Annotated[str, typer.Option(help="What a day without a count means: unknown or zero.")] = "unknown",
    date_column: Annotated[str, typer.Option(help="Column of the day.")] = "date",
    value_column: Annotated[str, typer.Option(help="Column of the count.")] = "value",
    series_column: Annotated[str, typer.Option(help="Column of the series, in the long form.")] = "series",
) -> None:
    """Forecast a daily count series, or several, with quantiles; methods compete on days gone by."""
    from models.demand.history import Columns, read_histories

    probabilities = _probabilities(quantiles)
    _refuse_wrong_words(horizon, evaluate, missing, output, json_file)
    columns = Columns(date_column, value_column, series_column)
    text = _text(history)
    try:
        series = read_histories(text, columns=columns, missing_is_zero=missing == "zero")
        for note in dict.fromkeys(note for one in series for note in one.notes):
            terminal.err.print(note, markup=False)
        if evaluate:
            _evaluate(_panels(series, 1, country, subdivision), evaluate, probabilities, json_file)
        if output:
            _write_forecast(_panels(series, horizon, country, subdivision), probabilities, output, series_column)
    except InputError as error:
        raise InputError(f"{history}: {error}") from error


def _probabilities(text: str) -> tuple[float, ...]:
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or not all(0 < probability < 1 for probability in found):
        raise UsageError(
            f"The quantiles '{text}' are not numbers between 0 and 1.", remedy="For example --quantiles 0.05,0.5,0.95."
        )
    return tuple(found)


def _refuse_wrong_words(horizon: int, evaluate: int, missing: str, output: Path | None, json_file: Path | None) -> None:
    problems = []
    if not 1 <= horizon <= LONGEST_HORIZON:
        problems.append(f"--horizon {horizon} is not between 1 and {LONGEST_HORIZON}")
    if evaluate < 0:
        problems.append(f"--evaluate {evaluate} is not a number of days")
    if missing not in MISSING:
        problems.append(f"--missing {missing} is neither of {', '.join(MISSING)}")
    if not evaluate and not output:
        problems.append("nothing is asked for")
    if json_file and not evaluate:
        problems.append("--json holds an evaluation, and none is asked for")
    if problems:
        raise UsageError(
            "; ".join(problems).capitalize() + ".", remedy="Give -o FILE for a forecast, --evaluate DAYS for figures."
        )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"The file {path} does not exist.", remedy="Give the path of a CSV file.") from error
    except UnicodeDecodeError as error:
        where = f"byte {error.start} (value {error.object[error.start]:#04x})"
        raise InputError(f"The file {path} is not UTF-8 at {where}.", remedy="Save it as CSV in UTF-8.") from error
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.", remedy="Give a CSV file.") from error


def _panels(series: "list[History]", horizon: int, country: str, subdivision: str) -> "list[Panel]":
    from models.demand.calendar import check_country
    from models.demand.panel import Panel

    if country:
        check_country(country, subdivision)
    return [Panel(one, horizon, country, subdivision) for one in series]


def _evaluate(panels: "list[Panel]", days: int, probabilities: tuple[float, ...], json_file: Path | None) -> None:
    import pandas as pd

    from models.demand.several import evaluate_series

    found = evaluate_series(panels, days, probabilities)
    if json_file:
        terminal.write_text(json_file, json.dumps(found.document(), indent=2, allow_nan=False) + "\n")
    first, last = (min(panel.days[panel.known - days] for panel in panels), max(p.days[p.known - 1] for p in panels))
    table = pd.DataFrame([{"method": name, **_errors(figures)} for name, figures in found.models.items()])
    terminal.print_frame(table, f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, one day ahead")
    if len(panels) > 1:
        rows = [
            {"series": name, "chosen": choice.selected, **_errors(found.by_series[name][choice.selected])}
            for name, choice in found.choices.items()
        ]
        terminal.print_frame(pd.DataFrame(rows), "Each series by the method chosen for it")
    for share, held in found.models[found.selected]["coverage"].items():
        if held is not None:
            out.print(f"The {float(share):.0%} interval of {found.selected} held {held:.1%} of the days.")
    out.print(_reason(found.choices))


def _errors(figures: "Accuracy") -> dict[str, float | None]:
    return {"mae": figures["mae"], "rmse": figures["rmse"], "mape": figures["mape"], "mase": figures["mase"]}


def _write_forecast(panels: "list[Panel]", probabilities: tuple[float, ...], output: Path, series_column: str) -> None:
    import pandas as pd

    from models.demand.rolling import forecast as look_ahead

    found = [look_ahead(panel, probabilities) for panel in panels]
    table = pd.concat([outlook.table for outlook in found], ignore_index=True)
    if not any(panel.history.name for panel in panels):
        table = table.drop(columns="series")
    text = table.rename(columns={"series": series_column}).to_csv(index=False, float_format="%.3f", lineterminator="\n")
    terminal.write_text(output, text)
    names = [panel.history.name for panel in panels]
    out.print(f"{_reason(dict(zip(names, (outlook.choice for outlook in found), strict=True)))} -> {output}")


def _reason(choices: "dict[str, Choice]") -> str:
    """Which method forecasts, and why: of one series by its lead, of several by who has which."""
    if len(choices) == 1:
        return _lead(next(iter(choices.values())))
    having: dict[str, list[str]] = {}
    for series, choice in choices.items():
        having.setdefault(choice.selected, []).append(series)
    told = [f"{method} for {_few(series)}" for method, series in having.items()]
    return f"Each series has the method with the smallest mean error on its own days before: {'; '.join(told)}."


def _few(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _lead(choice: "Choice") -> str:
    names = list(choice.errors)
    text = f"Chosen: {choice.selected}, the smallest mean error over the {choice.last - choice.first} days before"
    if len(names) > 1:
        lead = 1 - choice.errors[names[0]] / choice.errors[names[1]] if choice.errors[names[1]] else 0.0
        text += f", {lead:.0%} below {names[1]}" if lead >= LEAST_LEAD else f", as good as {names[1]}"
    return text + "."
