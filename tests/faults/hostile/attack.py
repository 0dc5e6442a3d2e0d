"""One hostile input, in the form our engine reads and in the form the stock engine reads."""

from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["expression", "script", "table", "answer", "file", "state"]

# What an attack reaches for: a file that it may not write, and a text that it may not read.
CANARY: Final = "canary.txt"
SECRET: Final = "the-secret-of-the-host"
SECRET_FILE: Final = "secret.txt"
SECRET_VARIABLE: Final = "PIAOFLOW_TEST_SECRET"
DATA: Final = {"amount": 5, "text": "abc", "numbers": [1, 2, 3], "x": {"y": 1}}


@dataclass(frozen=True)
class Attack:
    """`stock` of None: the stock engine has no such input."""

    kind: Kind
    name: str
    ours: Any
    stock: Any = None
