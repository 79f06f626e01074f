"""Plays episodes with PyPI's openenv, as told on standard input; prints what it saw as JSON.

Input: { url, token, episodes: [{ reset, actions }] }. Each episode is played twice, side by side with
the others by the generic client, and one after the other by a typed one, whose pydantic models refuse
fields they do not know.
"""

import asyncio
import json
import sys
from typing import Any

from openenv.cli._validation import validate_running_environment
from openenv.core import EnvClient, GenericEnvClient
from openenv.core.client_types import StepResult
from openenv.core.env_server.types import Action, Observation, State


class TextAction(Action):
    message: str


class TextObservation(Observation):
    message: str
    task: str = ""
    instructions: str = ""


class TextState(State):
    task_id: str
    split: str


class TextEnv(EnvClient[TextAction, TextObservation, TextState]):
    def _step_payload(self, action: TextAction) -> dict[str, Any]:
        return action.model_dump()

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[TextObservation]:
        seen = TextObservation(
            **payload["observation"], done=payload["done"], reward=payload["reward"]
        )
        return StepResult(observation=seen, reward=seen.reward, done=seen.done)

    def _parse_state(self, payload: dict[str, Any]) -> TextState:
        return TextState(**payload)


def seen(result, text):
    return [text, result.reward, result.done]


async def play_generic(url, headers, episode):
    async with GenericEnvClient(base_url=url, headers=headers) as env:
        result = await env.reset(**episode["reset"])
        turns = [seen(result, result.observation["message"])]
        for message in episode["actions"]:
            result = await env.step({"message": message})
            turns.append(seen(result, result.observation["message"]))
        state = await env.state()
        try:
            await env.step({"message": "one more"})
            after = "taken"
        except RuntimeError as error:
            after = str(error)
        return {
            "turns": turns,
            "metadata": result.metadata,
            "steps": state["step_count"],
            "after": after,
        }


def play_typed(url, headers, episode):
    with TextEnv(base_url=url, headers=headers).sync() as env:
        result = env.reset(**episode["reset"])
        task = result.observation.task
        turns = [seen(result, result.observation.message)]
        for message in episode["actions"]:
            result = env.step(TextAction(message=message))
            turns.append(seen(result, result.observation.message))
        return {"turns": turns, "task": task, "id": env.state().task_id}


def errors(url, headers):
    """What the client makes of mistakes, each on a connection that goes on afterwards."""
    said = []
    with GenericEnvClient(base_url=url, headers=headers).sync() as env:
        for call in (
            lambda: env.step({"message": "too early"}),
            lambda: env.reset(task_id="no such task"),
            lambda: env.reset(seed=-1),
            lambda: env.step({"wrong": "field"}),
        ):
            try:
                call()
                said.append("nothing")
            except RuntimeError as error:
                said.append(str(error))
        env.reset()
    return said


async def play_all(url, headers, episodes):
    return await asyncio.gather(*(play_generic(url, headers, episode) for episode in episodes))


def main():
    given = json.load(sys.stdin)
    url, token, episodes = given["url"], given["token"], given["episodes"]
    headers = {"Authorization": f"Bearer {token}"} if token else None
    report = None if token else validate_running_environment(url)
    answer = {
        "generic": asyncio.run(play_all(url, headers, episodes)),
        "typed": [play_typed(url, headers, episode) for episode in episodes],
        "errors": errors(url, headers),
        "validation": report and {key: report[key] for key in ("passed", "mode", "summary")},
    }
    json.dump(answer, sys.stdout)


main()
