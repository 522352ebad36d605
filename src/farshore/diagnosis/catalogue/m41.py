"""M41: FTP's control connection works, its data connection goes astray."""

from farshore.diagnosis.cause import About, Cause, Cost, Gravity, Ground, Hop, Missing, Owner, Question, Remedy, Risk
from farshore.diagnosis.facts.clients import PassiveNamed, Symptom
from farshore.diagnosis.gateway_grounds import drivers, unread
from farshore.diagnosis.grounds import ground
from farshore.diagnosis.index import Scope


def _passive_failed(scope: Scope) -> Ground | None:
    """The address in a 227 reply was not reached."""
    failed = [each for each in drivers(scope, Symptom.DATA_CHANNEL) if each.redirect]
    where = ", ".join(dict.fromkeys(each.redirect for each in failed))
    return ground(f"the server named {where} for the data (227), and the client did not reach it", failed)


def _named_port_unreached(scope: Scope) -> Ground | None:
    """A client could not connect to the port that a 227 reply had named for the data."""
    named = {each.port: each for each in scope.index.of(PassiveNamed)}
    unreached = drivers(scope, Symptom.NOT_REACHED_REFUSED, Symptom.NOT_REACHED_SILENT)
    lost = [(each, named[port]) for each in unreached if (port := _port(each.address)) in named]
    where = ", ".join(dict.fromkeys(f"{reply.address}:{reply.port}" for _, reply in lost))
    facts = [fact for pair in lost for fact in pair]
    return ground(f"the server named {where} for the data (227), and a client found nobody on that port", facts)


def _port(address: str) -> int | None:
    port = address.rpartition(":")[2]
    return int(port) if port.isdecimal() else None


def _no_data(scope: Scope) -> Ground | None:
    """The data connection did not come about (425) while the control connection went on."""
    return ground(
        "the data connection did not come about while the control connection went on ({n} seen)",
        drivers(scope, Symptom.DATA_CHANNEL),
    )


CAUSE = Cause(
    code="M41",
    title="FTP data connection: the control connection works, LIST and transfers hang",
    hop=Hop.GATEWAY,
    about=About.GATEWAY,
    gravity=Gravity.TARGET,
    summary=(
        "In passive mode the server names its own private address and a port for each transfer. The client dials "
        "that, past the gateway, unless somebody rewrites the reply and carries the port. FTPS hides the reply."
    ),
    decides=(_passive_failed, _named_port_unreached),
    points=(_no_data,),
    missing=(
        Missing(
            question=Question(
                what="the reply to PASV and to EPSV, as the client sees it",
                command="curl -v --disable-epsv ftp://GATEWAY:PORT/ 2>&1 | grep -E '^< (227|229|425)'",
                cost=Cost.PROBE,
                answered=lambda scope: bool(scope.index.of(PassiveNamed)),
            ),
            would_decide="a private address in 227: M41; the gateway's own: its data ports are closed or not carried",
        ),
        Missing(
            question=Question(
                what="whether the session is FTPS, whose replies nobody can rewrite",
                command="curl -v --ssl-reqd ftp://GATEWAY:PORT/ 2>&1 | grep -i 'AUTH TLS'",
                cost=Cost.PROBE,
                answered=unread,
            ),
            would_decide="FTPS: only EPSV and a fixed range of ports help; plain FTP: the reply may be rewritten, too",
        ),
    ),
    remedies=(
        Remedy(
            owner=Owner.GATEWAY,
            command="set `protocol: ftp` on the route: it then carries the data connections of plain FTP, too",
            risk=Risk.LOW,
            verify="`curl -v --disable-epsv ftp://GATEWAY:PORT/` shows a 227 that names the gateway, and lists",
        ),
        Remedy(
            owner=Owner.DATABASE,
            command="for FTPS, give the server a small range of passive ports, and the gateway's address for them",
            risk=Risk.MEDIUM,
            verify="PASV names the gateway and a port of the range",
        ),
        Remedy(
            owner=Owner.GATEWAY,
            command="for FTPS, add a route for that range of ports on the same numbers; let clients use EPSV",
            risk=Risk.MEDIUM,
            verify="`curl ftp://GATEWAY:PORT/` lists the directory",
        ),
    ),
    mistaken_for=(
        ("M01", "there the control connection fails, too"),
        ("M32", "there the data comes, and its end is missing"),
    ),
)
