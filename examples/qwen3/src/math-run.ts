import { solverPrompt } from '@icrl/critic'
import type { MathProblem } from '@icrl/environments'
import { singleTurn } from '@icrl/rollout'
import { verifyMath } from '@icrl/verify'
import type { RunConfig, RunConfigSet } from 'icrl'
import { BENCHMARKS, benchmarkProblems, mathNeeds, trainingProblems } from './math-data.ts'
import { requireAll } from './needs.ts'
import { PAPER_MATH, PUBLISHED, type Scale } from './published-values.ts'
import { type RunOf, runOf } from './run-of.ts'

/** What differs between the runs of mathematics. */
export interface MathRunOptions extends Pick<RunOf<MathProblem>, 'model' | 'method' | 'changes'> {
  /** Default: the paper's. */
  readonly scale?: Scale
}

/**
 * Mathematics as in the paper: trained on 4k problems, evaluated on five benchmarks of which the
 * small ones are attempted several times.
 */
export function mathRun({
  model,
  method,
  changes,
  scale = PAPER_MATH,
}: MathRunOptions): RunConfig<MathProblem> {
  return runOf<MathProblem>({
    model,
    method,
    changes,
    scale,
    attempt: () =>
      singleTurn<MathProblem>({
        prompt: solverPrompt<MathProblem>(),
        verifier: ({ text, task }) => {
          const { correct, extracted } = verifyMath(text, task.answer, { mode: 'lenient' })
          return { reward: correct ? 1 : 0, valid: extracted.prediction !== undefined }
        },
        contextTokens: scale.contextTokens,
      }),
    tasks: async () => {
      await requireAll(mathNeeds())
      return trainingProblems()
    },
    evaluation: {
      every: scale.every,
      sets: Object.fromEntries(Object.keys(BENCHMARKS).map((name) => [name, setOf(name, scale)])),
    },
  })
}

/** A few problems are attempted several times, many problems once, greedily. */
function setOf(name: string, { questions }: Scale): RunConfigSet<MathProblem> {
  const { repeats } = BENCHMARKS[name]
  const tasks = async (): Promise<readonly MathProblem[]> =>
    (await benchmarkProblems(name)).slice(0, questions)
  return repeats === 1
    ? { tasks, sampling: { solver: { temperature: 0 } } }
    : { tasks, repeats, sampling: { solver: PUBLISHED.sampled } }
}
