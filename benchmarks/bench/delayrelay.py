# SPDX-FileCopyrightText: 2026 The frpx authors
# SPDX-License-Identifier: Apache-2.0
"""A program that imitates a long link: a TCP relay whose bytes take half a round trip each way.

Arguments: the round trip in milliseconds, then pairs LISTEN:TARGET of ports on 127.0.0.1.

The caller's connect() is answered by this machine at once, which a long link would not do. So the caller's first
bytes are held back by one more round trip: they arrive when they would have, had the handshake travelled too.
"""

import asyncio
import collections
import selectors
import sys

from .ports import HOST

_MAX_HELD = 4 << 20  # bytes of one direction on their way; beyond it reading pauses
_CLOCK_STEP = 1e-4  # seconds; asyncio may call a little early


class _Direction(asyncio.Protocol):
    """Reads one side and writes to the other half a round trip later; asyncio calls both sides `transport`."""

    def __init__(self, delay: float):
        self.loop = asyncio.get_running_loop()
        self.delay = delay
        self.not_before = 0.0  # the caller's bytes leave no earlier: its handshake is still on its way
        self.peer: _Direction | None = None
        self.transport: asyncio.Transport | None = None
        self.queue: collections.deque[tuple[float, bytes | None]] = collections.deque()
        self.held = 0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._later(data)
        self.held += len(data)
        if self.held > _MAX_HELD:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self._later(None)
        return True  # the other direction goes on

    def connection_lost(self, exc) -> None:
        self.loop.call_later(self.delay, self._drop_peer)

    def _later(self, data: bytes | None) -> None:
        due = max(self.loop.time(), self.not_before) + self.delay
        self.queue.append((due, data))
        self.loop.call_at(due, self.deliver)

    def deliver(self) -> None:
        """Hands on what is due; it waits while the other side is being connected, which calls again."""
        if not self.peer or not self.peer.transport:
            return
        while self.queue and self.queue[0][0] <= self.loop.time() + _CLOCK_STEP:
            _, data = self.queue.popleft()
            if data is not None:
                self.held -= len(data)
            if self.peer.transport.is_closing():
                continue
            if data is None:
                self.peer.transport.write_eof()
            else:
                self.peer.transport.write(data)
        if self.held <= _MAX_HELD and not self.transport.is_closing():
            self.transport.resume_reading()

    def _drop_peer(self) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.close()


class _Answerer(_Direction):
    """The side that is dialled."""

    def __init__(self, delay: float, caller: _Direction):
        super().__init__(delay)
        self.peer = caller

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self.peer.peer = self
        self.peer.deliver()


class _Caller(_Direction):
    """The side that was connected to; it dials the target when the handshake would have arrived there."""

    def __init__(self, delay: float, target: int):
        super().__init__(delay)
        self.target = target

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self.not_before = self.loop.time() + 2 * self.delay
        # A little early: the target's accept must not come on top of the link.
        self.loop.call_at(self.not_before + 0.9 * self.delay, lambda: self.loop.create_task(self._dial()))

    async def _dial(self) -> None:
        if self.transport.is_closing():
            return
        answerer = _Answerer(self.delay, self)
        try:
            await self.loop.create_connection(lambda: answerer, HOST, self.target)
        except OSError:
            self.transport.abort()


async def _serve(round_trip: float, pairs: list[str]) -> None:
    loop = asyncio.get_running_loop()
    for pair in pairs:
        listen, target = (int(port) for port in pair.split(":"))
        await loop.create_server(
            lambda target=target: _Caller(round_trip / 2, target), HOST, listen, backlog=1024
        )
    await asyncio.Event().wait()


if __name__ == "__main__":
    # select() takes microseconds, where asyncio rounds for epoll up to whole milliseconds.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(float(sys.argv[1]) / 1000, sys.argv[2:]))
