"""`docs/configuration.md`, written from the model, so that the two cannot drift apart."""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from farshore.config.schema import schema

_INTRODUCTION = """# Configuration

<!-- Written by `make docs` from the code; edit that instead. -->

The shortest configuration is a route; everything else has a default:

```yaml
routes:
  - listen: 8082
    target: 172.16.20.88:1433
```

The same without a file: `farshore serve 8082=172.16.20.88:1433`. `farshore check -c FILE` tells everything that is
wrong with a file at once, each with line and column, and ends with exit code 2; `farshore config schema` prints the
JSON Schema for an editor.

A file is YAML or JSON, in UTF-8, at most 1 MiB. Words are read as YAML 1.2 does: only `true` and `false` are booleans
(`yes`, `no`, `on` and `off` are words), and only decimal digits are numbers (`0o17` and `8082:1433` are not). Refused:
a key that stands twice, an unknown field, aliases (`*x`) and merge keys (`<<`), tags (`!x`), a second document.

- **duration**: `250ms`, `30s`, `5m`, `1h`, or a number of seconds.
- **address**: IPv4 or IPv6. Before a port an IPv6 address stands in brackets: `"[::1]:8082"`, in quotes, because YAML
  takes a bracket for a list.
- **size**: `512MiB`, `1GiB`, `500MB` or `1GB`.
- **range**: `21000-21010`, at most 1024 ports.
- **name**: up to 63 letters, digits, dots, dashes and underscores.

A target is an address. A name is taken only with `resolve:` beside it: `tailnet` looks among the machines of the
tailnet, `pod` asks the resolver of the host that Farshore runs on. Refused as a target: loopback, link-local,
multicast and unspecified addresses, and the gateway's own ports.

A configuration is refused where it could send a client's bytes to the wrong host or could not be served: two listeners
on one port, an HTTP proxy without the socket that says who owns a target, a SOCKS5 port elsewhere without either the
socket or the addresses of its tailscaled, an `admin` port that others can reach without `admin_token_file`, a target
inside Tailscale's own ranges (100.64.0.0/10, fd7a:115c:a1e0::/48) over an egress without the socket, a `direct` egress
without the socket on a route without `allow_direct: true`.

It is served with a warning where only the host can tell, or where nothing but comfort is at stake: a port below 1024
(root, the capability `NET_BIND_SERVICE` or a sysctl may allow it), more connections than descriptors, a `dial` below
5 s over SOCKS5, an egress that no route uses.

## A file that changes

`farshore serve` reads its file again on SIGHUP, and by itself within two seconds after the file has become another one:
written, replaced, or behind a link that leads elsewhere now, as the kubelet updates a ConfigMap (mounted as a folder;
one mounted with `subPath` never changes). Connections never notice.

- A **new route** opens its port. A **removed** one closes it; its connections go on until they end by themselves or
  `drain.grace` is over.
- A **changed route** (target, paths, egress, bounds) is for those who connect from now on. Its port stays open, and
  what is known of the paths that it keeps, breakers and dial times, is kept.
- `limits`, `timeouts`, `keepalive`, `drain` and `redact` are for those who connect from now on, too.
- `path_health` and `observe` are for the next look; `remedies`, `control` and `routers` for the next remedy, in an
  outage that lasts as well: its ladder begins anew. What is under way ends as it was begun, and what has been spent
  stays spent.
- `alerts` and `notify` count from then on: a channel that is as it was goes on with what waits, one of the same name
  takes that over, and of one that is gone it is told (`notification-failed`). Without `alerts` what fires is over.
  Only where the process began without `alerts` and `incidents` do `alerts` need a restart.
- A file that is **refused**, or one with a port that cannot be had, changes nothing at all: what was carried before is
  carried on, and the gateway stays ready. The reason is in the log (`configuration-refused`), in the body of `/readyz`
  under `configuration`, and `farshore_configuration_current` is 0 until a file is carried.
- Settings that **need a restart** (every one that is not named above, `health` and `admin` among them) are named in the
  log (`configuration-applied`, `needs_restart`) and in `/readyz`; the rest of the file is carried. To move a route from
  `127.0.0.1:8082` to `0.0.0.0:8082`, restart, too, or take it out first: a port cannot be had twice.

Without a file, a SIGHUP is told in the log and changes nothing.
"""

