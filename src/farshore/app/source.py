"""Where a configuration comes from: a file, or mappings on the command line."""

from dataclasses import dataclass
from pathlib import Path

from farshore.app.exits import Exit, Refusal
from farshore.config.load import from_mappings, load
from farshore.config.model import Config
from farshore.config.problem import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configuration that may run, and what should be said about it all the same."""

    config: Config
    warnings: tuple[str, ...]


def read(mappings: tuple[str, ...], path: Path | None, descriptor_limit: int) -> Source | Refusal:
    """The configuration, or what is wrong with it. It warns of more connections than `descriptor_limit` allows."""
    if path is not None and mappings:
        return _usage(
            f"{mappings[0]} and {path} were both given, and routes come from one place; leave one of them out."
        )
    if path is not None:
        return _accept(load(path, descriptor_limit=descriptor_limit), f"see all of it with `farshore check -c {path}`")
    if not mappings:
        return _usage("serve has nothing to carry; run `farshore serve 8082=172.16.20.88:1433` or name a file with -c.")
    return _accept(from_mappings(mappings, descriptor_limit=descriptor_limit), "see `farshore serve --help`")


def _accept(loaded: Loaded, next_step: str) -> Source | Refusal:
    if loaded.config is None:
        first, *others = loaded.problems
        more = f", and {len(others)} more" if others else ""
        return _usage(f"{first}{more}; {next_step}.")
    return Source(config=loaded.config, warnings=tuple(str(warning) for warning in loaded.warnings))


def _usage(sentence: str) -> Refusal:
    return Refusal(exit=Exit.USAGE, sentence=sentence)
