"""``python -m local_stack.x``: the stand-in for X, its page, and the photos. It listens on this machine only.

The keys come by the environment, under the names of intake-social's own settings.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local_stack.processes import StackError, is_free
from local_stack.x.app import Options, StandIn
from local_stack.x.records import Account
from local_stack.x.serving import HOST, server_for
from local_stack.x.signing_in import Access, Keys
from local_stack.x.vocabulary import Vocabulary

KEYS = ("X_BEARER_TOKEN", "X_CONSUMER_KEY", "X_CONSUMER_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")


def keys_from(environment: Mapping[str, str], account_id: str) -> Keys:
    """The app's keys and those of the town's account; ``X_USER_TOKEN``, its OAuth 2.0 token, may be missing.

    Raises:
        StackError: one of the others is missing.
    """
    missing = [name for name in KEYS if not environment.get(name)]
    if missing:
        raise StackError(f"the stand-in for X needs these in its environment: {', '.join(missing)}")
    bearer, consumer, consumer_secret, token, token_secret = (environment[name] for name in KEYS)
    access = Access(account_id, token, token_secret, environment.get("X_USER_TOKEN", ""))
    return Keys(bearer, consumer, consumer_secret, (access,))


def main() -> int:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="local_stack.x")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder of its log and its photos")
    parser.add_argument("--account-id", default="3110", help="of the town's account")
    parser.add_argument("--username", default="cary311", help="of the town's account, without its @")
    parser.add_argument("--vocabulary", type=Vocabulary, choices=list(Vocabulary), default=Vocabulary.ASKED)
    parser.add_argument("--answers-anybody", action="store_true", help="as larger plans may: not only whoever names or quotes the account")
    parser.add_argument("--at-ease", action="store_true", help="posts are found at once, and nobody asks too often")
    given = parser.parse_args()
    base = f"http://{HOST}:{given.port}"
    try:
        if not is_free(given.port):
            raise StackError(f"port {given.port} for the stand-in for X is taken by another program")  # noqa: TRY301 - one place prints it
        town = Account(id=given.account_id, username=given.username, name="Town of Cary 311")
        keys = keys_from(os.environ, town.id)
        options = Options(
            data=given.data,
            keys=keys,
            town=town,
            vocabulary=given.vocabulary,
            answers_anybody=given.answers_anybody,
            is_at_ease=given.at_ease,
        )
        stand_in = StandIn(options, base)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    server_for(stand_in, given.port).run()
    stand_in.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
