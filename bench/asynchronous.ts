// Sampling while learning beside the synchronous loop, in one run: the same steps of the same small
// transformer on an environment that waits, as tools and servers do. The runs take turns, so that
// other load on the machine affects all of them; the first round does not count.
import { initializeModel, LocalPolicy, parseModelConfig, selectBackend } from '@icrl/backbone'
import { rolloutCorrection } from '@icrl/calibration'
import { type Environment, type Episode, randomStream, type Renderer } from '@icrl/core'
import { grpo } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { train } from '@icrl/trainer'

const STALENESS = [0, 1, 2, 4]
const [ROUNDS, STEPS, TURNS] = [3, 10, 3]
/** Mean wait of a call in milliseconds; single waits are exponential, so that a few take long. */
const WAIT_MS = Number(process.argv[2] ?? 300)
const VOCABULARY = 64

await selectBackend('auto')
const config = parseModelConfig({
  model_type: 'qwen3',
  vocab_size: VOCABULARY,
  hidden_size: 128,
  intermediate_size: 352,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
})
const ids = (text: string): Int32Array =>
  Int32Array.from(text, (letter) => letter.charCodeAt(0) % VOCABULARY)
const renderer: Renderer = {
  start: () => ids('turn the dial until it clicks'),
  continue: () => ids('nothing yet'),
  text: (tokens) => tokens.join(' '),
  stop: [0],
  vocabularySize: VOCABULARY,
}

/** Waits on every call; the third action is judged by its first token. */
function slowEnvironment(): Environment {
  let opened = 0
  return {
    name: 'slow',
    instructions: '',
    maxTurns: TURNS,
    invalidAction: '',
    taskIds: async () => ['0'],
    parseAction: (text) => text,
    async open(): Promise<Episode> {
      const waits = randomStream(0, 'waits', opened++)
      let turn = 0
      const wait = (): Promise<void> =>
        new Promise((resolve) => setTimeout(resolve, -WAIT_MS * Math.log(1 - waits.uniform(turn))))
      return {
        async reset() {
          turn = 0
          await wait()
          return { task: 'dial', observation: 'a dial' }
        },
        async step(action) {
          turn++
          await wait()
          const first = Number(action.split(' ')[0])
          return { observation: '', reward: first < 32 ? 1 : 0, done: turn === TURNS }
        },
        close: async () => undefined,
      }
    },
  }
}

async function secondsPerStep(staleness: number): Promise<number> {
  await using model = new LocalPolicy(config, initializeModel(config, 0))
  const attempt = multiTurn({ environment: slowEnvironment(), maxRepeatedActions: TURNS + 1 })
  const began = performance.now()
  await train({
    recipe: grpo({ attempt, tasksPerStep: 4, sessionsPerTask: 8 }),
    policies: { model },
    roles: { solver: { renderer, sampling: { maxTokens: 16, temperature: 1 }, policy: 'model' } },
    tasks: Array.from({ length: 64 }, (_, i) => ({ id: String(i) })),
    seed: 0,
    stop: { steps: STEPS },
    optimizer: { learningRate: 1e-4, clipNorm: 1 },
    asynchronous: { staleness },
    correction: rolloutCorrection(),
  })
  return (performance.now() - began) / 1000 / STEPS
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1]

const found = new Map<number, number[]>(STALENESS.map((staleness) => [staleness, []]))
for (let round = 0; round <= ROUNDS; round++)
  for (const staleness of STALENESS) {
    const seconds = await secondsPerStep(staleness)
    if (round > 0) found.get(staleness)!.push(seconds)
  }
console.log(`${STEPS} steps, 32 sessions of ${TURNS} turns, mean wait ${WAIT_MS} ms per call`)
const base = median(found.get(0)!)
for (const [staleness, seconds] of found)
  console.log(
    `staleness ${staleness}: ${median(seconds).toFixed(2)} s per step, ${(base / median(seconds)).toFixed(2)} times the synchronous loop`,
  )
