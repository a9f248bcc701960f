"""What the log does not say: invitation tokens, and tracebacks of requests that were refused as they should be."""

import logging

from sessions.tokens import TOKEN_IN_PATH


class WithoutTokens(logging.Filter):
    """Rewrites a record before it is written. Attached to the handler, so that no logger gets around it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        scrubbed = TOKEN_IN_PATH.sub(r"\1[token]", message)
        if scrubbed != message:
            record.msg, record.args = scrubbed, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = TOKEN_IN_PATH.sub(r"\1[token]", record.exc_text)
        return True


class RefusalsInOneLine(logging.Filter):
    """Takes the traceback off a request that was refused (400 to 499): it is an answer, not a fault of the program.

    Stands before WithoutTokens, which writes tracebacks out.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True
