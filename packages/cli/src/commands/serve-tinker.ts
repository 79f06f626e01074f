import { basename, resolve } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { createTinkerServer } from '@icrl/engines/tinker-server'
import { loadTokenizer } from '@icrl/renderer'
import { listen } from '@icrl/serve'
import { trainedFolder } from '../config/open-model.ts'
import { EXIT } from '../exit-code.ts'
import { isHubName } from '../hub/hub-name.ts'
import { loadWithProgress } from '../progress/load-with-progress.ts'
import { untilInterrupted } from './until-interrupted.ts'

/** What `icrl serve --tinker` is told. */
export interface ServeTinkerOptions {
  /** Folder of a run or a model, or `hf:owner/name`. */
  readonly policy: string
  readonly port: number
  readonly host: string
  readonly token?: string
  /** How the token is shown, if it is not to be. */
  readonly shownToken?: string
  readonly name?: string
  readonly checkpoint?: number
  readonly backend?: string
  /** Folder of the clients' checkpoints. */
  readonly checkpoints: string
  /** How the base's weights are kept. */
  readonly weights: 'float32' | 'bf16'
}

/** Longest body of a request, in bytes: the SDK sends up to 5 MB. */
const MAX_BODY = 2 ** 26

/** Serves a model over the Tinker protocol until Ctrl-C: clients train adapters over it. */
export async function serveTinker(options: ServeTinkerOptions): Promise<number> {
  const { policy: path, port, host, checkpoint, backend = 'auto', weights } = options
  const folder = await trainedFolder(path, checkpoint)
  const name =
    options.name ?? (isHubName(path) ? path.slice('hf:'.length) : basename(resolve(path)))
  const tokenizer = await loadTokenizer(folder)
  await selectBackend(backend)
  await using base = await loadWithProgress((onProgress) =>
    loadLocalPolicy(folder, { adapter: { rank: 1 }, weights, onProgress }),
  )
  await using tinker = createTinkerServer({
    base,
    model: name,
    tokenizer,
    tokenizerId: isHubName(path) ? name : resolve(folder),
    vocabularySize: base.config.vocabularySize,
    contextLength: base.config.contextLength,
    directory: resolve(options.checkpoints),
    fullModel: (of) => loadLocalPolicy(folder, { name: of }),
    token: options.token,
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  })
  const server = await listen((request) => tinker.fetch(request), {
    port,
    host,
    isGuarded: true,
    maxBody: MAX_BODY,
  })
  const [url] = server.urls
  const shown = options.shownToken ?? tinker.token
  process.stdout.write(
    `READY ${url}\nTINKER_BASE_URL=${url}\nTINKER_API_KEY=${shown}\nbase_model=${name}\n`,
  )
  await untilInterrupted()
  await server.close()
  return EXIT.done
}
