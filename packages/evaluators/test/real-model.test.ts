// Evaluators over a real model of 135 million parameters and over a live endpoint, 20 items each. What a
// model of this size finds says nothing: every part must run, and every item must be in the table.
// Minutes, so with ICRL_FULL alone; skipped where there is no model or no ICRL_TEST_OPENAI_URL.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import type { QuestionTask } from '@icrl/core'
import { parseVerdict, solverPrompt } from '@icrl/critic'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import {
  runSessions,
  saidIn,
  sampleAndChoose,
  selfCheck,
  singleTurn,
  solveOnce,
} from '@icrl/rollout'
import { openAiGenerator } from '@icrl/rollout/openai'
import { answerVerifier, extractMathAnswer, verifyMath } from '@icrl/verify'
import { describe, expect, it, vi } from 'vitest'
import {
  contamination,
  convincingItems,
  convincingWrong,
  evaluateOn,
  premiseCritique,
  processErrors,
  realCritic,
  type Speaker,
  type Table,
} from '../src/index.ts'

vi.setConfig({ testTimeout: 900_000, hookTimeout: 120_000 })

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const folder = process.env.ICRL_TEST_MODEL ?? join(cache, 'icrl-models', 'smollm2')
const isFull = process.env.ICRL_FULL !== undefined
const hasModel = existsSync(join(folder, 'model.safetensors'))
const url = process.env.ICRL_TEST_OPENAI_URL

const COUNT = 20
const sums = Array.from({ length: COUNT }, (_, i): QuestionTask => ({
  id: `sum${i}`,
  question: `What is ${i + 3} + ${2 * i + 1}?`,
  answer: String(3 * i + 4),
}))
const lines = (of: (task: QuestionTask, i: number) => unknown): string =>
  sums.map((task, i) => JSON.stringify(of(task, i))).join('\n')
/** Every second answer is off by one. */
const said = ({ answer }: QuestionTask, i: number): string => String(Number(answer) + (i % 2))

const criticItems = realCritic().read(
  lines((task, i) => ({
    idx: i,
    question: task.question,
    gt: task.answer,
    reasoning: `Adding both up gives ${said(task, i)}. The answer is \\boxed{${said(task, i)}}.`,
    previous_score: [i % 2 === 0],
  })),
)
/**
 * A small model may never keep to a judge's form: then the run has to end with its first answer. Undefined
 * if it did.
 */
