import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isRebound,
  type AttemptProtocol,
  type QuestionTask,
  type Sample,
  type SessionResult,
} from '@icrl/core'
import { chatRenderer } from '@icrl/renderer'
import { runSessions, solveCritiqueRevise, solveOnce } from '@icrl/rollout'
import { describe, expect, it } from 'vitest'
import { byteTokenizer } from '../test/byte-tokenizer.ts'
import { scriptedPolicy, type Script } from '../test/scripted-policy.ts'
import {
  agentAttempt,
  commandAttempt,
  type AgentAttemptOptions,
  type AgentRun,
  type LedgerEntry,
} from './index.ts'

const renderer = chatRenderer({ tokenizer: byteTokenizer() })
const task = { id: 'q', question: 'How old is Ann?', answer: '31' }
const tools = [
  {
    type: 'function',
    function: { name: 'lookup', parameters: { type: 'object', properties: {} } },
  },
]
const LOOKUP = '<tool_call>\n{"name": "lookup", "arguments": {"name": "Ann"}}\n</tool_call>'
const sampling = { maxTokens: 200, temperature: 1 }
const bindings = {
  solver: { renderer, sampling, policy: 'shared' },
  critic: { renderer, sampling, policy: 'shared' },
}

interface Said {
  readonly content: string
  readonly tool_calls?: readonly object[]
}

async function ask(run: AgentRun, messages: readonly object[], more: object = {}): Promise<Said> {
  const response = await run.fetch(`${run.baseURL}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${run.apiKey}` },
    body: JSON.stringify({ messages, tools, temperature: 0, ...more }),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return ((await response.json()) as { choices: [{ message: Said }] }).choices[0].message
}

/** Two steps: a call of a tool, and the answer. */
async function twoSteps(run: AgentRun<QuestionTask>): Promise<number> {
  const messages: object[] = [{ role: 'user', content: run.task.question }]
  for (let step = 0; step < 4; step++) {
    const said = await ask(run, messages)
    messages.push({ role: 'assistant', ...said })
    if (!said.tool_calls) return said.content.includes(run.task.answer) ? 1 : 0
    messages.push({ role: 'tool', tool_call_id: 'call_0_0', content: '31' })
  }
  return 0
}

const solver: Script = (prompt) =>
  prompt.includes('Review')
    ? 'Use the tool, and say the number it gives.'
    : prompt.includes('<tool_response>')
      ? 'She is 31.'
      : prompt.includes('Guidance')
        ? LOOKUP
        : 'She is 20.'

async function sessionsOf(
  attempt: AttemptProtocol<QuestionTask>,
  script: Script = solver,
  options: {
    readonly concurrency?: number
    readonly timeoutMs?: number
    readonly icrl?: boolean
  } = {},
): Promise<SessionResult[]> {
  const policy = scriptedPolicy(renderer, script)
  const protocol = options.icrl
    ? solveCritiqueRevise({
        attempt,
        rounds: 2,
        criticPrompt: ({ question }, { turns }) => [
          {
            role: 'user',
            content: `Review: ${question} ${turns.map(({ text }) => text).join(' ')}`,
          },
        ],
        parseCritique: (critique) => ({ critique, valid: true }),
      })
    : solveOnce(attempt)
  return runSessions({
    protocol,
    tasks: [task],
    sessions: 3,
    samplers: { solver: policy, critic: policy },
    bindings,
    draw: { seed: 0, domain: 'train', step: 0 },
    ...options,
  })
}

const textsOf = ({ response }: Sample): string => renderer.text(response)
const guided: Script = (prompt) => (prompt.includes('<tool_response>') ? 'She is 31.' : LOOKUP)

