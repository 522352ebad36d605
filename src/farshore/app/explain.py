"""`farshore explain`: the catalogue of causes, and of misreadings, as documentation."""

from farshore.app.exits import Exit, Refusal
from farshore.config.did_you_mean import did_you_mean
from farshore.diagnosis.causes import BY_CODE, CATALOGUE
from farshore.diagnosis.misread import BY_ID, MISREADINGS
from farshore.report.causes import cause_text, list_text, misreading_list_text, misreading_text


def explain(code: str | None) -> Exit | Refusal:
    """Print one cause or misreading, or without a code one line for each."""
    if code is None:
        print(f"{list_text(CATALOGUE)}\n\n{misreading_list_text(MISREADINGS)}")  # noqa: T201 - the command's output
        return Exit.OK
    asked = _written(code)
    misreading = BY_ID.get(asked.replace("F0", "F"))
    if misreading is not None:
        print(misreading_text(misreading))  # noqa: T201 - the command's output
        return Exit.OK
    cause = BY_CODE.get(asked)
    if cause is None:
        hint = did_you_mean(asked, BY_CODE) or "see `farshore explain --list`."
        return Refusal(exit=Exit.USAGE, sentence=f"no cause is called {code}; {hint}")
    print(cause_text(cause))  # noqa: T201 - the command's output
    return Exit.OK


def _written(code: str) -> str:
    """A code as the catalogue writes it: `m7` is M07."""
    letter, number = code[:1].upper(), code[1:]
    return f"{letter}{number:0>2}" if number.isdecimal() else code.upper()
