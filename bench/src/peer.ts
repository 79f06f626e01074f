import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Which of the environments that `npm run bench:setup` makes. */
export type PeerEnvironment = 'torch' | 'tensorflow'

const SERVER = fileURLToPath(new URL('../peers/server.py', import.meta.url))
const FOLDERS: Readonly<Record<PeerEnvironment, string>> = {
  torch: 'icrl-ref',
  tensorflow: 'icrl-ref-tensorflow',
}

/** Said once, and in each row that would have a peer. */
export const NO_PEER = 'no peer: npm run bench:setup was not run'

/** The environment's Python, where it is installed. */
export function peerPython(environment: PeerEnvironment): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const python = join(
    cache,
    FOLDERS[environment],
    process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python',
  )
  return existsSync(python) ? python : undefined
}

/** A Python process that answers one request at a time; a request that takes too long ends it. */
export class Peer {
  readonly #child: ChildProcess
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined
  #ended: string | undefined

  constructor(python: string, threads: number) {
    const limits = Object.fromEntries(
      ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'ICRL_BENCH_THREADS'].map(
        (name) => [name, `${threads}`],
      ),
    )
    const quiet = {
      HF_HUB_OFFLINE: '1',
      TRANSFORMERS_VERBOSITY: 'error',
      TF_CPP_MIN_LOG_LEVEL: '3',
      PYTHONWARNINGS: 'ignore',
    }
    this.#child = spawn(python, [SERVER], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...limits, ...quiet },
    })
    this.#child.on('error', (error) => this.#end(error.message))
    this.#child.on('exit', (code, signal) =>
      this.#end(`the peer ended with ${signal ?? `exit code ${code}`}`),
    )
    this.#child.stdin?.on('error', () => undefined)
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#waiting?.resolve(line),
    )
  }

  /** The peer of an environment, where it is installed. */
  static start(environment: PeerEnvironment, threads: number): Peer | undefined {
    const python = peerPython(environment)
    return python === undefined ? undefined : new Peer(python, threads)
  }

  /**
   * Sends one request and waits for its answer, at most so many seconds; rejects with the peer's
   * own error where it has one.
   */
  async ask<Answer extends object>(
    request: { readonly request: string; readonly [name: string]: unknown },
    seconds = 120,
  ): Promise<Answer> {
    if (this.#ended !== undefined) throw new Error(this.#ended)
    let timer: NodeJS.Timeout | undefined
    try {
      const line = await new Promise<string>((resolve, reject) => {
        this.#waiting = { resolve, reject }
        timer = setTimeout(() => {
          this.#end(`the peer's ${request.request} took more than ${Math.round(seconds)} s`)
          this.stop()
        }, seconds * 1000)
        this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
      })
      const answer = JSON.parse(line) as Answer & { error?: string }
      if (answer.error !== undefined) throw new Error(`peer: ${answer.error}`)
      return answer
    } finally {
      clearTimeout(timer)
      this.#waiting = undefined
    }
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #end(reason: string): void {
    this.#ended ??= reason
    this.#waiting?.reject(new Error(this.#ended))
  }
}
