from shared.errors import Conflict, FieldError, Invalid


class AttachmentNotReadable(Conflict, title="Its bytes are not here yet, were not found clean, or are erased"):
    pass


class OtherBytes(Invalid, title="These are not the bytes that were announced"):
    def __init__(self, sha256: str, size: int) -> None:
        super().__init__(
            f"they have {size} bytes and the SHA-256 {sha256}",
            errors=[FieldError("#/body", "sha256", "has another size or hash than was announced")],
        )
