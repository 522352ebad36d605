"""What tailscaled says of who owns which address, for whoever can wait for it."""

import asyncio

from farshore.gateway.ownership import Answer, Ownership


async def ask(ownership: Ownership, max_age_s: float) -> Answer:
    """A view that is at most so old, or why there is none."""
    answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def tell(answer: Answer) -> None:
        if not answered.done():
            answered.set_result(answer)

    ownership.ask(max_age_s, tell)
    return await answered
