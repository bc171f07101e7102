"""A remote store of chunks (zarr, version 2 or 3) over our own web client: what it brings has the same bounds, retries,
encryption and silence about credentials as every file. Chunks lie on the disk until the job is done, because months
share them."""

import asyncio
import time
from collections.abc import Callable, Iterable

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.buffer import Buffer, BufferPrototype

from vadose.acquire.chunks import Chunks
from vadose.acquire.errors import Exhausted, FetchError, Gone, Rejected
from vadose.acquire.http import Http
from vadose.acquire.names import bare
from vadose.acquire.partial import html_sentence, is_html

METADATA = ("zarr.json", ".zmetadata", ".zarray", ".zattrs", ".zgroup")
LARGEST = 2**30  # bytes of one chunk as it is sent


class ChunkStore(Store):
    """A store that is read only, until its chunks are forgotten: then it asks for nothing more.

    Parameters
    ----------
    http : Http
        The web client, with its credentials.
    address : str
        Of the store.
    chunks : Chunks
        Where they are kept.
    came : callable
        Told of the bytes of each chunk that came over the net.
    """

    def __init__(self, http: Http, address: str, chunks: Chunks, came: Callable[[int], None]):
        super().__init__(read_only=True)
        self.http, self.address, self.chunks, self.came = http, address.rstrip("/"), chunks, came
        self.end = time.monotonic() + http.policy.longest_file
        self.forgotten = chunks.forgotten

    def __eq__(self, value: object) -> bool:
        return isinstance(value, ChunkStore) and value.address == self.address

    async def get(self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None) -> Buffer | None:
        """Bytes of a key, or of a part of it; None where the store has none, which zarr takes for missing values."""
        data = await asyncio.to_thread(self._bytes, key)
        return None if data is None else prototype.buffer.from_bytes(_part(data, byte_range))

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """As `get`, of several keys."""
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        """Whether the store has a key."""
        return await asyncio.to_thread(self._bytes, key) is not None

    def _bytes(self, key: str) -> bytes | None:
        place = f"{self.address}/{key}"
        metadata = key.rsplit("/", 1)[-1] in METADATA  # grows with each month: never kept
        if self.chunks.forgotten != self.forgotten:  # zarr goes on with all that it was asked for
            raise FetchError(
                f"{bare(place)}: expected a store that is still read, found that its chunks were forgotten."
            )
        if not metadata and (kept := self.chunks.read(place)) is not None:
            return kept
        if time.monotonic() > self.end:
            raise Exhausted(
                f"{bare(place)}: the file that is made of this store is not there after "
                f"{self.http.policy.longest_file / 3600:.1f} hours, the most that is allowed "
                "(downloads.limits.longest_file). Start again later: what has come is kept."
            )
        try:
            data = self.http.object(place, LARGEST)
        except Gone:
            return None
        if is_html(data[:4096]):
            raise Rejected(html_sentence(bare(place), data[:4096]), page=True)
        if not metadata:
            self.chunks.keep(place, data, self.forgotten)
            self.came(len(data))
        return data

    supports_writes = supports_deletes = supports_listing = False

    async def set(self, key: str, value: Buffer) -> None:
        """Refused: the store is read only."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refused: the store is read only."""
        raise NotImplementedError

    def list(self):
        """Refused: a web server lists nothing."""
        raise NotImplementedError

    def list_prefix(self, prefix: str):
        """Refused: a web server lists nothing."""
        raise NotImplementedError

    def list_dir(self, prefix: str):
        """Refused: a web server lists nothing."""
        raise NotImplementedError


def _part(data: bytes, byte_range: ByteRequest | None) -> bytes:
    """The part of a chunk that is asked for (shards hold many)."""
    if isinstance(byte_range, RangeByteRequest):
        return data[byte_range.start : byte_range.end]
    if isinstance(byte_range, OffsetByteRequest):
        return data[byte_range.offset :]
    if isinstance(byte_range, SuffixByteRequest):
        return data[-byte_range.suffix :]
    return data
