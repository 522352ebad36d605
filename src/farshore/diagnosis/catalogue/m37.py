"""M37: the database answers, and declines."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import DriverFailed, Symptom
from farshore.diagnosis.gateway_grounds import drivers, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _declined(scope: Scope) -> Ground | None:
    """The server itself declined the login: it answered, so the way to it is healthy."""
    told = drivers(scope, Symptom.LOGIN_DECLINED)
    return ground(f"the server itself declined the login{_numbers(told)} ({{n}} seen)", told)


def _full(scope: Scope) -> Ground | None:
    """The server itself says that a limit of its own is reached: it answered, so the way to it is healthy."""
    told = drivers(scope, Symptom.SERVER_FULL)
    return ground(f"the server itself says that it takes no more{_numbers(told)} ({{n}} seen)", told)


def _numbers(told: list[DriverFailed]) -> str:
    numbers = ", ".join(dict.fromkeys(each.number for each in told if each.number))
    return f": {numbers}" if numbers else ""


CAUSE = Cause(
    code="M37",
    title="Database declines: login, or a limit of its own",
    hop=Hop.TARGET,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "The answer comes from the database itself, in its own protocol. Gateway, tailnet, router and network are "
        "healthy at that moment; it never counts as a failure of theirs."
    ),
    decides=(_declined, _full),
    missing=(
        Missing(
            question=Question(
                what="what the server's own log says of the refused login",
                command="on the database host: its error log at that time, with the client's address",
                cost=Cost.ASK,
                answered=unread,
            ),
            would_decide="password, database, host rule or limit: which of them",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.DATABASE,
            command="mend the login, the host rule or the limit that the error number names",
            risk=Risk.LOW,
            verify="the application logs in; `farshore doctor` shows the greeting, as before",
        ),
        Remedy(
            owner=Owner.DATABASE,
            command=(
                "MySQL 1129: `FLUSH HOSTS`, and let probes read the greeting and quit politely; connections that only "
                "open and close are counted as errors"
            ),
            risk=Risk.LOW,
            verify="`SHOW GLOBAL STATUS LIKE 'Aborted_connects'` stands still",
        ),
    ),
    mistaken_for=(
        ("a network failure", "a network does not know error numbers"),
        ("M31", "there the gateway is full, and the client sees a reset"),
    ),
)
