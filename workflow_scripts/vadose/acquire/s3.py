"""Files of Earthdata from Amazon's store, for programs that run in its region: signed requests over HTTPS, so that
resumption, bounds and checks are those of every other file.

The login gives credentials that last an hour (`s3credentials` of the archive); botocore signs with them (AWS Signature
Version 4). Outside the region the store answers 403.
"""

import datetime
import json
import threading
import time
import urllib.parse

import requests

from vadose.acquire import redaction
from vadose.acquire.earthdata import Earthdata
from vadose.acquire.errors import FetchError, Refused
from vadose.acquire.http import Http, HttpSource
from vadose.acquire.names import bare
from vadose.acquire.session import GuardedSession

EARLY = 300.0  # seconds before their end at which credentials are renewed


class S3:
    """Client of an archive's buckets.

    Parameters
    ----------
    earthdata : Earthdata
        The login, and the catalogue's entry with the addresses of the store and of its credentials.
    """

    def __init__(self, earthdata: Earthdata):
        self.earthdata = earthdata
        self.dataset = earthdata.dataset
        self.policy = earthdata.policy
        self._lock = threading.Lock()
        self._credentials, self._end = None, 0.0

    def source(self, direct: str) -> HttpSource:
        """The remote file at s3://bucket/key, for `fetch`.

        Raises
        ------
        FetchError
            If the bucket is none of the archive's.
        """
        parts = urllib.parse.urlsplit(direct)
        bucket, key, buckets = parts.netloc, parts.path.lstrip("/"), self.dataset.addresses["buckets"]
        if bucket not in buckets:
            raise FetchError(
                f"CMR: a file of {self.dataset.label} is said to be in the bucket {bucket!r}, which is none of "
                f"{buckets} in datasets.yaml. Your credentials are not sent there; check the archive's announcements, "
                "then the catalogue."
            )
        session = GuardedSession(self.policy)
        session.auth = self._sign
        address = self.dataset.addresses["object"].format(bucket=bucket, key=urllib.parse.quote(key))
        return HttpSource(_Store(self, session), address)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest

        signed = AWSRequest(request.method, request.url)
        S3SigV4Auth(self._current(), "s3", self.dataset.addresses["region"]).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request

    def _current(self):
        """Credentials that are good for some minutes more."""
        with self._lock:
            if self._credentials is None or time.time() > self._end - EARLY:
                self._credentials, self._end = self._asked_for()
            return self._credentials

    def _asked_for(self):
        """New credentials, and when they end (seconds since 1970)."""
        from botocore.credentials import Credentials

        place = self.dataset.addresses["credentials"]
        try:
            given = json.loads(self.earthdata.http().page(place))
            values = [str(given[name]) for name in ("accessKeyId", "secretAccessKey", "sessionToken")]
            end = datetime.datetime.fromisoformat(str(given["expiration"]))
        except (ValueError, KeyError, TypeError):
            raise FetchError(
                f"{bare(place)}: expected credentials for Amazon's store (JSON), found something else. "
                f"{self.dataset.hint()}"
            ) from None
        for value in values[1:]:
            redaction.register(value)
        return Credentials(*values), end.timestamp()


class _Store(Http):
    """The store itself, which needs no login but the signature."""

    def __init__(self, s3: S3, session: GuardedSession):
        self.dataset = s3.dataset
        super().__init__(s3.policy, session=session, slots=s3.earthdata.slots)

    def refusal(self, response: requests.Response, place: str) -> FetchError:
        """As `Http.refusal`; 403 is what the store answers from outside its region."""
        if response.status_code in (301, 307, 400, 403):
            region = self.dataset.addresses["region"]
            return Refused(
                f"{place}: {response.status_code}, Amazon's store does not give this file here: it serves programs "
                f"that run in its region {region}, whose clock is right. Run there, or take "
                f"datasets.{self.dataset.id}.way out of the configuration."
            )
        return super().refusal(response, place)
