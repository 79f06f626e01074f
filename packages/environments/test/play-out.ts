import { isSuccess, type Environment, type EpisodeStep } from '@icrl/core'

/** Plays a task with an agent that sees observations; the last step, and how many were made. */
export async function playOut(
  environment: Environment,
  taskId: string,
  act: (observation: string, turn: number) => string,
): Promise<{ last: EpisodeStep; steps: number }> {
  const episode = await environment.open()
  try {
    let { observation } = await episode.reset(taskId)
    for (let turn = 0; ; turn++) {
      const last = await episode.step(act(observation, turn))
      if (last.done || turn + 1 >= environment.maxTurns) return { last, steps: turn + 1 }
      observation = last.observation
    }
  } finally {
    await episode.close()
  }
}

/** Share of tasks whose last step is a success. */
export async function solvedRate(
  environment: Environment,
  taskIds: readonly string[],
  agent: (taskId: string) => (observation: string, turn: number) => string,
): Promise<number> {
  let solved = 0
  for (const id of taskIds)
    if (isSuccess((await playOut(environment, id, agent(id))).last)) solved++
  return solved / taskIds.length
}
