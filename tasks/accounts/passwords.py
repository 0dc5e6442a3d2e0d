"""Passwords: which ones are good enough, how they are kept (argon2id) and compared. The only file that hashes one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache

import argon2
from zxcvbn import zxcvbn

from models.errors import Invalid

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
_MINIMUM_SCORE = 2
_JUDGED_LENGTH = 72  # zxcvbn takes quadratic time
_OWN_WORDS = ("piaoflow", "piaoliu", "fapiao", "invoice")

# OWASP's second choice for argon2id: 19 MiB, two passes, one lane. The semaphore bounds memory and processor together.
_HASHER = argon2.PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """About 30 ms of work: never inside a transaction."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether `password` is the one. Takes as long when there is no hash, so that nobody learns who has an account."""
    known = password_hash or _nobodys_hash()
    if len(password) > MAXIMUM_LENGTH:
        return False
    try:
        with _AT_ONCE:
            _HASHER.verify(known, password)
    except argon2.exceptions.VerifyMismatchError:
        return False
    return password_hash is not None


def check_strength(password: str, *, field: str = "password", words: Iterable[str] = ()) -> None:
    """Raise `Invalid`, with the reason, for a password that is short or easily guessed.

    `words` are what an attacker would try first: the person's name, e-mail address and company.
    """
    if len(password) < MINIMUM_LENGTH:
        raise Invalid(
            "The password is too short: use at least {minimum} characters. A few unrelated words do well.",
            code="password.short",
            field=field,
            minimum=MINIMUM_LENGTH,
        )
    if len(password) > MAXIMUM_LENGTH:
        raise Invalid(
            "The password is too long: use at most {maximum} characters.",
            code="password.long",
            field=field,
            maximum=MAXIMUM_LENGTH,
        )
    known_words = [part for word in (*words, *_OWN_WORDS) for part in _parts(word)]
    if zxcvbn(password[:_JUDGED_LENGTH], user_inputs=known_words)["score"] < _MINIMUM_SCORE:
        raise Invalid(
            "The password is too easy to guess. Leave out names, your company, dates and keyboard rows; "
            "a few unrelated words do well.",
            code="password.weak",
            field=field,
        )


def _parts(word: str) -> list[str]:
    parts = re.split(r"[\W_]+", word)
    return [word, "".join(parts), *(part for part in parts if len(part) > 2)]


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody has this password")