_FOUNDING = """## The founding format

A file with nothing but `portMappings` goes on working:

```yaml
portMappings: {8082: "172.16.20.88:1433"}
```

It listened on every interface, and so it does now (`listen_host: 0.0.0.0`), with a warning. `farshore check` prints the
file in the present format. A name as its target is read with `resolve: tailnet` if it ends in `.ts.net`, and with
`resolve: pod` otherwise; a warning says which.
"""

_SECTIONS = (
    ("Top level", None),
    ("`routes:`, each", "Route"),
    ("`paths:` of a route, each", "Path"),
    ("`probe_login:` of a route", "ProbeLogin"),
    ("`password:` of `probe_login:`", "Password"),
    ("`tailscaled:`", "Tailscaled"),
    ("`routers:`, each", "Router"),
    ("`egresses:`, `kind: tailscaled`", "TailscaledEgress"),
    ("`egresses:`, `kind: socks5`", "Socks5Egress"),
    ("`egresses:`, `kind: connect`", "ConnectEgress"),
    ("`egresses:`, `kind: direct`", "DirectEgress"),
    ("`refuse_tls:`", "RefuseTls"),
    ("`limits:`", "Limits"),
    ("`timeouts:`", "Timeouts"),
    ("`keepalive:`", "Keepalive"),
    ("`path_health:`", "PathHealth"),
    ("`observe:`", "Observe"),
    ("`drain:`", "Drain"),
    ("`remedies:`", "Remedies"),
    ("`lease:` of `remedies:`", "Lease"),
    ("`control:`", "Control"),
    ("`otel:`", "Otel"),
    ("`journal:`", "Journal"),
    ("`incidents:`", "Incidents"),
    ("`alerts:`", "Alerts"),
    ("`rules:` of `alerts:`, each", "AlertRule"),
    ("`silences:` of `alerts:`, each", "Silence"),
    ("`notify:`, each", "Channel"),
    ("`webhook:` of a channel", "Webhook"),
    ("`google_chat:` of a channel", "GoogleChat"),
    ("`slack:` of a channel", "Slack"),
    ("`alertmanager:` of a channel", "AlertmanagerChannel"),
    ("`apprise:` of a channel", "Apprise"),
    ("`url:` and each of `headers:` of a channel", "Secret"),
)


def example() -> str:
    """A configuration that shows every field."""
    return files("farshore.config").joinpath("example.yaml").read_text(encoding="utf-8")


def markdown() -> str:
    """The whole reference."""
    document = schema()
    parts = [_INTRODUCTION]
    for title, definition in _SECTIONS:
        model = document if definition is None else document["$defs"][definition]
        parts.append("\n".join(_section(title, model, document)))
    parts += [_FOUNDING, f"## Every field\n\n```yaml\n{example()}```\n"]
    return "\n".join(parts)


def _section(title: str, model: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}\n"
    if title != _SECTIONS[0][0]:
        yield f"{model['description']}\n"
    yield "| field | written as | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, described in model["properties"].items():
        default = "required" if name in model.get("required", ()) else _default(described)
        yield f"| `{name}` | {_written_as(described, document)} | {default} | {described['description']} |"
    yield ""


def _default(described: Mapping[str, Any]) -> str:
    match described.get("default"):
        case None | [] if "$ref" in described or "additionalProperties" in described:
            return "as below"
        case None | []:
            return "none"
        case str(text):
            return f"`{text}`"
        case value:
            return f"`{json.dumps(value)}`"


def _written_as(described: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    match described:
        case {"anyOf": [inner, {"type": "null"}], **more}:
            text = _written_as({**inner, **more}, document)
        case {"$ref": str(reference)}:
            target = document["$defs"][reference.rpartition("/")[2]]
            text = _written_as(target, document) if "enum" in target else "section"
        case {"enum": [*words]}:
            text = ", ".join(f"`{word}`" for word in words)
        case {"const": str(word)}:
            text = f"`{word}`"
        case {"type": "array", "items": inner}:
            text = "list" if "$ref" in inner else f"list; each: {_written_as(inner, document)}"
        case {"type": "integer", "minimum": low, "maximum": high}:
            text = f"whole number, {low} to {high}"
        case {"type": "boolean"}:
            text = "`true` or `false`"
        case {"title": str(title), "examples": [first, *_], **more}:
            text = title if more.get("default") else f"{title}, such as `{first}`"
        case _:
            text = "sections, each by its name"
    return text
