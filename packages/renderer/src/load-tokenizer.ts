import { readFile } from '#files'
import { IcrlError, isIcrlError } from '@icrl/core'
import { createTokenizer, type ChatTokenizer } from './create-tokenizer.ts'

/**
 * The tokenizer of a Hugging Face model folder: reads `tokenizer.json` and, if they exist,
 * `tokenizer_config.json`, `generation_config.json`, `config.json` and `chat_template.jinja`. Needs
 * a file system.
 *
 * @throws `missing-file` without a `tokenizer.json` or naming a file that cannot be read,
 * `corrupt-file` naming a file that is not UTF-8 or not a JSON object, and as `createTokenizer`.
 * @example
 * import { chatRenderer, loadTokenizer } from '@icrl/renderer'
 * const renderer = chatRenderer({
 *   tokenizer: await loadTokenizer('models/Qwen3-0.6B'),
 *   enableThinking: false,
 * })
 */
export async function loadTokenizer(directory: string): Promise<ChatTokenizer> {
  const tokenizer = await readJson(directory, 'tokenizer.json')
  if (!tokenizer)
    throw new IcrlError(`${directory} has no tokenizer.json.`, {
      code: 'missing-file',
      remedy: 'Give the folder of a Hugging Face model with a fast tokenizer.',
    })
  const [tokenizerConfig, generationConfig, modelConfig, template] = await Promise.all([
    readJson(directory, 'tokenizer_config.json'),
    readJson(directory, 'generation_config.json'),
    readJson(directory, 'config.json'),
    readText(directory, 'chat_template.jinja'),
  ])
  return createTokenizer({ tokenizer, tokenizerConfig, generationConfig, modelConfig, template })
}

async function readText(directory: string, name: string): Promise<string | undefined> {
  const bytes = await readBytes(directory, name)
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new IcrlError(`${directory}/${name} is not UTF-8 text.`, {
      code: 'corrupt-file',
      remedy: 'Take the file from the model again.',
      cause,
    })
  }
}

async function readBytes(directory: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(`${directory}/${name}`)
  } catch (cause) {
    if (isIcrlError(cause)) throw cause
    if (
      cause instanceof Error &&
      'code' in cause &&
      (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
    )
      return undefined
    throw new IcrlError(`${directory}/${name} cannot be read: ${String(cause)}.`, {
      code: 'missing-file',
      remedy: 'Check the file and its permissions.',
      cause,
    })
  }
}

async function readJson(
  directory: string,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const text = await readText(directory, name)
  if (text === undefined) return undefined
  if (text.startsWith('version http'))
    throw new IcrlError(`${directory}/${name} is a pointer of Git LFS, not the file itself.`, {
      code: 'corrupt-file',
      remedy: 'Fetch it: git lfs pull, or icrl download.',
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new IcrlError(`${directory}/${name} is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Take the file from the model again.',
      cause,
    })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new IcrlError(`${directory}/${name} is not a JSON object.`, {
    code: 'corrupt-file',
    remedy: 'Take the file from the model again.',
  })
}
