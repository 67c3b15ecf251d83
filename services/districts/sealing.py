"""Secrets that we have to show to others, hence cannot hash. They are sealed if the settings name a key.

`SECRETS_KEY` holds one or more, parted by commas: the first one seals, all of them open. Without a key they lie
in the database as they are, as the keys that sign our tokens do; with a new key, what is written next is sealed.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

from shared.errors import AppError


class SecretUnreadable(AppError, status=409, title="A stored secret cannot be read: give it again"):
    """The key that it was sealed with is not among those of the settings."""


_PLAIN, _SEALED = "plain:", "sealed:"


def seal(text: str, keys: SecretStr) -> str:
    box = _box(keys)
    return _PLAIN + text if box is None else _SEALED + box.encrypt(text.encode()).decode()


def unseal(stored: str, keys: SecretStr) -> str:
    if stored.startswith(_PLAIN):
        return stored.removeprefix(_PLAIN)
    box = _box(keys)
    if box is None:
        raise SecretUnreadable
    try:
        return box.decrypt(stored.removeprefix(_SEALED).encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadable from error


def _box(keys: SecretStr) -> MultiFernet | None:
    given = [key.strip() for key in keys.get_secret_value().split(",") if key.strip()]
    return MultiFernet([_fernet(key) for key in given]) if given else None


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"throughline roster sources").derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