describe('agentAttempt', () => {
  it.each([false, true])('is an attempt of several turns, over HTTP: %s', async (http) => {
    const ledgers: (readonly LedgerEntry[])[] = []
    const options: AgentAttemptOptions<QuestionTask> = {
      run: twoSteps,
      http,
      onLedger: (_, ledger) => ledgers.push(ledger),
    }
    const sessions = await sessionsOf(agentAttempt(options), guided)
    expect(sessions.map(({ outcomes }) => outcomes)).toEqual(
      Array(3).fill([{ reward: 1, success: true }]),
    )
    for (const { samples } of sessions) {
      expect(samples.length).toBe(1)
      const [{ response, mask, behaviorLogprobs, reward, finish }] = samples
      expect([reward, finish]).toEqual([1, 'stop'])
      const said = renderer.answer!(LOOKUP).length + renderer.answer!('She is 31.').length
      expect(mask.reduce((sum, one) => sum + one, 0)).toBe(said)
      expect(behaviorLogprobs.length).toBe(response.length)
      expect(samples[0].dialogue).toMatchObject({
        tools: [{ name: 'lookup' }],
        messages: [
          { role: 'user', content: task.question },
          { role: 'assistant', content: [{ type: 'tool-call', arguments: { name: 'Ann' } }] },
          { role: 'tool', content: [{ type: 'tool-result', text: '31' }] },
          { role: 'assistant', content: [{ type: 'text', text: 'She is 31.' }] },
        ],
      })
    }
    expect(ledgers.length).toBe(3)
    for (const ledger of ledgers)
      expect(ledger.map(({ kind, overruled }) => [kind, overruled])).toEqual([
        ['trained', ['temperature']],
        ['trained', ['temperature']],
      ])
  })

  it('gives the same bytes whatever runs beside it', async () => {
    const attempt = agentAttempt({ run: twoSteps })
    const runs = await Promise.all(
      [1, 3].map((concurrency) =>
        sessionsOf(attempt, (prompt) => guided(prompt, 0), { concurrency }),
      ),
    )
    const bytes = runs.map((sessions) =>
      sessions.flatMap(({ samples }) => samples.map(({ id, response }) => [id, ...response])),
    )
    expect(bytes[0]).toEqual(bytes[1])
  })

  it('is criticized and tried again: guidance is shown to the model and to nobody else', async () => {
    const seen: string[] = []
    const attempt = agentAttempt<QuestionTask>({
      run: async (run) => {
        const reward = await twoSteps(run)
        seen.push(run.task.question)
        return reward
      },
    })
    const [{ samples, outcomes }] = await sessionsOf(attempt, solver, { icrl: true })
    expect(outcomes.map(({ reward }) => reward)).toEqual([0, 1])
    const [first, critique, revision] = samples
    expect(textsOf(first)).toBe('She is 20.')
    expect(textsOf(critique)).toContain('Use the tool')
    expect(isRebound(revision)).toBe(true)
    expect(renderer.text(revision.sampledUnder)).toContain('# Guidance\nUse the tool')
    expect(revision.trainedUnder).toEqual(first.sampledUnder)
    expect(JSON.stringify(revision.dialogue)).not.toContain('Use the tool')
    expect(revision.parents).toEqual([critique.id])
    expect(seen.every((question) => question === task.question)).toBe(true)
  })

  it('books a segment that repeats guidance, and does not train it', async () => {
    const ledgers: (readonly LedgerEntry[])[] = []
    const attempt = agentAttempt<QuestionTask>({
      // It copies what the model said, guidance and all, into a new conversation.
      run: async (run) => {
        const first = await ask(run, [{ role: 'user', content: 'Repeat your guidance.' }])
        await ask(run, [{ role: 'user', content: `Notes: ${first.content}` }])
        return 0.5
      },
      onLedger: (_, ledger) => ledgers.push(ledger),
    })
    const parrot: Script = (prompt) =>
      prompt.includes('Review')
        ? 'Use the tool, and say the number it gives.'
        : (/Guidance\n(.*)/.exec(prompt)?.[1] ?? 'None.')
    const [{ samples }] = await sessionsOf(attempt, parrot, { icrl: true })
    expect(ledgers.at(-1)!.map(({ kind }) => kind)).toEqual(['trained', 'quoting'])
    const trained = samples.filter(({ keys }) => keys.round === 2 && keys.role === 'solver')
    expect(trained.map(({ keys }) => keys.segment ?? 0)).toEqual([0])
    for (const { trainedUnder } of samples.filter(({ keys }) => keys.role === 'solver'))
      expect(renderer.text(trainedUnder)).not.toContain('Use the tool')
  })

  it('makes each segment a sample with the reward of the attempt', async () => {
    const attempt = agentAttempt<QuestionTask>({
      run: async (run) => {
        await ask(run, [{ role: 'user', content: 'One' }])
        await ask(run, [{ role: 'user', content: 'Two' }])
        return { reward: 0.5, success: true, components: { style: 0.25 } }
      },
    })
    const [{ samples }] = await sessionsOf(attempt)
    expect(samples.map(({ id }) => id)).toEqual([
      'train0/q/0/solver-1-0',
      'train0/q/0/solver-1-0-1',
    ])
    for (const { reward, success, rewards } of samples)
      expect({ reward, success, rewards }).toEqual({
        reward: 0.5,
        success: true,
        rewards: { outcome: 0.5, style: 0.25 },
      })
  })

  it.each<[string, AgentAttemptOptions<QuestionTask>['run'], string]>([
    ['throws', () => Promise.reject(new Error('no disk')), 'no disk'],
    [
      'throws at once',
      () => {
        throw new Error('no disk')
      },
      'no disk',
    ],
    ['never calls the model', async () => 1, 'it never called the model'],
  ])('fails its session alone where the agent %s', async (_, run, reason) => {
    const [{ failure, samples }] = await sessionsOf(agentAttempt({ run }))
    expect(failure?.reason).toContain(reason)
    expect(samples).toEqual([])
  })

  it('ends an agent that hangs, with its session', async () => {
    let ended = false
    const attempt = agentAttempt<QuestionTask>({
      run: (run) =>
        new Promise((resolve) => {
          void ask(run, [{ role: 'user', content: 'Hi' }])
          run.signal.addEventListener('abort', () => {
            ended = true
            resolve(0)
          })
        }),
    })
    const [{ failure }] = await sessionsOf(attempt, solver, { timeoutMs: 200 })
    expect(failure?.reason).toContain('took longer than 200 ms')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(ended).toBe(true)
  })
})

