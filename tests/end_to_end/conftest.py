"""The simulated environment, and the real TensorFlow in it, each made once."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.environment import WHEELS, SimulatedEnvironment
from tests.end_to_end.fresh import FreshTensorFlow


@pytest.fixture(scope="session")
def _environment(tmp_path_factory: pytest.TempPathFactory) -> SimulatedEnvironment:
    return SimulatedEnvironment(tmp_path_factory.mktemp("simulated") / "environment")


@pytest.fixture
def environment(_environment: SimulatedEnvironment) -> SimulatedEnvironment:
    """An environment with all wheels of `tensorflow[and-cuda]` 2.21.0 and a driver, all simulated but TensorFlow."""
    _environment.reset()
    return _environment


@pytest.fixture(scope="session")
def tensorflow(_environment: SimulatedEnvironment) -> Iterator[FreshTensorFlow]:
    """The real TensorFlow of the simulated environment, imported with all wheels in place."""
    _environment.reset()
    yield from _imported(_environment)


@pytest.fixture(scope="session")
def tensorflow_alone(_environment: SimulatedEnvironment) -> Iterator[FreshTensorFlow]:
    """The same, imported without any wheel: libcudart is opened at import already."""
    _environment.reset()
    _environment.remove(*WHEELS)
    yield from _imported(_environment)


def _imported(environment: SimulatedEnvironment) -> Iterator[FreshTensorFlow]:
    one = FreshTensorFlow(environment.launch())
    one.ask("answer = {}")
    yield one
    one.close()
