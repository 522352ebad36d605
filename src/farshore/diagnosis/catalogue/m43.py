"""M43: the database is slow, or waits for a lock; the way to it is not the matter."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.gateway_grounds import drivers, silent_before_reply, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope

# Errors that the server itself raises: lock time-outs, deadlocks, statement limits.
_SERVER_SAID = {"1205", "1222", "3024", "1969", "57014", "55P03", "40P01", "ORA-00054", "ORA-00060"}


def _waited(scope: Scope) -> Ground | None:
    """The server itself says that a query ran into a lock or a time limit: it answered."""
    told = [each for each in drivers(scope, Symptom.SLOW) if each.number in _SERVER_SAID]
    numbers = ", ".join(dict.fromkeys(each.number for each in told))
    return ground(f"the server itself says that queries ran into a lock or a time limit: {numbers} ({{n}} seen)", told)


def _gave_up(scope: Scope) -> Ground | None:
    """A driver gave up waiting for a reply; a slow query looks so, and a reply that was lost on the way, too."""
    silent = [each for each in drivers(scope, Symptom.SLOW) if each.number not in _SERVER_SAID]
    return ground("a driver gave up waiting for a reply ({n} seen)", silent)


CAUSE = Cause(
    code="M43",
    title="Slow query or lock in the database",
    hop=Hop.TARGET,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "New connections come about at once and simple queries answer; some queries wait for a lock or take long. "
        "Moving paths or restarting anything on the way does not help."
    ),
    decides=(_waited,),
    allows=(_gave_up, silent_before_reply),
    missing=(
        Missing(
            question=Question(
                what="a probe of the same target beside the slow query",
                command="farshore doctor",
                cost=Cost.PROBE,
                answered=unread,
            ),
            would_decide="the greeting comes at once: M43; it is late, too: the way (M11, M21) or a loaded server",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.DATABASE,
            command=(
                "find the blocking session (sys.dm_exec_requests, pg_blocking_pids, SHOW ENGINE INNODB STATUS, "
                "v$session) and the statement's plan"
            ),
            risk=Risk.LOW,
            verify="the same query answers within its usual time",
        ),
    ),
    mistaken_for=(
        ("M11", "over a relay everything is slow, the greeting too"),
        ("M21", "there a reply stalls for ever at the same size"),
    ),
)
