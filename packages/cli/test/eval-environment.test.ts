import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Message, textOf } from '@icrl/core'
import { doubleT, solveMaze } from '@icrl/environments'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { icrl } from './command-line.ts'
import { openAiServer, type OpenAiServer, type OpenAiServerOptions } from './open-ai-server.ts'
import { BACKEND, writeTinyModel } from './tiny-model.ts'

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let root: string
const servers: OpenAiServer[] = []
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-eval-'))
})
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())))
afterAll(() => rm(root, { recursive: true, force: true }))

async function endpoint(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const server = await openAiServer(options)
  servers.push(server)
  return server
}

/** Goes the shortest way from where the last observation says it stands. */
function mazeExpert(messages: readonly Message[]): string {
  const [, row, column] = /current position is at position (\d+), (\d+)/.exec(
    textOf(messages.at(-1)!),
  )!
  return `Let me see. <action>${solveMaze(doubleT, [Number(row), Number(column)])![0]}</action>`
}

const isCritic = ([system]: readonly Message[]): boolean => textOf(system).startsWith('You review')
const isAdvised = (messages: readonly Message[]): boolean =>
  textOf(messages[1]).includes('## Advice')
const lost = '<action>stay</action>'
const play = (...args: string[]): ReturnType<typeof icrl> => icrl('eval', '--env', 'maze', ...args)
const figuresOf = (
  out: string,
): Record<string, number> & { intervals: Record<string, [number, number]> } =>
  JSON.parse(out) as never

