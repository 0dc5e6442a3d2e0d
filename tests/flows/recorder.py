"""A catalogue that answers as the product does, keeps its facts in a list, and records every call."""

from collections.abc import Mapping
from typing import Any

from engine.catalogue import Catalogue, ServiceTask

REQUEST = {"request_id": "integer"}


class Recorder:
    """Records (service, parameters, context). `facts` are what a resubmitted request looks like.

    The first `together` of the `steps` are asked at the same time.
    """

    def __init__(self, steps: int = 2, together: int = 0) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.contexts: list[Any] = []
        self.facts: dict[str, Any] = {"amount": None, "invoice_type": "digital_special", "customer_grade": "B"}
        self._steps = steps
        self._together = together
        self.catalogue = Catalogue(
            self._task("chain.resolve", self._resolve, REQUEST | {"chain_key": "string"}),
            self._task(
                "chain.advance",
                self._advance,
                REQUEST | {"chain": "context", "decision": "string", "return_to": "integer", "resume": "string"},
            ),
            self._task(
                "chain.advance_stage",
                self._advance_stage,
                REQUEST | {"chain": "context", "decision": "string", "return_to": "integer", "resume": "string"},
            ),
            self._task(
                "chain.reopen",
                self._reopen,
                REQUEST | {"chain": "context", "return_to": "integer", "resume": "string"},
            ),
            self._task("request.escalate", self._nothing, REQUEST),
            self._task("request.mark_returned", self._nothing, REQUEST | {"comment": "string"}),
            self._task("request.resubmitted", lambda **_: self.facts, REQUEST),
            self._task("request.mark_rejected", self._nothing, REQUEST | {"comment": "string"}),
            self._task("request.mark_approved", self._nothing, REQUEST),
            self._task(
                "invoice.issue",
                lambda **_: {"id": 501},
                REQUEST | {"channel": "string", "number": "string", "code": "string", "issued_on": "date"},
            ),
            self._task("register.append", self._nothing, {"invoice_id": "integer"}),
            self._task("request.notify_issued", self._nothing, REQUEST),
        )

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def parameters(self, name: str) -> list[dict[str, Any]]:
        return [parameters for called, parameters in self.calls if called == name]

    def _task(self, name: str, answer: Any, params: Mapping[str, str]) -> ServiceTask:
        def run(context: Any, **parameters: Any) -> Any:
            self.calls.append((name, parameters))
            self.contexts.append(context)
            return answer(**parameters)

        return ServiceTask(name, run, dict(params))

    @staticmethod
    def _nothing(**_parameters: Any) -> None:
        return None

    def _resolve(self, *, request_id: int, chain_key: str) -> dict[str, Any]:
        steps = [
            {
                "title": f"Approval {n}",
                "title_zh": f"第{n}级审批",
                "signers": [{"user": 10 * n}, {"user": 10 * n + 1}],
                "due_hours": 24 * n,
            }
            for n in range(1, self._steps + 1)
        ]
        beside = {"together": list(range(self._together))} if self._together else {}
        return {"key": chain_key, "position": 0, "steps": steps, "outcome": "next", **beside}

    @staticmethod
    def _advance(
        *, request_id: int, chain: dict[str, Any], decision: str, return_to: int | None, resume: str | None
    ) -> dict[str, Any]:
        if decision == "approve":
            return {**chain, "position": chain["position"] + 1}
        if return_to is not None:
            return {**chain, "position": return_to}
        return {**chain, "outcome": {"return": "returned"}.get(decision, "rejected")}

    @classmethod
    def _advance_stage(cls, *, chain: dict[str, Any], **given: Any) -> dict[str, Any]:
        later = {name: value for name, value in chain.items() if name != "together"}
        if given["decision"] == "approve":
            return {**later, "position": max(chain["together"]) + 1}
        return cls._advance(chain=later, **given)

    @classmethod
    def _reopen(cls, **given: Any) -> dict[str, Any]:
        chain = cls._advance(decision="return", **given)
        return chain if given["return_to"] is None else {**chain, "outcome": "next"}
