"""ERA5-Land of single regions, cut from stores of hours (ECMWF's ARCO stores, Earth Data Hub) into files as the Climate
Data Store makes them: a month of hours, valid_time x latitude x longitude.

A chunk that a store lacks is read as missing values, so each hour is compared with the cells that have values in a
reference hour: a hole in the store is refused, not taken for the sea.
"""

import base64
import contextlib
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from vadose.acquire import redaction
from vadose.acquire.accounts import Account
from vadose.acquire.catalogue import Dataset
from vadose.acquire.cds_requests import CdsRequest
from vadose.acquire.chunks import Chunks
from vadose.acquire.credentials import Credential, find
from vadose.acquire.errors import FetchError, Refused, Rejected
from vadose.acquire.http import Http
from vadose.acquire.names import bare
from vadose.acquire.partial import Remote, Stream
from vadose.acquire.retry_policy import RetryPolicy
from vadose.acquire.session import GuardedSession

SPACING = 0.1  # degrees of ERA5-Land
SLAB = 64 * 2**20  # bytes of fields held at a time
AT_ONCE = 4  # chunks asked for together
REFERENCE = np.datetime64("2000-01-01T12", "ns")  # an hour that says which cells have values; else the middle one
PIECE = 2**20
FIRST_KEY = {2: ".zmetadata", 3: "zarr.json"}  # by the version of the store's layout
LARGEST_HEAD = 2**26
EPOCH = "seconds since 1970-01-01"
UNREADABLE = (ValueError, KeyError, TypeError, OSError, RuntimeError, NotImplementedError, IndexError)


class ZarrStores:
    """The stores of one data set, for one job.

    Parameters
    ----------
    dataset : Dataset
        The catalogue's entry, through a way whose client is zarr.
    policy : RetryPolicy
        Waiting times and bounds.
    folder : Path
        Where the files go; chunks lie in `.chunks` below it until all months of the job are there.
    job : str
        Name of the job, which has chunks of its own.
    slots, account
        See `Http`.
    """

    def __init__(
        self,
        dataset: Dataset,
        policy: RetryPolicy,
        folder: Path,
        job: str = "",
        *,
        slots: Path | None = None,
        account: Account | None = None,
    ):
        self.dataset, self.policy = dataset, policy
        self.chunks = Chunks(Path(folder) / ".chunks" / job)
        self.slots, self.account = slots, account or Account()
        self.waits: Callable[[str], None] = lambda state: None
        self._http: Http | None = None
        self._opened: dict[str, object] = {}
        self._came, self._told = [0, 0], time.monotonic()

    def source(self, request: CdsRequest, temporary: Path) -> "ZarrSource":
        """The file that a request describes, for `fetch`."""
        return ZarrSource(self, request, temporary)

    def has(self, request: CdsRequest) -> bool:
        """Whether the stores reach over all hours of a request's month."""
        hours = _hours(request)
        times = [_times(self.opened(native)) for native in _natives(self.dataset, request)]
        return all(axis[0] <= hours[0] and hours[-1] <= axis[-1] for axis in times)

    def opened(self, native: str):
        """The store (an xarray Dataset, read lazily) that holds a variable.

        Raises
        ------
        FetchError
            If this way in does not have the variable, or what comes is no store of ERA5-Land.
        """
        canonical = {entry["native"]: entry["canonical"] for entry in self.dataset.variables}[native]
        stores: Mapping[str, str] = self.dataset.addresses["stores"]
        if canonical not in stores:
            raise FetchError(
                f"datasets.{self.dataset.id}.way: {self.dataset.way} has {', '.join(stores)}, and no {canonical}. "
                "Take that variable another way."
            )
        address = stores[canonical]
        if address not in self._opened:
            self._opened[address] = self._open(address)
        store = self._opened[address]
        if native not in store.data_vars:
            raise FetchError(f"{bare(address)}: expected the variable {native}, found {', '.join(store.data_vars)}.")
        return store

    def forget(self) -> None:
        """Remove the chunks, all files being there or what was made of the chunks being bad; stores are opened anew."""
        self.chunks.forget()
        self._opened.clear()

    def _open(self, address: str):
        import xarray as xr

        from vadose.acquire.chunk_store import ChunkStore

        version = self.dataset.addresses["zarr_format"]
        # zarr asks for several keys at once: so the token is tried once before, alone.
        self._client().object(f"{address}/{FIRST_KEY[version]}", LARGEST_HEAD)
        store = ChunkStore(self._client(), address, self.chunks, self._chunk_came)
        with _errors_of(address), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = xr.open_zarr(store, chunks=None, consolidated=True, zarr_format=version)
            axes = [np.asarray(opened[name].values, dtype=float) for name in ("latitude", "longitude")]
            times = _times(opened)
        spacings = [abs(float(np.median(np.diff(axis)))) if axis.size > 1 else np.nan for axis in axes]
        if (
            not np.allclose(spacings, SPACING, atol=1e-3)
            or times.size < 2
            or np.any(np.diff(times) <= np.timedelta64(0))
        ):
            raise FetchError(
                f"{bare(address)}: expected hours of ERA5-Land on its grid of {SPACING} degrees, found "
                f"{spacings[0]:g} x {spacings[1]:g} degrees and {times.size} times. Compare the address with the "
                "archive's page."
            )
        return opened

    def _client(self) -> Http:
        if self._http is None:
            credential = find(self.dataset.access).require(self.dataset.label, self._hint())
            session = GuardedSession(self.policy)
            session.headers["Authorization"] = _authorization(credential, self.dataset.addresses["login"])
            self._http = Http(
                self.policy, session=session, hint=self._hint(), slots=self.slots, per_host=AT_ONCE,
                account=self.account,
            )  # fmt: skip
        return self._http

    def _hint(self) -> str:
        return self.dataset.hint(self.dataset.routes["hourly"]["collection"])

    def _chunk_came(self, size: int) -> None:
        self._came = [self._came[0] + 1, self._came[1] + size]
        if time.monotonic() - self._told > min(self.policy.report, 10.0):
            self._told = time.monotonic()
            self.waits(f"{self._came[0]} chunks ({self._came[1] / 1e6:.1f} MB) of the store are here")


