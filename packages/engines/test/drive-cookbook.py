"""Runs tinker-cookbook's own RL loop, unchanged, on an environment of one turn.

TINKER_BASE_URL and TINKER_API_KEY name the server, the arguments the base model and a folder for the
run. Prints the mean reward of each step as one line of JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

import chz
import tinker
from tinker_cookbook.rl import train
from tinker_cookbook.rl.types import Env, EnvGroupBuilder, RLDataset, RLDatasetBuilder, StepResult
from tinker_cookbook.tokenizer_utils import register_tokenizer

BASE, FOLDER = sys.argv[1:]
WANTED = {3, 5, 7}


class Letters:
    """A tokenizer of one letter per id: the loop shows with it what was sampled."""

    eos_token_id = 0

    def decode(self, ids, **_):
        return "".join(chr(65 + int(id)) for id in ids)

    def encode(self, text, **_):
        return [ord(letter) - 65 for letter in text]


class SayWanted(Env):
    async def initial_observation(self):
        return tinker.ModelInput.from_ints([3, 14]), [0]

    async def step(self, action, *, extra=None):
        return StepResult(
            reward=sum(id in WANTED for id in action) / len(action),
            episode_done=True,
            next_observation=tinker.ModelInput.empty(),
            next_stop_condition=[0],
        )


class Group(EnvGroupBuilder):
    async def make_envs(self):
        return [SayWanted() for _ in range(12)]


class Groups(RLDataset):
    def get_batch(self, index):
        return [Group(), Group()]

    def __len__(self):
        return 14


@chz.chz
class Builder(RLDatasetBuilder):
    async def __call__(self):
        return Groups(), None


register_tokenizer(BASE, Letters)
config = train.Config(
    learning_rate=0.02,
    dataset_builder=Builder(),
    model_name=BASE,
    recipe_name="icrl",
    max_tokens=8,
    log_path=FOLDER,
    lora_rank=8,
    eval_every=0,
    save_every=5,
)
asyncio.run(train.main(config))
rows = [json.loads(line) for line in (Path(FOLDER) / "metrics.jsonl").read_text().splitlines()]
rewards = [row["env/all/reward/total"] for row in rows if "env/all/reward/total" in row]
print(json.dumps({"rewards": rewards}))
