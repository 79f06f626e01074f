/** A real llama.cpp server, where `tools/openai-server.sh` of the folder that `ICRL_SHARED` names has installed it. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const script = join(
  process.env.ICRL_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url)),
  'tools/openai-server.sh',
)
const installed = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'icrl-engines/openai/.installed',
)

/** Whether the server can be started here; `ICRL_LIVE=1` installs it first. */
export const hasLlamaServer: boolean =
  existsSync(script) && (existsSync(installed) || process.env.ICRL_LIVE === '1')

/** A running server: its address, and what ends it. */
export interface LlamaServer extends AsyncDisposable {
  readonly address: string
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * Starts it and waits until the model is loaded.
 *
 * @param options of the script, such as `--model FILE`
 */
export async function startLlamaServer(...options: string[]): Promise<LlamaServer> {
  const port = String(await freePort())
  const server = spawn('bash', [script, '--port', port, '--threads', '1', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    server.kill()
    await ended
  }
  for await (const line of createInterface({ input: server.stdout })) {
    const ready = /^READY (\S+)/.exec(line)
    if (ready) return { address: ready[1], [Symbol.asyncDispose]: stop }
  }
  throw new Error('the server ended before it was ready')
}