describe('icrl eval --env with an endpoint', () => {
  it('lets the only model of an endpoint play, and shows figures with intervals', async () => {
    const { url, requests } = await endpoint({ answer: mazeExpert })
    const { code, out } = await play(
      '--policy',
      `openai:${url}`,
      '--temperature',
      '0.5',
      '--max-tokens',
      '40',
      '--body',
      '{"top_k":7}',
    )
    expect(code).toBe(0)
    expect(out).toMatch(
      /^openai:http:\S+#expert in maze, 5 of 5 tasks \(test\)\n  eval\/critique_free   1\.000  \[0\.566, 1\.000\]\n95% intervals/,
    )
    expect(requests[0]).toMatchObject({
      model: 'expert',
      temperature: 0.5,
      top_p: 0.95,
      max_tokens: 40,
      top_k: 7,
      stream: false,
      seed: expect.any(Number),
    })
  })

  it('comes to the same figures through faults', async () => {
    const { url, faultsDone } = await endpoint({ answer: mazeExpert, faultRate: 0.15 })
    const { code, out } = await play(
      '--policy',
      `openai:${url}#expert`,
      '--retries',
      '10',
      '--concurrency',
      '5',
      '--json',
    )
    expect(faultsDone()).toBeGreaterThan(5)
    expect(code).toBe(0)
    expect(figuresOf(out)).toMatchObject({
      environment: 'maze',
      split: 'test',
      tasks: 5,
      samples: 1,
      rounds: 1,
      sessions: 5,
      'eval/critique_free': 1,
      intervals: { 'eval/critique_free': [expect.closeTo(0.5655, 3), 1] },
    })
    expect(out).not.toContain('eval/failed')
  })

  it('tells what a critic is worth, and writes the sessions', async () => {
    const tips = '<tips>\n- Walk towards the goal.\n</tips>'
    const solver = await endpoint({
      answer: (messages) => (isAdvised(messages) ? mazeExpert(messages) : lost),
    })
    const critic = await endpoint({ answer: () => tips, models: ['other', 'critic'] })
    const file = join(root, 'sessions.jsonl')
    const { code, out } = await play(
      '--policy',
      `openai:${solver.url}`,
      '--critic',
      `openai:${critic.url}#critic`,
      '--rounds',
      '2',
      '--samples',
      '2',
      '--turns',
      '20',
      '--json',
      '--out',
      file,
    )
    expect(code).toBe(0)
    expect(figuresOf(out)).toMatchObject({
      'eval/critique_free': 0,
      'eval/pass_at_2': 0,
      'eval/plain_retry': 0,
      'eval/with_critique': 1,
      'eval/ungated_critique': 1,
      'critic/lift': 1,
    })
    expect(critic.requests).toHaveLength(10)
    expect((critic.requests[0].messages as Message[])[1].content).toMatch(
      /## Task[\s\S]*goal[\s\S]*## The attempt[\s\S]*1\. stay[\s\S]*It failed/,
    )
    const sessions = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as {
            outcomes: { reward: number }[]
            transcript: { role: string; text: string }[]
          },
      )
    expect(sessions.map(({ outcomes }) => outcomes.map(({ reward }) => reward))).toEqual(
      new Array(10).fill([0, 1, 0]),
    )
    expect(sessions[0].transcript.find(({ role }) => role === 'critic')?.text).toBe(tips)
  })

  it('tells what critiques spoil; a policy critiques itself; a blind critic is not told the outcome', async () => {
    const { url, requests } = await endpoint({
      answer: (messages) =>
        isCritic(messages)
          ? 'Stay where you are.'
          : isAdvised(messages)
            ? lost
            : mazeExpert(messages),
    })
    const { out } = await play(
      '--policy',
      `openai:${url}`,
      '--rounds',
      '3',
      '--turns',
      '20',
      '--blind-critic',
      '--json',
    )
    expect(figuresOf(out)).toMatchObject({
      'eval/critique_free': 1,
      'eval/plain_retry': 1,
      'eval/with_critique_round_2': 1,
      'eval/with_critique': 1,
      'eval/ungated_critique': 0,
      'critic/harm_rate': 1,
    })
    const asked = requests.map(({ messages }) => messages as Message[]).filter(isCritic)
    expect(asked).toHaveLength(10)
    expect(asked.some(([, message]) => textOf(message).includes('How it ended'))).toBe(false)
  })

  it('without a critic retries plainly', async () => {
    const { url, requests } = await endpoint({ answer: () => lost })
    const { out } = await play(
      '--policy',
      `openai:${url}`,
      '--rounds',
      '2',
      '--critic',
      'none',
      '--json',
      '--tasks',
      '2',
      '--repeats',
      '3',
    )
    expect(figuresOf(out)).toMatchObject({ critic: null, tasks: 2, 'eval/plain_retry': 0 })
    expect(out).not.toContain('with_critique')
    expect(requests).toHaveLength(2 * 2 * 3)
  })

  it('counts leaks where answers are known', async () => {
    const tips = (messages: readonly Message[]): string => {
      const [, a, b] = /Compute \$(\d+) \+ (\d+)\$/.exec(textOf(messages[1])) ?? []
      return `<tips>\n- It is ${Number(a) + Number(b)}.\n</tips>`
    }
    const { url } = await endpoint({
      answer: (messages) => (isCritic(messages) ? tips(messages) : 'I do not know. \\boxed{?}'),
    })
    const problems = join(root, 'problems.jsonl')
    await writeFile(
      problems,
      '{"question":"Compute $2 + 3$.","answer":"so\\n#### 5"}\n{"question":"Compute $4 + 5$.","answer":"so\\n#### 9"}\n',
    )
    const { out } = await icrl(
      'eval',
      '--env',
      'math',
      '--test-problems',
      problems,
      '--policy',
      `openai:${url}`,
      '--rounds',
      '2',
      '--json',
    )
    expect(figuresOf(out)).toMatchObject({
      environment: 'math',
      tasks: 2,
      'eval/critique_free': 0,
      'critic/leak_rate': 1,
    })
  })

  it('ends attempts that outgrow the endpoint’s context', async () => {
    const turn = ['up', 'down']
    let said = 0
    const { url } = await endpoint({
      answer: () => `<action>move ${turn[said++ % 2]}</action>`,
      contextCharacters: 2500,
    })
    const { code, out } = await play('--policy', `openai:${url}`, '--tasks', '1', '--json')
    expect(code).toBe(0)
    expect(figuresOf(out)).toMatchObject({ sessions: 1, 'eval/critique_free': 0 })
    expect(said).toBeLessThan(50)
  })
})

