"""What is in order here and what is not: each finding good or with its remedy, and an error where a send would fail.

Errors are what `send.preflight` and the sending itself insist on; a test holds the two together. Whatever is looked at
has a file of its name here, a `Group`, and a line in `diagnose`: what can be seen yields diagnoses (`look`), what may
be slow to answer is a `Question`.
"""

from collections.abc import Iterator

from newsletter.build import Built
from newsletter.doctor import addresses, configuration, issues, machine, provider, readers, templates, workers
from newsletter.doctor.asking import ask
from newsletter.doctor.diagnosis import Diagnosis, trouble
from newsletter.doctor.surroundings import Surroundings
from newsletter.errors import ConfigError

__all__ = ["Diagnosis", "Surroundings", "diagnose"]


def diagnose(around: Surroundings) -> Iterator[Diagnosis]:
    """Look at everything, group by group; outside a workspace only at the machine."""
    yield from machine.look(around)
    try:
        workspace = around.workspace()
    except ConfigError as error:
        yield trouble("configuration", error)
        return
    config = workspace.config
    yield from configuration.look(config)
    yield from templates.look(config, around.now)
    newest = issues.newest(workspace)
    yield from issues.look(newest, config, around.now)
    questions = (
        readers.question(config, around),
        workers.question(config, around),
        *provider.questions(config, around),
        *addresses.questions(config, newest if isinstance(newest, Built) else None, around),
    )
    yield from ask(questions, around)
