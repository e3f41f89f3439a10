"""Errors of a bucket in words: which bucket, why, and what to do."""

REFUSED = {
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "403"),
    *("InvalidToken", "InvalidTokenId", "ExpiredToken", "TokenRefreshRequired"),
}
DAMAGED = {"BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"}


class ObjectStoreError(Exception):
    """The store cannot be reached or refuses; the message says which bucket and what to do.

    `code` is the store's own error code, empty if it gave no answer.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def explained(raised: Exception, operation: str, where: str) -> ObjectStoreError:
    """What boto raised, without keys and tokens that it may have."""
    from botocore import exceptions as boto

    kind = type(raised).__name__
    if isinstance(raised, boto.ClientError):
        code = raised.response["Error"]["Code"]
        return ObjectStoreError(_answered(where, operation, code, raised), code)
    if isinstance(raised, boto.FlexibleChecksumError):
        return ObjectStoreError(
            f"an object of {where} does not agree with its checksum: read it again; if that "
            "does not help, restore it"
        )
    if isinstance(raised, boto.NoCredentialsError | boto.PartialCredentialsError):
        return ObjectStoreError(
            f"no credentials for {where}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or a profile or role of the standard chain"
        )
    if isinstance(raised, boto.HTTPClientError | boto.ConnectionError):
        return ObjectStoreError(
            f"cannot reach {where} ({kind}): is the server up, TAPEWATCH_S3_ENDPOINT right, "
            "and no line break in the credentials?"
        )
    return ObjectStoreError(
        f"cannot ask {where} ({kind}): check the AWS_* variables and the profile or role of "
        "the standard chain"
    )


def _answered(where: str, operation: str, code: str, raised: Exception) -> str:
    """What a refusal by the store means, and the cure."""
    if code == "NoSuchBucket":
        return f"there is no {where}: create it, or correct TAPEWATCH_S3_BUCKET"
    if code in REFUSED:
        return (
            f"{where} refuses the credentials ({code}): check AWS_ACCESS_KEY_ID, "
            "AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and the bucket's policy"
        )
    if code in DAMAGED:
        return (
            f"an upload arrived damaged at {where} ({code}) and was refused, nothing was stored: "
            "try again; if it stays so, look at network and memory"
        )
    return f"{where} refuses {operation}: {raised}"
