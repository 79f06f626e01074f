import type { QuestionTask, Task } from '@icrl/core'
import { testVerifier } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { answerVerifier } from './answer-verifier.ts'
import { exactMatch } from './qa/exact-match.ts'
import { f1 } from './qa/f1.ts'
import { subSpanMatch } from './qa/sub-span-match.ts'
import { verifyMath } from './verify-math.ts'

const half: QuestionTask = { id: 'half', question: 'What is 2/4?', answer: '\\frac{1}{2}' }
const capital: QuestionTask = { id: 'capital', question: 'The capital of France?', answer: 'Paris' }

describe.each([
  [
    'verifyMath',
    answerVerifier(verifyMath),
    [
      { task: half, text: 'So it is \\boxed{0.5}.', reward: 1 },
      { task: half, text: '\\boxed{2}', reward: 0 },
    ],
  ],
  [
    'verifyMath, lenient',
    answerVerifier((text: string, gold: string) => verifyMath(text, gold, { mode: 'lenient' })),
    [
      { task: half, text: '\\boxed{1/2}', reward: 1 },
      { task: half, text: 'none', reward: 0 },
    ],
  ],
  [
    'exactMatch',
    answerVerifier(exactMatch),
    [
      { task: capital, text: '<answer>paris</answer>', reward: 1 },
      { task: capital, text: 'Paris, France', reward: 0 },
    ],
  ],
  [
    'subSpanMatch',
    answerVerifier(subSpanMatch),
    [
      { task: capital, text: 'It is Paris.', reward: 1 },
      { task: capital, text: 'Rome', reward: 0 },
    ],
  ],
  [
    'f1',
    answerVerifier(f1, { name: 'f1' }),
    [
      { task: capital, text: 'Paris France', reward: 2 / 3 },
      { task: capital, text: 'Paris', reward: 1 },
      { task: capital, text: 'Rome', reward: 0 },
    ],
  ],
])('answerVerifier(%s)', (_, verifier, cases) => {
  for (const { name, run } of testVerifier(verifier, { cases })) it(name, run)
})

it('takes golds from wherever the task has them, and names its component', async () => {
  interface Several extends Task {
    readonly accepted: readonly string[]
  }
  const verifier = answerVerifier<Several, readonly string[]>(exactMatch, {
    gold: (task) => task.accepted,
    name: 'exact',
  })
  const task: Several = { id: 'a', accepted: ['Paris', 'City of Light'] }
  expect(await verifier({ text: 'city of light', tokens: new Int32Array(0), task })).toEqual({
    reward: 1,
    valid: true,
    components: { exact: 1 },
  })
  expect(await verifier({ text: ' ', tokens: new Int32Array(0), task })).toEqual({
    reward: 0,
    valid: false,
    components: { exact: 0 },
  })
})