describe('icrl eval --env says what is wrong', () => {
  const refused = async (...args: string[]): ReturnType<typeof icrl> =>
    icrl('eval', '--env', 'maze', '--retries', '0', ...args)

  it('with an endpoint', async () => {
    const { url } = await endpoint({ answer: mazeExpert, models: ['small-1', 'small-2'] })
    expect(await refused('--policy', 'openai:http://127.0.0.1:9/v1')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/127\.0\.0\.1:9\/v1\/models cannot be reached/),
    })
    expect(await refused('--policy', `openai:${url}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Name one after #: small-1, small-2'),
    })
    expect(await refused('--policy', `openai:${url}#smal-1`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "small-1"?'),
    })
    expect(await refused('--policy', `openai:${url}/deeper`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('not a list of models'),
    })
    expect(await refused('--policy', 'openai:127.0.0.1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no address of an endpoint'),
    })
    expect(await refused('--policy', url)).toMatchObject({
      code: 2,
      err: expect.stringContaining('openai:http://'),
    })
  })

  it('with its key', async () => {
    const { url } = await endpoint({ answer: mazeExpert, key: 'sesame' })
    expect(await refused('--policy', `openai:${url}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--api-key-env NAME'),
    })
    expect(
      await refused('--policy', `openai:${url}`, '--api-key-env', 'ICRL_TEST_KEY'),
    ).toMatchObject({ code: 2, err: expect.stringContaining('has no ICRL_TEST_KEY') })
    vi.stubEnv('ICRL_TEST_KEY', 'sesame')
    const { code, out, err } = await refused(
      '--policy',
      `openai:${url}`,
      '--api-key-env',
      'ICRL_TEST_KEY',
      '--tasks',
      '1',
    )
    vi.unstubAllEnvs()
    expect(code).toBe(0)
    expect(out + err).not.toContain('sesame')
  })

  it('without any secret of its address', async () => {
    const { url } = await endpoint({ answer: mazeExpert, models: ['a', 'b'] })
    const secret = (address: string): string =>
      `openai:${address.replace('//', '//user:SECRET@')}?key=SECRET`
    for (const policy of [
      secret(url),
      `${secret(url)}#c`,
      secret('http://127.0.0.1:9/v1'),
      'openai:htp://user:SECRET@host/v1',
      'http://user:SECRET@host/v1',
      'openai:http://user:SECRET@',
    ]) {
      const { code, out, err } = await refused('--policy', policy)
      expect([code > 0, (out + err).includes('SECRET')]).toEqual([true, false])
    }
    const { code, out } = await refused('--policy', `${secret(url)}#a`, '--tasks', '1', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ policy: `openai:${url}#a`, temperature: 0.6 })
  })

  it('where a model takes fewer fields, and plays it without them', async () => {
    const { url, requests } = await endpoint({
      answer: mazeExpert,
      refuse: ({ max_tokens: old, temperature }) =>
        old !== undefined
          ? "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
          : temperature !== undefined
            ? "Unsupported value: 'temperature' does not support 0.6 with this model."
            : undefined,
    })
    const play = ['--policy', `openai:${url}`, '--tasks', '1', '--json']
    expect(await refused(...play)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--omit temperature'),
    })
    const { code, out } = await refused(...play, '--omit', 'temperature, top_p')
    expect(code).toBe(0)
    const figures = JSON.parse(out) as Record<string, unknown>
    expect(figures).toMatchObject({ 'eval/critique_free': 1, omitted: ['temperature', 'top_p'] })
    expect('temperature' in figures || 'top_p' in figures).toBe(false)
    expect(requests.at(-1)).toMatchObject({ max_completion_tokens: 512 })
  })

  it('where answers are web pages, time out or no session comes through', async () => {
    const pages = await endpoint({ answer: mazeExpert, faultRate: 1, faults: ['page'] })
    expect(await refused('--policy', `openai:${pages.url}`, '--tasks', '2')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/every session failed, 2 in all: .*not JSON: <!DOCTYPE html>/),
    })
    const slow = await endpoint({ answer: mazeExpert, faultRate: 1, faults: ['delay'] })
    expect(
      await refused('--policy', `openai:${slow.url}`, '--tasks', '1', '--request-timeout', '0.02'),
    ).toMatchObject({
      code: 1,
      err: expect.stringMatching(/every session failed, 1 in all: .*(took longer|within|time)/),
    })
    const narrow = await endpoint({ answer: mazeExpert, contextCharacters: 10 })
    expect(await refused('--policy', `openai:${narrow.url}`)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/exceeds the available context size[\s\S]*longer context/),
    })
  })

  it('with what it is asked', async () => {
    expect(await icrl('eval')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--env NAME --policy PATH'),
    })
    expect(await icrl('eval', '--env', 'maze')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no policy is given'),
    })
    expect(await icrl('eval', 'runs/x', '--env', 'maze', '--policy', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('both a run and an environment'),
    })
    expect(await icrl('eval', '--env', 'mase', '--policy', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "maze"?'),
    })
    expect(await refused('--policy', join(root, 'nothing'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no folder'),
    })
    expect(await refused('--policy', 'x', '--server', 'nonsense')).toMatchObject({ code: 2 })
    expect(await icrl('eval', '--env', 'searchqa', '--corpus', 'x', '--policy', 'x')).toMatchObject(
      { code: 2, err: expect.stringContaining('a corpus without questions') },
    )
  })
})