describe('commandAttempt', () => {
  const program = `
    import { writeFileSync } from 'node:fs'
    const ask = async (messages) => {
      const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
        method: 'POST',
        headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
        body: JSON.stringify({ messages }),
      })
      return (await response.json()).choices[0].message.content
    }
    const answer = await ask([{ role: 'user', content: process.argv[2] }])
    writeFileSync('answer.txt', answer)
    console.log('home is here:', process.env.HOME === process.cwd(), Object.keys(process.env).length)
  `
  const attemptOf = (seen: unknown[]) =>
    commandAttempt<QuestionTask>({
      command: process.execPath,
      args: ({ task: { question } }) => ['agent.mjs', question],
      prepare: ({ folder }) => writeFile(join(folder, 'agent.mjs'), program),
      reward: async ({ folder, output, code, timedOut, task: { answer } }) => {
        seen.push({ output, code, timedOut, folder })
        return (await readFile(join(folder, 'answer.txt'), 'utf8')).includes(answer) ? 1 : 0
      },
    })

  it('runs a program in a folder of its own, and trains what it sampled', async () => {
    const seen: { output?: string; code?: number; folder?: string }[] = []
    const [{ samples, outcomes, failure }] = await sessionsOf(attemptOf(seen), () => 'She is 31.')
    expect(failure).toBeUndefined()
    expect(outcomes).toEqual([{ reward: 1, success: true }])
    expect(textsOf(samples[0])).toBe('She is 31.')
    expect(seen[0]).toMatchObject({
      code: 0,
      output: expect.stringContaining('home is here: true 6'),
    })
    await expect(readFile(join(seen[0].folder!, 'agent.mjs'))).rejects.toThrow('ENOENT')
  })

  it('ends one that takes too long, and judges its folder', async () => {
    const seen: { code?: number | null; timedOut?: boolean }[] = []
    const attempt = commandAttempt<QuestionTask>({
      command: process.execPath,
      args: () => ['-e', 'setInterval(() => undefined, 1000)'],
      prepare: async (run) => {
        await ask(run, [{ role: 'user', content: run.task.question }])
        await writeFile(join(run.folder, 'answer.txt'), '31')
      },
      timeout: 50,
      reward: async ({ folder, code, timedOut, task: { answer } }) => {
        seen.push({ code, timedOut })
        return (await readFile(join(folder, 'answer.txt'), 'utf8')) === answer ? 1 : 0
      },
    })
    const [{ outcomes, failure }] = await sessionsOf(attempt)
    expect(failure).toBeUndefined()
    expect(outcomes).toEqual([{ reward: 1, success: true }])
    expect(seen[0]).toMatchObject({ code: null, timedOut: true })
  })

  it('keeps all of its output, characters that come in two pieces and the last ones included', async () => {
    const long = 'é'.repeat(200_000)
    const attempt = commandAttempt<QuestionTask>({
      command: process.execPath,
      args: () => ['-e', `process.stdout.write('a' + 'é'.repeat(200_000) + 'end')`],
      prepare: async (run) => void (await ask(run, [{ role: 'user', content: 'Speak.' }])),
      maxOutput: 1_000_000,
      reward: ({ output }) => (output === `a${long}end` ? 1 : 0),
    })
    const [{ outcomes, failure }] = await sessionsOf(attempt)
    expect(failure).toBeUndefined()
    expect(outcomes).toEqual([{ reward: 1, success: true }])
  })

  it('fails its session where there is no such program', async () => {
    const attempt = commandAttempt<QuestionTask>({
      command: 'icrl-no-such-program',
      reward: () => 1,
    })
    const [{ failure }] = await sessionsOf(attempt)
    expect(failure?.reason).toContain('ENOENT')
  })
})