class ZarrSource:
    """The file of a request, made from the stores when it is opened, as a remote file, for `fetch`."""

    def __init__(self, stores: ZarrStores, request: CdsRequest, temporary: Path):
        self.stores, self.request, self.temporary = stores, request, temporary
        address = next(iter(stores.dataset.addresses["stores"].values()))
        self.label = bare(address)

    def open(self, offset: int, previous: Remote | None, *, blind: bool = False) -> Stream:
        """Make the file, and start receiving it, always from its first byte."""
        self.temporary.parent.mkdir(parents=True, exist_ok=True)
        self.temporary.unlink(missing_ok=True)
        try:
            write(self.stores, self.request, self.temporary)
            size = self.temporary.stat().st_size
        except BaseException:
            self.temporary.unlink(missing_ok=True)
            raise
        return Stream(
            0, Remote(self.label, size), _pieces(self.temporary), lambda: self.temporary.unlink(missing_ok=True)
        )

    def rejected(self, times: int) -> None:
        """What was made was no good: the chunks are asked for again."""
        self.stores.forget()


def write(stores: ZarrStores, request: CdsRequest, path: Path) -> None:
    """Write the hours of a month and region as a netCDF file, holding at most `SLAB` bytes of fields.

    Raises
    ------
    Rejected
        If the stores lack hours of the month, or values of cells that have them at other times.
    """
    import netCDF4

    hours, natives = _hours(request), _natives(stores.dataset, request)
    with netCDF4.Dataset(path, "w") as out:
        for native in natives:
            store = stores.opened(native)
            rows, columns, longitudes = _window(store, request.body.get("area"))
            if "valid_time" not in out.dimensions:
                _axes(out, hours, store["latitude"].values[rows], longitudes)
                out.history = f"cut from {stores.source(request, path).label} ({request.collection})"
            field = out.createVariable(
                native, "f4", ("valid_time", "latitude", "longitude"), zlib=True, complevel=1, shuffle=True,
                chunksizes=(1, rows.size, columns.size), fill_value=np.nan,
            )  # fmt: skip
            for name, value in store[native].attrs.items():
                if name in ("units", "long_name", "standard_name") or name.startswith("GRIB_"):
                    field.setncattr(name, value)
            for first, values in _slabs(store, native, hours, rows, columns, request):
                field[first : first + len(values)] = values


