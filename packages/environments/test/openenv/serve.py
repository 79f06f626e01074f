"""Serves two environments with PyPI's openenv: serve.py PORT hotter|board

hotter: find a number; one text an action, tasks by the Task API, one session at a time.
board: several fields an action and an observation, tasks by seed, and what goes wrong elsewhere.
"""

import random
import sys
import time

import uvicorn
from openenv.core.env_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, EnvironmentMetadata, Observation, State
from pydantic import Field


class Guess(Action):
    message: str = Field(pattern="^[0-9]+$")


class Answer(Observation):
    message: str
    metadata: dict = Field(default_factory=dict)


class Hotter(Environment):
    def __init__(self):
        super().__init__()
        self.number, self.guesses = 0, 0

    def get_metadata(self):
        return EnvironmentMetadata(name="hotter", description="Find the number from 0 to 9.")

    def list_splits(self):
        return ["train", "test"]

    def list_tasks(self, split):
        numbers = range(0, 7) if split == "train" else range(7, 10)
        return [{"id": f"number-{n}", "index": i} for i, n in enumerate(numbers)]

    def reset(self, seed=None, episode_id=None, split="train", index=0, **kwargs):
        self.number, self.guesses = index + (7 if split == "test" else 0), 0
        return Answer(message="Guess.")

    def step(self, action, **kwargs):
        self.guesses += 1
        guess = int(action.message)
        if guess == 999:
            return Answer(message="Broken.", reward=float("nan"), done=True)
        if guess == self.number:
            return Answer(message="Right.", reward=1.0, done=True)
        return Answer(message="More." if guess < self.number else "Less.", reward=0.0)

    @property
    def state(self):
        return State(step_count=self.guesses)


class Move(Action):
    row: int = Field(ge=0, le=2)
    column: int = Field(ge=0, le=2)


class Board(Observation):
    rows: list[str]
    free: int


class TreasureBoard(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True

    def reset(self, seed=None, episode_id=None, **kwargs):
        self.treasure = divmod(random.Random(seed).randrange(9), 3)
        self.dug = set()
        return self.show()

    def show(self, **outcome):
        rows = ["".join("x" if (r, c) in self.dug else "." for c in range(3)) for r in range(3)]
        return Board(rows=rows, free=9 - len(self.dug), **outcome)

    def step(self, action, **kwargs):
        spot = (action.row, action.column)
        if spot in self.dug:
            raise ValueError("dug there before")
        self.dug.add(spot)
        if spot == self.treasure:
            return self.show(reward=3, done=True)
        if spot == (2, 2):
            time.sleep(1)
        return self.show(reward=None)

    @property
    def state(self):
        return State(step_count=len(self.dug))


ENVIRONMENTS = {
    "hotter": lambda: create_app(Hotter, Guess, Answer, env_name="hotter"),
    "board": lambda: create_app(TreasureBoard, Move, Board, env_name="board", max_concurrent_envs=4),
}

port, name = int(sys.argv[1]), sys.argv[2]
config = uvicorn.Config(ENVIRONMENTS[name](), port=port, log_level="critical")
server = uvicorn.Server(config)
config.load()
sockets = [config.bind_socket()]
print("READY", sockets[0].getsockname()[1], flush=True)
server.run(sockets=sockets)
