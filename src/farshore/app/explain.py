"""`farshore explain`: the catalogue of causes as documentation."""

from farshore.app.exits import Exit, Refusal
from farshore.config.did_you_mean import did_you_mean
from farshore.diagnosis.causes import BY_CODE, CATALOGUE
from farshore.report.causes import cause_text, list_text


def explain(code: str | None) -> Exit | Refusal:
    """Print one cause, or without a code one line for each."""
    if code is None:
        print(list_text(CATALOGUE))  # noqa: T201 - the command's output
        return Exit.OK
    cause = BY_CODE.get(code.upper())
    if cause is None:
        hint = did_you_mean(code.upper(), BY_CODE) or "see `farshore explain --list`."
        return Refusal(exit=Exit.USAGE, sentence=f"no cause is called {code}; {hint}")
    print(cause_text(cause))  # noqa: T201 - the command's output
    return Exit.OK