def _axes(out, hours: np.ndarray, latitudes: np.ndarray, longitudes: np.ndarray) -> None:
    """Axes as the Climate Data Store writes them."""
    axes = {
        "valid_time": (hours.astype("datetime64[s]").astype(np.int64), {"units": EPOCH, "standard_name": "time"}),
        "latitude": (latitudes, {"units": "degrees_north", "standard_name": "latitude"}),
        "longitude": (longitudes, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    for name, (values, attributes) in axes.items():
        out.createDimension(name, values.size)
        axis = out.createVariable(name, values.dtype.newbyteorder("="), (name,))
        axis.setncatts(attributes)
        axis[:] = values
    out["valid_time"].calendar = "proleptic_gregorian"


def _slabs(
    store, native: str, hours: np.ndarray, rows: np.ndarray, columns: np.ndarray, request: CdsRequest
) -> Iterator[tuple[int, np.ndarray]]:
    """Fields of the hours, some at a time, with the position of the first; holes are refused."""
    times, label = _times(store), f"{request.name}: {native}"
    start = int(np.searchsorted(times, hours[0]))
    if not np.array_equal(times[start : start + hours.size], hours):
        raise Rejected(f"{label}: expected every hour of {request.key} in the store, found hours missing")
    at = int(np.searchsorted(times, REFERENCE)) if times[0] <= REFERENCE <= times[-1] else times.size // 2
    valid = np.isfinite(_read(store, native, slice(at, at + 1), rows, columns)[0])
    reference = np.datetime_as_string(times[at], unit="h")
    if not valid.any():
        raise Rejected(
            f"{label}: expected land in datasets.era5_land.area, found no cell with a value at {reference}: sea alone, "
            "or a hole in the store"
        )
    step = max(1, SLAB // (4 * rows.size * columns.size))
    for first in range(0, hours.size, step):
        span = slice(start + first, start + min(first + step, hours.size))
        values = _read(store, native, span, rows, columns)
        lacking = np.count_nonzero(valid & ~np.isfinite(values), axis=(1, 2))
        if lacking.any():
            hour = int(np.argmax(lacking > 0))
            raise Rejected(
                f"{label}: {lacking[hour]} of {np.count_nonzero(valid)} cells that have a value at {reference} have "
                f"none at {np.datetime_as_string(hours[first + hour], unit='h')}: the store has a hole there. Take the "
                "month another way (datasets.era5_land.way: archive)"
            )
        yield first, values


def _read(store, native: str, span: slice, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Fields of a window, float32."""
    import zarr

    time_name = _time_name(store)
    with _errors_of(native), warnings.catch_warnings(), zarr.config.set({"async.concurrency": AT_ONCE}):
        warnings.simplefilter("ignore")
        part = store[native].isel({time_name: span, "latitude": rows, "longitude": columns})
        return part.transpose(time_name, "latitude", "longitude").values.astype(np.float32)


@contextlib.contextmanager
def _errors_of(what: str) -> Iterator[None]:
    """Errors of the libraries about a store as a sentence."""
    try:
        yield
    except FetchError:
        raise
    except UNREADABLE as error:
        words = " ".join(str(error).split())[:200]
        raise Rejected(
            f"{bare(what) if '//' in what else what}: expected a store of chunks (zarr), found one that cannot be read "
            f"({type(error).__name__}: {words}). The archive may have changed it: compare datasets.yaml with its page"
        ) from None


def _window(store, area: list[float] | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows and columns of an area (north, west, south, east), from west to east, and the longitudes of these columns,
    ascending."""
    latitudes, longitudes = (np.asarray(store[name].values, dtype=float) for name in ("latitude", "longitude"))
    if area is None:
        return np.arange(latitudes.size), np.arange(longitudes.size), longitudes
    north, west, south, east = area
    rows = np.flatnonzero((latitudes <= north + 1e-6) & (latitudes >= south - 1e-6))
    width = 360.0 if east - west >= 360.0 else (east - west) % 360.0
    eastward = np.round((longitudes - west) % 360.0, 6) % 360.0
    columns = np.flatnonzero(eastward <= width + 1e-6)
    columns = columns[np.argsort(eastward[columns])]
    if not rows.size or not columns.size:
        raise FetchError(
            f"datasets.era5_land.area: expected north, west, south, east (degrees) within the store, found {area}, "
            "where it has no cell."
        )
    return rows, columns, np.round(west + eastward[columns], 6)


def _time_name(store) -> str:
    return "valid_time" if "valid_time" in store.dims else "time"


def _times(store) -> np.ndarray:
    return np.asarray(store[_time_name(store)].values, dtype="datetime64[ns]")


def _hours(request: CdsRequest) -> np.ndarray:
    """Hours of a request's month."""
    month = np.datetime64(request.key, "M")
    return np.arange(month, month + 1, dtype="datetime64[h]").astype("datetime64[ns]")


def _natives(dataset: Dataset, request: CdsRequest) -> list[str]:
    """Names in the stores of what a request asks for."""
    return [str(entry["native"]) for entry in dataset.variables if entry.get("request") in request.body["variable"]]


def _authorization(credential: Credential, login: str) -> str:
    """The header that carries a token: as ECMWF's stores take it, or as Earth Data Hub does."""
    values = credential.values
    if login == "cds":
        key = values["CDSAPI_KEY"]
        if ":" in key:
            raise Refused(f"{credential.where}: the key has the old form USER:KEY, which the stores do not take.")
        return f"Bearer {key}"
    coded = base64.b64encode(f"edh:{values.get('EDH_TOKEN') or values['password']}".encode()).decode()
    redaction.register(coded)
    return f"Basic {coded}"


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
