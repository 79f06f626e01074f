import {
  randomStream,
  type Message,
  type Policy,
  type Renderer,
  type Task,
  type Verifier,
} from '../src/index.ts'

/** A world as a learner sees it. */
export interface Drill<T extends Task> {
  readonly renderer: Renderer
  readonly maxTokens: number
  readonly prompt: (task: T) => Message[]
  readonly verifier: Verifier<T>
}

interface Answer {
  readonly prompt: Int32Array
  readonly response: Int32Array
  readonly reward: number
}

async function answer<T extends Task>(
  policy: Policy,
  { renderer, maxTokens, prompt, verifier }: Drill<T>,
  task: T,
  {
    step,
    session,
    temperature = 1,
  }: { readonly step: number; readonly session: number; readonly temperature?: number },
): Promise<Answer> {
  const ids = renderer.start(prompt(task))
  const { tokens } = await policy.sample({
    prompt: ids,
    maxTokens,
    temperature,
    stop: renderer.stop,
    draws: randomStream(0, 'drill', task.id, step, session),
  })
  const { reward } = await verifier({ text: renderer.text(tokens), tokens, task })
  return { prompt: ids, response: tokens, reward }
}

/** Share of tasks that one response solves: a sampled one, or at temperature 0 the likeliest. */
export async function accuracy<T extends Task>(
  policy: Policy,
  drill: Drill<T>,
  tasks: readonly T[],
  temperature = 1,
): Promise<number> {
  const answers = await Promise.all(
    tasks.map((task) => answer(policy, drill, task, { step: 0, session: 0, temperature })),
  )
  return answers.reduce((sum, { reward }) => sum + reward, 0) / tasks.length
}

/**
 * Learns by rewards alone: L = −mean Σ_t A log π_t, each of `sessions` answers against the mean of
 * its task's.
 */
export async function learn<T extends Task>(
  policy: Policy,
  drill: Drill<T>,
  batches: readonly (readonly T[])[],
  { sessions = 8, learningRate = 0.1 }: { sessions?: number; learningRate?: number } = {},
): Promise<void> {
  for (const [step, tasks] of batches.entries()) {
    const groups = await Promise.all(
      tasks.map((task) =>
        Promise.all(
          Array.from({ length: sessions }, (_, session) =>
            answer(policy, drill, task, { step, session }),
          ),
        ),
      ),
    )
    const items = groups.flatMap((group) => {
      const mean = group.reduce((sum, { reward }) => sum + reward, 0) / group.length
      return group.map(({ prompt, response, reward }) => ({
        prompt,
        response,
        temperature: 1,
        slope: (mean - reward) / (tasks.length * sessions),
      }))
    })
    await policy.accumulate(items, (indices) =>
      indices.map((index) => ({
        logprobs: new Float32Array(items[index].response.length).fill(items[index].slope),
      })),
    )
    await policy.step({ learningRate })
  }
}
