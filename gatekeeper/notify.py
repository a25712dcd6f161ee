"""`python -m gatekeeper.notify`: send webhooks about decisions, drift and failing workers.

It follows the store and has no part in deciding. It needs no port and no token.
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from gatekeeper.notifications.event_source import read_now
from gatekeeper.notifications.events import make_test_event
from gatekeeper.notifications.message import Sender
from gatekeeper.notifications.notifier import Notifier
from gatekeeper.notifications.receivers import Receiver, parse_receivers
from gatekeeper.notifications.signature import read_webhook_secrets
from gatekeeper.settings import GatekeeperSettings
from shared.contract.layout import NOTIFICATIONS
from shared.errors import ModelgateError
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_for_writing
from shared.text import to_printable, to_printable_lines

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; return 1 if the start or the test fails."""
    parser = argparse.ArgumentParser(
        prog="python -m gatekeeper.notify",
        description="Send webhooks about decisions, drift and failing workers. "
        "Settings: docs/notifications.md",
    )
    parser.add_argument("--test", action="store_true", help="send one test event and exit")
    parser.add_argument(
        "--end-with-parent",
        type=int,
        metavar="PID",
        help="exit when the parent process PID exits",
    )
    parsed = parser.parse_args(arguments)
    if parsed.end_with_parent is not None:
        exit_with_parent(parsed.end_with_parent)
    try:
        settings = load_settings(GatekeeperSettings)
        receivers = parse_receivers(settings.webhooks.get_secret_value())
        read_webhook_secrets(settings.webhook_secret_file)
        sender = Sender(settings.webhook_secret_file)
        if not receivers:
            print("GATEKEEPER_WEBHOOKS is not set, so no webhook is sent.", file=sys.stderr)
            return 1 if parsed.test else 0
        if parsed.test:
            return _send_test(receivers, sender)
        _run(settings, receivers, sender)
    except ModelgateError as error:
        print(f"The notifier cannot start. {to_printable_lines(error)}", file=sys.stderr)
        return 1
    return 0


def _run(settings: GatekeeperSettings, receivers: Sequence[Receiver], sender: Sender) -> None:
    common = load_settings(CommonSettings)
    set_up_logging(common.log_level, common.log_format)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    store = open_for_writing(common.store_dir, NOTIFICATIONS)
    names = ", ".join(each.name for each in receivers)
    signed = "signed" if settings.webhook_secret_file else "not signed"
    logger.info("Webhooks go to %s, %s; store %s.", names, signed, common.store_dir)
    for each in receivers:
        if each.url.lower().startswith("http://"):
            logger.warning("Webhooks to %s are not encrypted, because it uses HTTP.", each.name)
    Notifier(store, receivers, sender, settings.poll_seconds, stopping).run()
    logger.info("Stopped.")


def _send_test(receivers: Sequence[Receiver], sender: Sender) -> int:
    """Send one event to each receiver and print what it answers; return 1 if one fails."""
    event = make_test_event(read_now())
    has_failed = False
    for each in receivers:
        answer = sender.send(event, each)
        has_failed |= answer.problem is not None
        found = answer.problem or f"delivered, it answered {answer.status}"
        body = f": {answer.body}" if answer.body else ""
        print(f"{each.name}: {to_printable(found)}{body}")
    return 1 if has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