const guess = `
  const start = { task: 'Find the side.', observation: 'Left or right?' }
  export default {
    name: 'guess', instructions: 'Say a side.', maxTurns: 1, invalidAction: 'Say a side.', taskIds: async () => ['left', 'right'], parseAction: (text) => /left|right/.exec(text)?.[0],
    open: async () => ({ id: '', async reset(id) { this.id = id; return start }, async step(action) { return { observation: '', reward: action === this.id ? 1 : 0, done: true } }, async close() {} }),
  }`

describe('icrl eval --env with an environment of one’s own', () => {
  it('plays what a file exports', async () => {
    const { url } = await endpoint({ answer: () => 'left' })
    const file = join(root, 'guess.mjs')
    await writeFile(file, guess)
    expect(
      figuresOf((await icrl('eval', '--env', file, '--policy', `openai:${url}`, '--json')).out),
    ).toMatchObject({ environment: 'guess', tasks: 2, 'eval/critique_free': 0.5 })
    expect(await icrl('eval', '--env', join(root, 'absent.mjs'), '--policy', 'x')).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no file '),
    })
  })

  it('counts first attempts whose critic never answered', async () => {
    const { url } = await endpoint({ answer: () => 'left' })
    const broken = await endpoint({ answer: () => '', faultRate: 1, faults: ['page'] })
    const file = join(root, 'guess-alone.mjs')
    await writeFile(file, guess)
    const ask = (...args: string[]): ReturnType<typeof icrl> =>
      icrl(
        'eval',
        '--env',
        file,
        '--policy',
        `openai:${url}`,
        '--rounds',
        '2',
        '--critic',
        `openai:${broken.url}`,
        '--retries',
        '1',
        ...args,
      )
    const { code, out } = await ask('--json')
    expect(code).toBe(0)
    expect(figuresOf(out)).toMatchObject({
      sessions: 2,
      'eval/critique_free': 0.5,
      'eval/with_critique': 0.5,
      'eval/failed': 2,
    })
    expect((await ask()).out).toContain(
      '2 of 2 sessions failed: 2 later, and count by what they finished.',
    )
  })

  it('plays with a local model under an endpoint’s critique, the same again', async () => {
    const { url } = await endpoint({ answer: () => '<tips>\n- Try.\n</tips>' })
    const file = join(root, 'guess-too.mjs')
    await writeFile(file, guess)
    const model = await writeTinyModel(join(root, 'model'))
    const ask = (): ReturnType<typeof icrl> =>
      icrl(
        'eval',
        '--env',
        file,
        '--policy',
        model,
        '--backend',
        BACKEND,
        '--rounds',
        '2',
        '--critic',
        `openai:${url}`,
        '--max-tokens',
        '4',
        '--json',
      )
    const { code, out } = await ask()
    expect(code).toBe(0)
    expect(figuresOf(out)).toMatchObject({
      environment: 'guess',
      policy: model,
      critic: `openai:${url}#expert`,
      'eval/critique_free': 0,
      'eval/with_critique': 0,
      'critic/lift': 0,
    })
    expect((await ask()).out).toBe(out)
  })
})
