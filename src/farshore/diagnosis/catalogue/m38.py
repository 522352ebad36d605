"""M38: a named instance is looked up over UDP, which no TCP proxy carries."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import Symptom
from farshore.diagnosis.gateway_grounds import drivers, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _looked_up(scope: Scope) -> Ground | None:
    """A driver asked the SQL Server Browser for a named instance and heard nothing."""
    return ground(
        "a driver asked the SQL Server Browser (UDP 1434) for a named instance and heard nothing ({n} seen)",
        drivers(scope, Symptom.NAMED_INSTANCE),
    )


CAUSE = Cause(
    code="M38",
    title="Named instance: its port is asked for over UDP, which no TCP gateway carries",
    hop=Hop.CLIENT,
    about=About.GATEWAY,
    gravity=Gravity.PART,
    summary=(
        "With an instance name and no port the driver asks UDP 1434 of the host in its URL, which is the gateway. "
        "Nobody answers there; the TCP way to the instance itself may be in perfect order."
    ),
    decides=(_looked_up,),
    missing=(
        Missing(
            question=Question(
                what="which port the instance listens on",
                command="on the database host: SQL Server Configuration Manager, TCP/IP, IPAll; or its error log",
                cost=Cost.ASK,
                answered=unread,
            ),
            would_decide="a fixed port: map it; a dynamic one: it changes at each start, so fix it",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.DATABASE,
            command="give the instance a fixed TCP port",
            risk=Risk.LOW,
            verify="the port is the same after a restart of the instance",
        ),
        Remedy(
            owner=Owner.APPLICATION,
            command="write the gateway's port in the URL and leave the instance name out",
            risk=Risk.LOW,
            verify="the driver connects without asking port 1434",
        ),
    ),
    mistaken_for=(("M01", "there TCP connections fail; here none was tried"),),
)
