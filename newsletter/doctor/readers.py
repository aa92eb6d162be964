"""The list of readers."""

from newsletter import readership
from newsletter.audience.erasure import EraseKey
from newsletter.config import Config
from newsletter.doctor.asking import Question, not_asked
from newsletter.doctor.diagnosis import Diagnosis, good, trouble, wrong
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import ConfigError, StoreError
from newsletter.store import erased, subscribers
from newsletter.store.database import Store

_LIST = "The list of readers"
_FILE = "newsletter.db"
"""Where a list is kept that nobody named a place for."""


def question(config: Config, around: Surroundings) -> Question:
    """Whether it can be mailed to, and whether readers who were erased would be known again."""
    return Question(group="readers", what=_LIST, answer=lambda: _readers(config, around), near=True)


def _readers(config: Config, around: Surroundings) -> Diagnosis:
    try:
        with around.store(config) as store:
            if store.file is None and not around.online:
                return not_asked("readers", _LIST)
            if store.revision() is None:
                return _none(store, config)
            with store.reading() as transaction:
                confirmed = subscribers.counts(transaction).get(("confirmed", None), 0)
                EraseKey.refuse_wrong(readership.erase_key(config), erased.check(transaction))
    except StoreError as error:
        return trouble("readers", error)
    except ConfigError as error:  # of the key, without which a list can be mailed to, and nobody be added to it
        return trouble("readers", error, "warning")
    return good("readers", f"The list of readers is in {store.place}; confirmed: {confirmed:,}.")


def _none(store: Store, config: Config) -> Diagnosis:
    """No list yet; beside a PostgreSQL that holds none, that in a file of the workspace may be meant to move there."""
    file = config.readers.database if "://" not in config.readers.database else _FILE
    if store.file is None and (config.root / file).is_file():
        sentence = f"There is no list of readers in {store.place} yet, and there is one in {file}."
        return wrong("readers", "warning", sentence, f"Move it there: newsletter db move {file}")
    remedy = "Import one: newsletter subscribers import FILE"
    return wrong("readers", "warning", "There is no list of readers yet.", remedy)
