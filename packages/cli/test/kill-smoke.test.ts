import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomStream } from '@icrl/core'
import { afterAll, beforeAll, expect, it } from 'vitest'

/** `npm run test:full` kills so often; of another seed with ICRL_KILL_SEED. */
const KILLS = 20
const SEED = Number(process.env.ICRL_KILL_SEED ?? 0)
const [binary, config, killer] = [
  '../bin/icrl.js',
  '../../../examples/quickstart/smoke.config.ts',
  '../../trainer/test/kill-at-call.mjs',
].map((path) => fileURLToPath(new URL(path, import.meta.url)))

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'icrl-kill-smoke-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Settings of the machine, which must not change a bit. */
interface Machine {
  readonly threads: number
  readonly isa?: string
}

/** When the process dies: so many turns of the event loop after a call that changes a file. */
interface Moment {
  readonly call: number
  readonly turns: number
}

/**
 * Begins or resumes the run, which dies at a moment or counts its calls into a file. Answers the
 * signal it died of.
 */
function smoke(
  out: string,
  { threads, isa }: Machine,
  until: Moment | { readonly counted: string },
): Promise<NodeJS.Signals | null> {
  const { ICRL_ISA: _isa, ...environment } = process.env
  const env = {
    ...environment,
    NODE_OPTIONS: '',
    ICRL_THREADS: String(threads),
    ...(isa && { ICRL_ISA: isa }),
    ICRL_TEST_RUN: out,
    ...('call' in until
      ? { ICRL_TEST_KILL: `${until.call},${until.turns}` }
      : { ICRL_TEST_CALLS: until.counted }),
  }
  const child = spawn(
    process.execPath,
    [
      '--import',
      killer,
      binary,
      'train',
      '--config',
      config,
      '--out',
      out,
      '--resume',
      '--quiet',
      '--no-report',
    ],
    { env, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(signal)
      else reject(new Error(`exit ${code}: ${said}`))
    })
  })
}

/** Every file a resumed run must repeat. */
async function bytesOf(run: string): Promise<Map<string, Buffer>> {
  const inFolder = async (folder: string): Promise<string[]> =>
    (await readdir(join(run, folder))).sort().map((name) => join(folder, name))
  const files = [
    'metrics.jsonl',
    ...(await inFolder('model')),
    ...(await inFolder('samples')),
    ...(await inFolder('evaluations')),
  ]
  return new Map(
    await Promise.all(
      files.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(run, name))]),
    ),
  )
}

it.runIf(process.env.ICRL_FULL)(
  `the smoke configuration, killed at ${KILLS} random moments and resumed on other settings of the machine, has the bytes of a whole run`,
  { timeout: 1_800_000 },
  async () => {
    const counted = join(root, 'calls')
    await smoke(join(root, 'whole'), { threads: 1 }, { counted })
    const calls = Number(await readFile(counted, 'utf8'))
    expect(calls).toBeGreaterThan(100)
    const whole = await bytesOf(join(root, 'whole'))
    expect(whole.size).toBeGreaterThan(10 + 3)
    const draws = randomStream(SEED, 'killed smoke')
    console.log(
      `kill seed ${SEED} (ICRL_KILL_SEED gives another), a whole run changes files in ${calls} calls`,
    )
    let killed = 0
    for (let run = 0; killed < KILLS; run++) {
      const out = join(root, `killed-${run}`)
      const moments: string[] = []
      for (let part = 0; ; part++) {
        const of = draws.child(run, part)
        const machine: Machine = {
          threads: 1 + of.integer(0, 2),
          ...(of.integer(1, 2) === 1 && { isa: 'scalar' }),
        }
        const moment = { call: of.integer(2, calls), turns: of.integer(3, 8) }
        if ((await smoke(out, machine, killed < KILLS ? moment : { counted })) === null) break
        killed++
        moments.push(`call ${moment.call} (${machine.threads} threads, ${machine.isa ?? 'best'})`)
      }
      console.log(`run ${run} killed after ${moments.join(', ') || 'nothing'}`)
      const repeated = await bytesOf(out)
      expect([...repeated.keys()]).toEqual([...whole.keys()])
      for (const [name, bytes] of whole)
        expect(bytes.equals(repeated.get(name)!), `${name} of run ${run}`).toBe(true)
      await rm(out, { recursive: true })
    }
  },
)