const readable = async (running: Promise<Table>): Promise<Table | undefined> => {
  try {
    const table = await running
    console.log(table.toMarkdown())
    return table
  } catch (error) {
    expect(String(error)).toMatch(/none of \d+ answers can be read\. The first: "/)
    return undefined
  }
}
const figures = ({ columns, rows }: Table, name: string): number[] =>
  rows.map((row) => Number(row[columns.indexOf(name)]))

describe.skipIf(!isFull || !hasModel)(
  'evaluators over SmolLM2-135M-Instruct (where the model is, with ICRL_FULL)',
  async () => {
    if (!isFull || !hasModel) return
    await selectBackend('auto')
    const policy = await loadLocalPolicy(folder)
    const renderer = chatRenderer({ tokenizer: await loadTokenizer(folder) })
    const speaks = (maxTokens: number, temperature = 0): Speaker => ({
      by: policy,
      renderer,
      sampling: { maxTokens, temperature },
    })

    it('RealCritic: all conditions over 20 items', async () => {
      const items = await criticItems
      const table = await evaluateOn(realCritic(), { items, roles: { critic: speaks(32) } })
      console.log(table.toMarkdown())
      expect(table.rows).toHaveLength(8)
      expect(figures(table, 'items')).toEqual(Array.from({ length: 8 }, () => COUNT))
      expect(figures(table, 'right').at(-1), 'copies').toBe(0.5)
    })

    it('convincing answers out of its own samples, judged by itself', async () => {
      const attempt = singleTurn<QuestionTask>({
        prompt: solverPrompt({ instructions: 'Answer with one number.' }),
        verifier: answerVerifier(verifyMath),
      })
      const run = {
        tasks: sums,
        samplers: { solver: policy, critic: policy },
        bindings: {
          solver: { renderer, sampling: { maxTokens: 12, temperature: 1 } },
          critic: { renderer, sampling: { maxTokens: 16, temperature: 1 } },
        },
        draw: { seed: 0, domain: 'eval', step: 0 },
      } as const
      const samples = await runSessions({ ...run, protocol: solveOnce(attempt), sessions: 4 })
      const items = convincingItems(sums, samples, extractMathAnswer)
      expect(items.length).toBeGreaterThanOrEqual(COUNT)
      const roles = { critic: speaks(32) }
      await readable(evaluateOn(convincingWrong(), { items, roles }))
      const [result] = await runSessions({
        ...run,
        tasks: sums.slice(0, 1),
        sessions: 1,
        protocol: sampleAndChoose<QuestionTask>({
          attempt,
          n: 3,
          choose: selfCheck({
            answerOf: extractMathAnswer,
            threshold: 3,
            prompt: ({ question }, tried) => [
              { role: 'user', content: `${question} ${saidIn(tried)} Right or wrong?` },
            ],
            read: (text) => (parseVerdict(text) ? parseVerdict(text) === 'right' : undefined),
          }),
        }),
      })
      expect(result.failure).toBeUndefined()
    })

    it('contamination: entropies of two greedy answers to 20 prompts', async () => {
      const items = sums.map(({ id, question }, i) => ({
        id,
        messages: [{ role: 'user' as const, content: question }],
        member: i % 2 === 0,
      }))
      const table = await evaluateOn(contamination({ scorer: policy }), {
        items,
        roles: { solver: speaks(24) },
      })
      console.log(table.toMarkdown())
      // Nothing was trained on: similarities are in [0, 1], and AUC is about a half.
      for (const name of ['members', 'others']) expect(figures(table, name)[0]).toBeGreaterThan(0)
      expect(figures(table, 'AUC')[0]).toBeGreaterThan(0.1)
      expect(figures(table, 'AUC')[0]).toBeLessThan(0.9)
    })
  },
)

describe.skipIf(!isFull || url === undefined)(
  'evaluators over a live endpoint (ICRL_TEST_OPENAI_URL, with ICRL_FULL)',
  () => {
    const speaker = async (): Promise<Speaker> => {
      const { data } = (await (await fetch(`${url}/models`)).json()) as { data: { id: string }[] }
      const by = openAiGenerator({ baseUrl: url!, model: data[0].id })
      return { by, sampling: { maxTokens: 32, temperature: 0 } }
    }

    it('the first wrong step: 20 items', async () => {
      const items = await processErrors().read(
        lines((task, i) => ({
          id: task.id,
          problem: task.question,
          steps: ['We add both numbers up.', `That is ${said(task, i)}.`],
          label: i % 2 === 0 ? -1 : 1,
        })),
      )
      const roles = { critic: await speaker() }
      const table = await readable(evaluateOn(processErrors(), { items, roles }))
      if (table) expect(figures(table, 'items')).toEqual(Array.from({ length: 5 }, () => COUNT))
    })

    it('PCBench with a solver and a judge: 20 items in three forms', async () => {
      const items = await premiseCritique().read(
        lines((task, i) => ({
          pid: String(i),
          normal_query: task.question,
          ill_query: `${task.question} Note that 1 + 1 = 3.`,
          conflict_type: 'contra_premise_insert',
          conflict: { conflict_reason: '1 + 1 = 2, not 3' },
        })),
      )
      const roles = { solver: await speaker(), judge: await speaker() }
      const table = await readable(evaluateOn(premiseCritique(), { items, roles, controls: false }))
      if (table) expect(figures(table, 'items')[0]).toBe(COUNT)
    })
  },
)
