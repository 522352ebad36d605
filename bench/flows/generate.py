"""A seeded flow log of any size: one day of a tailnet of 40 nodes, with an outage of one router in the middle.

Both reporters of a subnet flow log it, zero counts are left out, physical rows are direct or over DERP, single-packet
rows are as frequent in the outage as before it; only what is unanswered changes.
"""

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2026, 3, 4, tzinfo=UTC)
DAY_S = 86_400
OUTAGE_S = (43_200, 45_600)  # 12:00 to 12:40
NODES = 40
ROUTERS = 4
ROWS_A_MESSAGE = 9
WINDOW_S = 5
SHARE_SINGLE = 0.6
# Each client talks to a few targets and each node to a few others, day after day.
TARGETS = 4
PEERS = 5


def write(path: Path, rows: int, seed: int = 7) -> int:
    """Write about `rows` rows as newline-delimited messages; how many they are."""
    chance = random.Random(seed)
    written = 0
    with path.open("w", encoding="ascii") as file:
        batch: list[str] = []
        for line, count in _messages(chance, rows):
            batch.append(line)
            written += count
            if len(batch) == 2000:
                file.write("".join(batch))
                batch.clear()
        file.write("".join(batch))
        # What is still on its way to the disk would take its time from whoever reads the file first.
        file.flush()
        os.fsync(file.fileno())
    return written


def _messages(chance: random.Random, rows: int) -> Iterator[tuple[str, int]]:
    messages = max(rows // ROWS_A_MESSAGE, 1)
    for number in range(messages):
        second = DAY_S * number / messages
        start = BEGIN + timedelta(seconds=second)
        node = chance.randrange(NODES)
        yield _message(chance, node, start, down=OUTAGE_S[0] <= second < OUTAGE_S[1])


def _message(chance: random.Random, node: int, start: datetime, *, down: bool) -> tuple[str, int]:
    is_router = node < ROUTERS
    dead = down and node == 0
    subnet = [] if dead else [_subnet(chance, node, is_router=is_router, down=down) for _ in range(5)]
    virtual = [] if dead else [_virtual(chance, node) for _ in range(2)]
    physical = [] if dead else [_physical(chance, node, down=down) for _ in range(2)]
    lists = (("virtual", virtual), ("subnet", subnet), ("physical", physical))
    traffic = "".join(f',"{name}Traffic":[{",".join(rows)}]' for name, rows in lists if rows)
    end = start + timedelta(seconds=WINDOW_S)
    line = (
        f'{{"logged":"{_time(end)}","nodeId":"n{node:04d}CNTRL","start":"{_time(start)}","end":"{_time(end)}",'
        f'"srcNode":{{"nodeId":"n{node:04d}CNTRL","name":"node-{node}.example.ts.net","addresses":["{_ip(node)}"]}}'
        f"{traffic}}}\n"
    )
    return line, len(subnet) + len(virtual) + len(physical)


def _subnet(chance: random.Random, node: int, *, is_router: bool, down: bool) -> str:
    client = node + ROUTERS * chance.randrange(1, NODES // ROUTERS) if is_router else node
    router = node if is_router else client % ROUTERS
    host = client * TARGETS + chance.randrange(TARGETS)
    target = f"172.16.{router}.{1 + host % 250}:{(1433, 5432, 21, 22)[host % 4]}"
    source = f"{_ip(client)}:{chance.randrange(32768, 61000)}"
    counts = _counts(chance, answered=not (down and router == 0))
    ends = (target, source) if is_router else (source, target)
    return f'{{"proto":6,"src":"{ends[0]}","dst":"{ends[1]}",{counts}}}'


def _virtual(chance: random.Random, node: int) -> str:
    other = (node + 1 + chance.randrange(PEERS)) % NODES
    counts = _counts(chance, answered=True)
    return f'{{"proto":17,"src":"{_ip(node)}:{chance.randrange(32768, 61000)}","dst":"{_ip(other)}:53",{counts}}}'


def _physical(chance: random.Random, node: int, *, down: bool) -> str:
    peer = node % ROUTERS if node >= ROUTERS and chance.random() < 0.5 else (node + chance.randrange(1, PEERS)) % NODES
    over = f"127.3.3.40:{1 + peer % 9}" if peer % 3 == 0 else f"192.0.2.{peer}:41641"
    if down and peer == 0 and node >= ROUTERS:
        return f'{{"src":"{_ip(peer)}:0","dst":"{over}","txPkts":1,"txBytes":148}}'
    return f'{{"src":"{_ip(peer)}:0","dst":"{over}",{_counts(chance, answered=True)}}}'


def _counts(chance: random.Random, *, answered: bool) -> str:
    sent = 1 if chance.random() < SHARE_SINGLE else chance.randrange(2, 400)
    told = f'"txPkts":{sent},"txBytes":{sent * chance.randrange(60, 1400)}'
    if not answered or (sent == 1 and chance.random() < 0.9):
        # A single packet one way is as common in a healthy hour: keepalives, UDP, windows cut in the middle.
        return told if chance.random() < 0.5 or not answered else f'"rxPkts":1,"rxBytes":{chance.randrange(60, 1400)}'
    return f'{told},"rxPkts":{sent},"rxBytes":{sent * chance.randrange(60, 1400)}'


def _ip(node: int) -> str:
    return f"100.64.0.{node + 1}"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
