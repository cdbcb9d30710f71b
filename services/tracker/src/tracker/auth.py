"""Who calls: staff by ``Authorization: Bearer <key>``, integrators by GeoReport's ``api_key``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.api_keys import ApiKey, KeyRing, Scope
from shared.contracts import Actor, ActorKind
from tracker.api.problems import Problem, ProblemKind

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="staff"'}


@dataclass(frozen=True, slots=True)
class Gate:
    """Tells callers apart by their keys."""

    keys: KeyRing
    clock: Callable[[], datetime]

    def reader(self, authorization: str | None) -> Actor | None:
        """The member of staff who reads; None: the public.

        Raises:
            Problem: a credential was sent and is not good: whoever meant to be staff must not silently be served as public.
        """
        return None if authorization is None else self._staff(authorization, Scope.STAFF_READ)

    def staff(self, authorization: str | None) -> Actor:
        """The member of staff who reads what only staff may read.

        Raises:
            Problem: no key, or not a good one.
        """
        return self._staff(authorization, Scope.STAFF_READ)

    def writer(self, authorization: str | None) -> Actor:
        """The member of staff who changes something.

        Raises:
            Problem: no key, or not a good one, or one that may only read.
        """
        return self._staff(authorization, Scope.STAFF_WRITE)

    def integrator(self, api_key: str | None, scope: Scope) -> Actor | None:
        """The integrator whose key has the scope; None: the key is not good for this."""
        key = self.keys.find(api_key, now=self.clock(), scope=scope)
        return Actor(kind=ActorKind.INTEGRATOR, id=key.prefix) if key else None

    def _staff(self, authorization: str | None, scope: Scope) -> Actor:
        kind, _, presented = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not presented.strip():
            raise Problem(ProblemKind.UNAUTHENTICATED, headers=_CHALLENGE)
        key = self._key(presented.strip(), scope)
        return Actor(kind=ActorKind.STAFF, id=key.prefix)

    def _key(self, presented: str, scope: Scope) -> ApiKey:
        now = self.clock()
        found = self.keys.find(presented, now=now, scope=scope)
        if found:
            return found
        if any(self.keys.find(presented, now=now, scope=other) for other in Scope if other is not scope):
            raise Problem(ProblemKind.FORBIDDEN, f"The key needs the scope {scope.value}.")
        raise Problem(ProblemKind.UNAUTHENTICATED, headers=_CHALLENGE)
